"""What somebody who looks at a new record says about the credentials that were there before it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from mohar.domain.findings import Finding
from mohar.domain.record import Record
from mohar.domain.values import Personal


class Earlier(Personal, frozen=True, kw_only=True):
    """A current credential of the same group, and the record that it was issued from."""

    credential_id: str
    issued_at: datetime
    record: Record


class Comparison(Personal, frozen=True, kw_only=True):
    """
    What a new record says about one earlier credential.

    `changes` are the values that the earlier record should have, by their paths; with none the two
    agree. `findings` tell what could not be compared. `reason` is kept sealed with the history of
    the credential.
    """

    credential_id: str
    changes: dict[str, Any] = msgspec.field(default_factory=dict)
    reason: str = ""
    findings: tuple[Finding, ...] = ()
