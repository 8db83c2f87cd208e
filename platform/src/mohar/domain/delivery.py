"""What became of a record, and what holders ask of its source, on its way to who is to know."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal, get_args

import msgspec

from mohar.domain.findings import Finding
from mohar.domain.request import ForwardedRequest
from mohar.domain.values import JsonObject, Personal, at_path

OutcomeEvent = Literal["issued", "known", "refused", "conflict", "failed"]
LifeEvent = Literal["corrected", "reissued", "revoked", "suspended", "restored"]
DeliveryEvent = Literal[
    "issued",
    "known",
    "refused",
    "conflict",
    "failed",
    "forwarded",
    "corrected",
    "reissued",
    "revoked",
    "suspended",
    "restored",
]
DeliveryState = Literal["waiting", "delivered", "dead"]
Delivered = Literal["delivered", "retry", "refused", "postponed", "unknown"]

OUTCOME_EVENTS: Final[tuple[OutcomeEvent, ...]] = get_args(OutcomeEvent)


class Told(Personal, frozen=True, kw_only=True):
    """
    What a delivery says beside its own columns; it is sealed as long as it is kept.

    `fields` are the values of the record at the paths that the channel asked for, as far as they
    are there; `findings` the errors, and they hold no personal value. `request` is what a delivery
    of the event `forwarded` is about, and no other one has it.
    """

    fields: JsonObject = msgspec.field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    revision: int | None = None
    request: ForwardedRequest | None = None


class ChannelPlan(msgspec.Struct, frozen=True, kw_only=True):
    """
    A channel that is told of a kind: of which events, and with which values of the record.

    One that asks for `corrected` or `reissued` tells replacements apart: it is told of them by
    that name alone, and never by `issued`.
    """

    name: str
    events: frozenset[DeliveryEvent]
    fields: tuple[str, ...] = ()

    @property
    def tells_replacements(self) -> bool:
        """Say whether an issued replacement is another event than a first credential."""
        return not self.events.isdisjoint({"corrected", "reissued"})

    def chosen(self, content: JsonObject) -> JsonObject:
        """Return what a record has of the values the channel asked for, by their paths."""
        found = {path: at_path(content, path) for path in self.fields}
        return {path: value for path, value in found.items() if value is not None}


class Delivery(Personal, frozen=True, kw_only=True):
    """
    One thing to be told to one channel; it may come more than once, told by `delivery_id`.

    `position` is that of the record in its submission; a request and a change of a credential are
    in none, and `submission_id` is empty. `attempt` counts this one, from 1.
    """

    delivery_id: str
    channel: str
    event: DeliveryEvent
    kind: str
    occurred_at: datetime
    submission_id: str
    position: int
    credential_id: str | None = None
    attempt: int = 1
    told: Told = Told()


class DeliveryResult(msgspec.Struct, frozen=True, kw_only=True):
    """
    What came of one attempt.

    `delivered` and `refused` are for good; `retry` is tried again, not before
    `retry_after_seconds` where the other side named them. `postponed` was not tried, because it is
    not the time: it waits so many seconds, and that costs no attempt. `unknown` may have arrived or
    not, and must not arrive twice: it is not tried again. `detail` is a few words for the log, as
    in `http 503`: never what the other side wrote, and never a personal value. `receipt` is what
    the other side calls what it took, where it is to be asked about it.
    """

    state: Delivered
    detail: str = ""
    retry_after_seconds: float | None = None
    receipt: str = ""
