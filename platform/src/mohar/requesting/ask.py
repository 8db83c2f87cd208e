"""A request comes in: checked, kept sealed, and answered with a number to ask after it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from mohar.domain.clock import Clock
from mohar.domain.errors import Conflict, InvalidInput, Unavailable
from mohar.domain.request import new_tracking
from mohar.requesting.plan import RequestPlan, RequestPlans, must_suit, plan_of
from mohar.requesting.steps import Steps
from mohar.store import Store, Work
from mohar.store.request_rows import KeptRequest, NewRequest, NewStep

HOUSE: Final = "house"
_TRIES: Final = 5
_LONGEST_KEY: Final = 255


class Asking:
    """Takes requests in. `random_below` is what makes their numbers impossible to guess."""

    def __init__(
        self,
        *,
        store: Store,
        plans: RequestPlans,
        steps: Steps,
        clock: Clock,
        random_below: Callable[[int], int],
    ) -> None:
        self._store = store
        self._plans = plans
        self._steps = steps
        self._clock = clock
        self._random_below = random_below

    def open(self, new: NewRequest) -> tuple[KeptRequest, bool]:
        """
        Keep a request under a number of its own, and say whether it is a new one.

        The same idempotency key with the same request answers with the first one. What the source
        decides is forwarded at once.

        Raises:
            UnknownRequestType, InvalidInput: see there; all findings are told together.
            Conflict: the idempotency key was used for another request.
            Unavailable: nothing was kept; the same call may be made again.
        """
        plan = plan_of(self._plans, new.kind, new.type)
        _must_name_two(plan, new)
        must_suit(plan, new.contents)
        _must_be_a_key(new.idempotency_key)
        with self._store.begin() as work:
            earlier = _earlier(work, new)
            return (earlier, False) if earlier else self._kept(work, plan, new)

    def _kept(self, work: Work, plan: RequestPlan, new: NewRequest) -> tuple[KeptRequest, bool]:
        for _ in range(_TRIES):
            numbered = msgspec.structs.replace(new, tracking=new_tracking(self._random_below))
            if work.requests.add(numbered):
                return self._opened(work, plan, numbered.tracking), True
            # The number is taken, or another process kept the same request at this very moment.
            earlier = _earlier(work, new)
            if earlier is not None:
                return earlier, False
        raise Unavailable("no number could be given to the request; send it again")

    def _opened(self, work: Work, plan: RequestPlan, tracking: str) -> KeptRequest:
        kept = work.requests.find(tracking, lock=True)
        assert kept is not None
        self._steps.opened(work, kept)
        return self._forwarded(work, kept) if plan.decides == "source" else kept

    def _forwarded(self, work: Work, kept: KeptRequest) -> KeptRequest:
        step = NewStep(
            tracking=kept.tracking, state="forwarded", actor_id=HOUSE, due_at=self._clock()
        )
        return self._steps.take(work, kept, "forward", step)


def _must_name_two(plan: RequestPlan, new: NewRequest) -> None:
    if plan.is_about_two != (new.other_id is not None):
        raise InvalidInput(
            "this request is about two credentials: name the one to be revoked in `other`"
            if plan.is_about_two
            else "this request is about one credential; leave `other` out"
        )
    if new.other_id == new.credential_id:
        raise InvalidInput("`other` is the same credential; name the one to be revoked")


def _must_be_a_key(key: str | None) -> None:
    if key is not None and not (
        1 <= len(key) <= _LONGEST_KEY and key.isascii() and key.isprintable()
    ):
        raise InvalidInput(f"an idempotency key is 1 to {_LONGEST_KEY} printable ASCII characters")


def _earlier(work: Work, new: NewRequest) -> KeptRequest | None:
    if new.idempotency_key is None:
        return None
    earlier = work.requests.by_idempotency_key(new.actor_id, new.idempotency_key)
    if earlier is None:
        return None
    same = all(
        getattr(earlier, name) == getattr(new, name)
        for name in ("kind", "type", "credential_id", "other_id")
    )
    # What is forgotten can be compared no more, and the number answers for it.
    if not same or work.requests.contents(earlier.tracking) not in (None, new.contents):
        raise Conflict("this idempotency key was used for another request; take a new key")
    return earlier
