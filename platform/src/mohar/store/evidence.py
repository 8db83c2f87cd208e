"""The rows that the audit log speaks of, read again to be compared with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from mohar.domain.lifecycle import CredentialState
from mohar.store.bound import (
    OF_BODY,
    OF_CREDENTIAL,
    bodies_digest,
    change_digest,
    credential_digest,
    key_digest,
    why_digest,
)
from mohar.store.lifecycle import why_place
from mohar.store.tables import api_key, body, credential, state_change
from mohar.store.unit import Row, Section, named
from mohar.store.vault import Damaged

BodyRow = Mapping[str, Any]
_LIFE: Final = (
    credential.c.credential_id,
    credential.c.state,
    credential.c.issued_at,
    credential.c.batch,
    credential.c.supersedes,
    credential.c.superseded_by,
    credential.c.suspended_until,
)


class Bodies(msgspec.Struct, frozen=True):
    """Rows of bodies by credential: those it was issued with, and those that came later."""

    rows: Mapping[str, Sequence[BodyRow]]

    def first(self, number: str) -> Sequence[BodyRow]:
        """Return those that a credential was issued with."""
        return [row for row in self.rows.get(number, ()) if row["config_digest"] is None]

    def added(self, number: str) -> Sequence[BodyRow]:
        """Return those that were added later."""
        return [row for row in self.rows.get(number, ()) if row["config_digest"] is not None]

    def digest(self, number: str, names: Sequence[str]) -> bytes:
        """Return the digest of those added under these names."""
        return bodies_digest([row for row in self.added(number) if row["name"] in names])


class ChangeRow(msgspec.Struct, frozen=True, kw_only=True):
    """A change as it stands in its row, and the digest of it; None where it does not open."""

    change_id: int
    credential_id: str
    before: CredentialState
    after: CredentialState
    cause: str
    actor_id: str
    until: datetime | None
    digest: bytes | None


class Life(msgspec.Struct, frozen=True, kw_only=True):
    """What the row of a credential says of its life."""

    credential_id: str
    state: CredentialState
    issued_at: datetime | None
    batch: str | None
    supersedes: str | None
    superseded_by: str | None
    suspended_until: datetime | None


class KeyRow(msgspec.Struct, frozen=True, kw_only=True):
    """An API key by its digest, and when it was revoked."""

    key_id: str
    digest: bytes
    revoked_at: datetime | None


class Evidence(Section):
    """Reads in pages, so that a log of any length can be looked through."""

    def lives(self, after: str, limit: int) -> Sequence[Life]:
        """Return credentials and reservations that follow a number."""
        number = credential.c.credential_id
        query = sa.select(*_LIFE).where(number > after).order_by(number).limit(limit)
        return [Life(**named(row)) for row in self._unit.connection.execute(query)]

    def links(self, numbers: Sequence[str]) -> Mapping[str, tuple[str | None, str | None]]:
        """Return what these credentials supersede, and what supersedes them."""
        query = sa.select(
            credential.c.credential_id, credential.c.supersedes, credential.c.superseded_by
        )
        rows = self._unit.select_in(query, credential.c.credential_id, numbers)
        return {row.credential_id: (row.supersedes, row.superseded_by) for row in rows}

    def batch_of(self, number: str) -> str | None:
        """Return the name of the batch that a credential was issued in, if it is known."""
        query = sa.select(credential.c.batch).where(credential.c.credential_id == number)
        batch: str | None = self._unit.connection.execute(query).scalar_one_or_none()
        return batch

    def batches(self, batches: Sequence[str]) -> Mapping[str, Sequence[bytes]]:
        """Return the digests of all credentials of each batch."""
        rows = self._unit.select_in(
            sa.select(credential.c.batch, *OF_CREDENTIAL), credential.c.batch, batches
        )
        bodies = self.bodies([row.credential_id for row in rows])
        found: dict[str, list[bytes]] = {batch: [] for batch in batches}
        for row in rows:
            digest = credential_digest(named(row), bodies.first(row.credential_id))
            found[row.batch].append(digest)
        return found

    def bodies(self, numbers: Sequence[str]) -> Bodies:
        """Return the rows of the bodies of credentials, without their contents."""
        found: dict[str, list[BodyRow]] = {}
        for row in self._unit.select_in(sa.select(*OF_BODY), body.c.credential_id, numbers):
            found.setdefault(row.credential_id, []).append(named(row))
        return Bodies(found)

    def changes(self, numbers: Sequence[str]) -> Mapping[str, Sequence[ChangeRow]]:
        """Return the changes of credentials, the oldest first."""
        query = sa.select(state_change).order_by(state_change.c.change_id)
        found: dict[str, list[ChangeRow]] = {}
        for row in self._unit.select_in(query, state_change.c.credential_id, numbers):
            found.setdefault(row.credential_id, []).append(self._change(row))
        return found

    def keys(self) -> Sequence[KeyRow]:
        """Return every API key."""
        query = sa.select(api_key).order_by(api_key.c.key_id)
        return [
            KeyRow(key_id=row.key_id, digest=key_digest(named(row)), revoked_at=row.revoked_at)
            for row in self._unit.connection.execute(query)
        ]

    def _change(self, row: Row) -> ChangeRow:
        return ChangeRow(
            change_id=row.change_id,
            credential_id=row.credential_id,
            before=row.before,
            after=row.after,
            cause=row.cause,
            actor_id=row.actor_id,
            until=row.until,
            digest=self._digest(row),
        )

    def _digest(self, row: Row) -> bytes | None:
        if row.why is None:
            return change_digest(named(row), None)
        try:
            opened = self._unit.safe.open(why_place(row.credential_id, row.at), row.why)
        except Damaged:
            return None
        return change_digest(named(row), why_digest(opened))
