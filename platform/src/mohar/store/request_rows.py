"""What other rooms hand to the store of requests, and get back from it."""

from __future__ import annotations

from datetime import datetime

import msgspec

from mohar.domain.consent import Notice
from mohar.domain.request import Failure, RequestState
from mohar.domain.values import JsonObject, Personal


class Contents(Personal, frozen=True, kw_only=True):
    """
    What is wished, and why: all that is personal of a request, and kept sealed.

    `changes` are wished values by their paths in the record, `evidence` references by the name of
    what was asked for.
    """

    reason: str
    changes: JsonObject = msgspec.field(default_factory=dict)
    evidence: dict[str, str] = msgspec.field(default_factory=dict)


class NewRequest(Personal, frozen=True, kw_only=True):
    """
    A request on its way into the store. `other_id` is a second credential it is about.

    `notice` is what the holder was shown before it was made, if anything was.
    """

    tracking: str
    kind: str
    type: str
    credential_id: str
    other_id: str | None = None
    actor_id: str
    idempotency_key: str | None = None
    contents: Contents
    notice: Notice | None = None


class KeptRequest(Personal, frozen=True, kw_only=True):
    """
    A request as it is now; `actor_id` is who made it, `result_id` the corrected credential.

    `failure` says why it failed, where it did. Since `forgotten_at` nothing that is personal of it is
    kept any more. `notice` is the version of the notice it rests on, if any.
    """

    tracking: str
    kind: str
    type: str
    credential_id: str
    other_id: str | None
    state: RequestState
    actor_id: str
    opened_at: datetime
    changed_at: datetime
    attempts: int = 0
    result_id: str | None = None
    failure: Failure | None = None
    forgotten_at: datetime | None = None
    notice: str = ""


class NewStep(Personal, frozen=True, kw_only=True):
    """
    A step of a request: the state it leads to, through whom and why.

    `due_at` is when the house has something to do for it; None leaves it to people.
    """

    tracking: str
    state: RequestState
    actor_id: str
    reason: str = ""
    due_at: datetime | None = None
    result_id: str | None = None
    failure: Failure | None = None


class KeptStep(Personal, frozen=True, kw_only=True):
    """A step as it was written down; `number` tells it from every other one."""

    number: int
    at: datetime
    state: RequestState
    actor_id: str
    reason: str = ""


class RequestFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which requests are listed: of these kinds, in this state, behind this one."""

    kinds: tuple[str, ...]
    state: RequestState | None = None
    after: str | None = None
    limit: int = 100
