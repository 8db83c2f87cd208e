"""What became of a record, on its way to those who want to be told."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal, get_args

import msgspec

from mohar.domain.findings import Finding
from mohar.domain.values import JsonObject, Personal

DeliveryEvent = Literal["issued", "known", "refused", "conflict", "failed"]
DeliveryState = Literal["waiting", "delivered", "dead"]
Delivered = Literal["delivered", "retry", "refused"]

DELIVERY_EVENTS: Final[tuple[DeliveryEvent, ...]] = get_args(DeliveryEvent)


class Told(Personal, frozen=True, kw_only=True):
    """
    What a delivery says beside its own columns; it is sealed as long as it is kept.

    `fields` are the values of the record at the paths that the channel asked for, as far as they
    are there; `findings` the errors, and they hold no personal value.
    """

    fields: JsonObject = msgspec.field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    revision: int | None = None


class Delivery(Personal, frozen=True, kw_only=True):
    """
    One outcome to be told to one channel; it may come more than once, told by `delivery_id`.

    `position` is that of the record in its submission. `attempt` counts this one, from 1.
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
    `retry_after_seconds` where the other side named them. `detail` is a few words for the log, as
    in `http 503`: never what the other side wrote, and never a personal value.
    """

    state: Delivered
    detail: str = ""
    retry_after_seconds: float | None = None
