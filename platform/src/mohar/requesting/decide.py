"""An officer decides a request, with a reason, or whoever made it takes it back."""

from __future__ import annotations

from datetime import timedelta

from mohar.domain.clock import Clock
from mohar.domain.errors import NotFound, NotPermitted
from mohar.domain.request import RequestStep, leads_to
from mohar.domain.values import Personal
from mohar.requesting.plan import must_be_text
from mohar.requesting.retry import OWN_SECONDS
from mohar.requesting.steps import Steps
from mohar.store import Store
from mohar.store.request_rows import KeptRequest, NewStep


class OwnRequest(NotPermitted):
    """Who made a request does not decide it; somebody else must."""

    code = "own-request"


class Decision(Personal, frozen=True, kw_only=True):
    """What is decided about a request, by whom and why; `reason` is a person's text, kept sealed."""

    tracking: str
    step: RequestStep
    actor_id: str
    reason: str


class Deciding:
    """Takes the steps that people take."""

    def __init__(self, store: Store, steps: Steps, clock: Clock) -> None:
        self._store = store
        self._steps = steps
        self._clock = clock

    def decide(self, decision: Decision) -> KeptRequest:
        """
        Take the step of a decision, and return the request as it is then.

        Raises:
            InvalidInput: no reason, or one that is too long.
            NotFound: there is no such request.
            OwnRequest: it was made by the one who decides, and is not merely withdrawn.
            NotDecidable: its state does not allow it.
            Unavailable: nothing was changed; the same call may be made again.
        """
        must_be_text(decision.reason, "reason")
        with self._store.begin() as work:
            kept = work.requests.find(decision.tracking, lock=True)
            if kept is None:
                raise NotFound("there is no such request for this caller")
            if kept.actor_id == decision.actor_id and decision.step != "withdraw":
                raise OwnRequest("whoever made a request does not decide it; ask somebody else")
            return self._steps.take(work, kept, decision.step, self._step(decision))

    def _step(self, decision: Decision) -> NewStep:
        wait = {"approve": timedelta(seconds=OWN_SECONDS), "forward": timedelta()}
        after = wait.get(decision.step)
        return NewStep(
            tracking=decision.tracking,
            state=leads_to(decision.step),
            actor_id=decision.actor_id,
            reason=decision.reason.strip(),
            due_at=None if after is None else self._clock() + after,
        )
