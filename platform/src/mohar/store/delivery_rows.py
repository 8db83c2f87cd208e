"""What other rooms hand to the store about deliveries, and get back from it."""

from __future__ import annotations

from datetime import datetime

import msgspec

from mohar.domain.delivery import Delivered, DeliveryEvent, DeliveryState, Told
from mohar.domain.values import Personal


class NewDelivery(Personal, frozen=True, kw_only=True):
    """
    What a channel is to be told of: an outcome, a change, or a request, by its tracking number.

    A request is told to a channel once.
    """

    delivery_id: str
    channel: str
    event: DeliveryEvent
    kind: str
    occurred_at: datetime
    submission_id: str = ""
    position: int = 0
    credential_id: str | None = None
    tracking: str | None = None
    told: Told = Told()


class Attempted(msgspec.Struct, frozen=True, kw_only=True):
    """
    What came of one attempt, for the log, and what follows from it.

    `due_at` is when a delivery that still waits is tried again. Neither `detail` nor `receipt`, by
    which the other side knows it, holds a personal value.
    """

    delivery_id: str
    number: int
    result: Delivered
    state: DeliveryState
    detail: str
    due_at: datetime
    receipt: str = ""


class Untried(msgspec.Struct, frozen=True, kw_only=True):
    """A leased delivery that nobody has tried: it waits again, and the lease counts for nothing."""

    delivery_id: str
    attempts: int
    due_at: datetime


class KeptDelivery(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery as an operator may see it: nothing of what it says."""

    delivery_id: str
    channel: str
    event: DeliveryEvent
    kind: str
    occurred_at: datetime
    submission_id: str
    position: int
    credential_id: str | None
    tracking: str | None
    state: DeliveryState
    attempts: int
    due_at: datetime
    detail: str | None
    settled_at: datetime | None


class KeptAttempt(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the delivery log."""

    number: int
    at: datetime
    result: Delivered
    detail: str
    receipt: str = ""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which deliveries are looked for; what is None or empty narrows nothing."""

    state: DeliveryState | None = None
    channel: str | None = None
    submission_id: str | None = None
    kinds: tuple[str, ...] | None = None
