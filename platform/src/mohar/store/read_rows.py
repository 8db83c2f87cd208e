"""Reads of credentials, as other rooms hand them to the store and get them back."""

from __future__ import annotations

from datetime import datetime

import msgspec

from mohar.domain.access import ReadOutcome, Reason
from mohar.domain.values import Personal


class NewRead(Personal, frozen=True, kw_only=True):
    """
    A read of a credential, or a try to, on its way into the log.

    `asked_for` is its id, and `is_there` says whether there is such a credential: if not, it may
    be anything that somebody typed, and only a keyed hash of it is kept.
    """

    actor_id: str
    reason: Reason
    outcome: ReadOutcome
    kind: str = ""
    asked_for: str = ""
    is_there: bool = False


class KeptRead(msgspec.Struct, frozen=True, kw_only=True):
    """A read as the log has it; `credential_id` is empty where there was no such credential."""

    read_id: int
    at: datetime
    actor_id: str
    purpose: str
    channel: str
    outcome: ReadOutcome
    kind: str
    handle: str
    credential_id: str
    notice: str
