"""What happened, for those who listen. An event never holds personal data."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from mohar.domain.values import JsonObject

EventType = Literal[
    "credential.issued",
    "credential.refused",
    "credential.body-added",
    "credential.revoked",
    "credential.suspended",
    "credential.restored",
    "credential.superseded",
    "credential.compared",
    "credential.accessed",
    "request.opened",
    "request.forwarded",
    "request.approved",
    "request.declined",
    "request.withdrawn",
    "request.done",
    "request.failed",
    "access.enumeration",
]


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """
    One thing that happened, handed out at least once; `event_id` tells repeats apart.

    `facts` is what the schema says about the credential without saying whose it is
    (an age band, a district, a product code), and per body what became of it.
    """

    event_id: str
    sequence: int = 0
    type: str
    occurred_at: datetime
    kind: str
    facts: JsonObject = {}


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """An event as a sink stores it: flat, and free of people."""

    event_id: str
    type: str
    occurred_at: datetime
    kind: str
    facts: JsonObject = {}
