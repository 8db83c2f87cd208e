"""Somebody reads for a reason: what the log of reads is to have of it."""

from __future__ import annotations

import msgspec

from mohar.domain.access import Actor, ReadOutcome, Reason
from mohar.domain.credential import Secured
from mohar.store.read_rows import NewRead
from mohar.store.rows import StoredCredential


class Visit(msgspec.Struct, frozen=True):
    """Somebody who reads for a reason, and what the log is to have of it."""

    actor: Actor
    reason: Reason

    def to(self, stored: StoredCredential, outcome: ReadOutcome) -> NewRead:
        """Return the row of a read of this credential, with this outcome."""
        return self._read(outcome, stored.kind, stored.credential_id, is_there=True)

    def shown(self, secured: Secured) -> NewRead:
        """Return the row of a read of the credential behind a body."""
        return self._read("shown", secured.kind, secured.credential_id, is_there=True)

    def in_vain(self, outcome: ReadOutcome, kind: str = "", asked_for: str = "") -> NewRead:
        """Return the row of a try that met no credential."""
        return self._read(outcome, kind, asked_for, is_there=False)

    def _read(self, outcome: ReadOutcome, kind: str, asked_for: str, *, is_there: bool) -> NewRead:
        return NewRead(
            actor_id=self.actor.actor_id,
            reason=self.reason,
            outcome=outcome,
            kind=kind,
            asked_for=asked_for,
            is_there=is_there,
        )
