"""One step of a request, written down with its event, where nobody took another one before."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Final

from mohar.domain.clock import Clock
from mohar.domain.errors import Conflict
from mohar.domain.events import Event
from mohar.domain.request import RequestState, RequestStep, leads_to, may_step_from
from mohar.plugin import Telemetry
from mohar.requesting.handover import Handover
from mohar.store import Work
from mohar.store.request_rows import KeptRequest, NewStep

_NAMES: Final[Mapping[RequestState, str]] = {
    "open": "request.opened",
    "forwarded": "request.forwarded",
    "approved": "request.approved",
    "declined": "request.declined",
    "withdrawn": "request.withdrawn",
    "done": "request.done",
    "failed": "request.failed",
}


class NotDecidable(Conflict):
    """The state of the request does not allow that step."""

    code = "not-decidable"


class Steps:
    """Writes steps down. All of them happen inside a transaction that the caller holds."""

    def __init__(self, handover: Handover, telemetry: Telemetry, clock: Clock) -> None:
        self._handover = handover
        self._telemetry = telemetry
        self._clock = clock

    def opened(self, work: Work, kept: KeptRequest) -> None:
        """Tell that a request is there."""
        self._tell(work, kept, "open", {})

    def take(self, work: Work, kept: KeptRequest, step: RequestStep, new: NewStep) -> KeptRequest:
        """
        Take a step of a locked request, and return the request as it is then.

        One that is forwarded is told to its channels, and to nobody once it is not any more.

        Raises:
            NotDecidable: its state does not allow the step.
        """
        if not may_step_from(step, kept.state):
            raise NotDecidable(f"a request that is {kept.state} has no `{step}`")
        assert new.state == leads_to(step)
        work.requests.step(new)
        why = {"code": new.failure.code} if new.failure else {}
        self._tell(work, kept, new.state, {"before": kept.state, **why})
        after = work.requests.find(kept.tracking)
        assert after is not None
        if after.state == "forwarded":
            self._handover.tell(work, after)
        elif kept.state == "forwarded":
            self._handover.recall(work, after)
        return after

    def _tell(
        self, work: Work, kept: KeptRequest, state: RequestState, facts: Mapping[str, str]
    ) -> None:
        event = Event(
            event_id=uuid.uuid4().hex,
            type=_NAMES[state],
            occurred_at=self._clock(),
            kind=kept.kind,
            facts={"request": kept.type, **facts},
        )
        work.outbox.append([event])
        self._telemetry.count("requests.changed", kind=kept.kind, state=state)
