"""The source answers a request that was forwarded to it, and its answer is the decision."""

from __future__ import annotations

from datetime import timedelta
from typing import Final, Literal

from mohar.domain.clock import Clock
from mohar.domain.errors import NotFound
from mohar.domain.request import RequestState, SourceAnswer, leads_to
from mohar.requesting.decide import OwnRequest
from mohar.requesting.plan import LONGEST_TEXT
from mohar.requesting.retry import OWN_SECONDS
from mohar.requesting.steps import NotDecidable, Steps
from mohar.store import Store, Work
from mohar.store.request_rows import KeptRequest, NewStep

_STEPS: Final[dict[str, Literal["approve", "decline", "finish"]]] = {
    "accepted": "approve",
    "declined": "decline",
    "done": "finish",
}
_SILENT: Final = {"approve": "the source accepted it", "finish": "the source has done it"}


class Answering:
    """Takes the steps that the answers of a source lead to."""

    def __init__(self, store: Store, steps: Steps, clock: Clock) -> None:
        self._store = store
        self._steps = steps
        self._clock = clock

    def answer(self, tracking: str, actor_id: str, answer: SourceAnswer) -> KeptRequest:
        """
        Take the step of an answer that came in by itself; return the request as it is then.

        The same answer of the same source, once more, changes nothing.

        Raises:
            NotFound: there is no such request, or it was never forwarded.
            OwnRequest: it was made by the one who answers.
            NotDecidable: it waits for no answer any more.
            Unavailable: nothing was changed; the same call may be made again.
        """
        with self._store.begin() as work:
            kept = work.requests.find(tracking, lock=True)
            if kept is None or not was_forwarded(work, tracking):
                raise NotFound("there is no such request for this caller")
            if kept.actor_id == actor_id:
                raise OwnRequest("whoever made a request does not decide it; ask somebody else")
            if kept.state == "forwarded":
                return self.take(work, kept, actor_id, answer)
            if _is_said(work, tracking, actor_id, leads_to(_STEPS[answer.state])):
                return kept
            raise NotDecidable(f"a request that is {kept.state} waits for no answer of its source")

    def take(
        self, work: Work, kept: KeptRequest, actor_id: str, answer: SourceAnswer
    ) -> KeptRequest:
        """Take the step of an answer that is no `waiting`; the request is locked and forwarded."""
        step = _STEPS[answer.state]
        wait = timedelta(seconds=OWN_SECONDS) if step == "approve" else None
        new = NewStep(
            tracking=kept.tracking,
            state=leads_to(step),
            actor_id=actor_id,
            reason=answer.reason.strip()[:LONGEST_TEXT] or _SILENT.get(step, ""),
            due_at=self._clock() + wait if wait else None,
        )
        return self._steps.take(work, kept, step, new)


def was_forwarded(work: Work, tracking: str) -> bool:
    """Say whether a request was ever the source's to decide."""
    return any(each.state == "forwarded" for each in work.requests.steps(tracking))


def _is_said(work: Work, tracking: str, actor_id: str, state: RequestState) -> bool:
    steps = work.requests.steps(tracking)
    return any((each.actor_id, each.state) == (actor_id, state) for each in steps)
