"""
What had been told of credentials that a restore has lost, so that it is told further.

Whatever is known of a slot or of a digest by a credential that is here counts before it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import sqlalchemy as sa

from mohar.domain.lifecycle import CredentialState
from mohar.domain.status import StatusSlot, identifier_digest
from mohar.store.tables import body, listed, lost_digest, lost_slot
from mohar.store.unit import Section

_READ_AT_ONCE: Final = 10_000
# What stands for a digest of a credential that is here is told by that.
_IS_LISTED: Final = sa.exists().where(listed.c.digest == lost_digest.c.digest)


class Lost(Section):
    """States without a credential."""

    def note_slots(self, told: Mapping[StatusSlot, CredentialState]) -> None:
        """Keep what is told of slots that no credential has. What was noted before is replaced."""
        rows = [
            {"list_id": slot.list_id, "status_index": slot.index, "state": state}
            for slot, state in told.items()
        ]
        self._unit.insert_new(lost_slot, rows, lost_slot.c.list_id)
        self._unit.update(lost_slot, rows, by=["list_id", "status_index"])

    def note_digests(self, told: Mapping[bytes, CredentialState]) -> None:
        """Keep what is told of identifiers, by their digests. What was noted before is replaced."""
        rows = [{"digest": digest, "state": state} for digest, state in told.items()]
        self._unit.insert_new(lost_digest, rows, lost_digest.c.digest)
        self._unit.update(lost_digest, rows, by=["digest"])

    def of_list(self, list_id: str) -> dict[int, CredentialState]:
        """Return what is told of the slots of a list."""
        query = sa.select(lost_slot.c.status_index, lost_slot.c.state)
        rows = self._unit.connection.execute(query.where(lost_slot.c.list_id == list_id))
        return {row[0]: row[1] for row in rows}

    def state_of(self, list_id: str, index: int) -> CredentialState | None:
        """Return what is told of one slot, or None."""
        query = sa.select(lost_slot.c.state).where(
            lost_slot.c.list_id == list_id, lost_slot.c.status_index == index
        )
        found: CredentialState | None = self._unit.connection.execute(query).scalar_one_or_none()
        return found

    def state_of_identifier(self, identifier: str) -> CredentialState | None:
        """Return what is told of an identifier that nothing here binds, or None."""
        query = sa.select(lost_digest.c.state).where(
            lost_digest.c.digest == identifier_digest(identifier), sa.not_(_IS_LISTED)
        )
        found: CredentialState | None = self._unit.connection.execute(query).scalar_one_or_none()
        return found

    def digests(self) -> Iterator[tuple[bytes, CredentialState]]:
        """Return every digest that nothing here binds with its state, in order."""
        query = (
            sa.select(lost_digest.c.digest, lost_digest.c.state)
            .where(sa.not_(_IS_LISTED))
            .order_by(lost_digest.c.digest)
            .execution_options(yield_per=_READ_AT_ONCE)
        )
        for row in self._unit.connection.execute(query):
            yield row.digest, row.state

    def strange(self, digests: Sequence[bytes]) -> frozenset[bytes]:
        """Return those digests that no credential is listed under."""
        query = sa.select(listed.c.digest)
        rows = self._unit.select_in(query, listed.c.digest, digests)
        return frozenset(digests) - {row.digest for row in rows}

    def bound_by(self, credential_ids: Sequence[str]) -> frozenset[bytes]:
        """Return the digests of what the bodies of these credentials bind."""
        query = sa.select(body.c.identifier).where(body.c.identifier.is_not(None))
        rows = self._unit.select_in(query, body.c.credential_id, credential_ids)
        return frozenset(identifier_digest(row.identifier) for row in rows)
