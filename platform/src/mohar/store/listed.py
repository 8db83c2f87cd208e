"""What bodies bind that name no status list themselves, so that their state can be told by it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import sqlalchemy as sa

from mohar.domain.lifecycle import CredentialState, StateChange
from mohar.domain.status import identifier_digest
from mohar.store.rows import ListedNumber
from mohar.store.tables import body, credential, listed, lost_identifier, state_change
from mohar.store.unit import Section

_READ_AT_ONCE: Final = 10_000


class Listed(Section):
    """
    The identifiers of credentials that have changed at least once since they were issued.

    Whatever is not here and bears our signature is as it was issued.
    """

    def note(self, credential_ids: Sequence[str]) -> None:
        """Note that the state of these credentials changed; called with their rows locked."""
        query = (
            sa.select(body.c.credential_id, body.c.name, body.c.key_id, body.c.identifier)
            .where(body.c.identifier.is_not(None))
            .order_by(body.c.credential_id, body.c.name)
        )
        rows = [
            {
                "digest": identifier_digest(row.identifier),
                "credential_id": row.credential_id,
                "body": row.name,
                "identifier": row.identifier,
                "key_id": row.key_id,
                "changes": 0,
            }
            for row in self._unit.select_in(query, body.c.credential_id, credential_ids)
        ]
        if not rows:
            return
        self._unit.insert_new(listed, rows, listed.c.credential_id)
        numbers = sorted({str(row["credential_id"]) for row in rows})
        self._unit.connection.execute(
            sa.update(listed)
            .where(listed.c.credential_id.in_(numbers))
            .values(changes=listed.c.changes + 1)
        )

    def states(self, identifier: str) -> Sequence[tuple[CredentialState, Sequence[StateChange]]]:
        """Return the state and the history of every credential that binds it and ever changed."""
        query = (
            sa.select(credential.c.credential_id, credential.c.state)
            .join(listed, listed.c.credential_id == credential.c.credential_id)
            .where(listed.c.digest == identifier_digest(identifier))
            .distinct()
        )
        found = self._unit.connection.execute(query).all()
        return [(row.state, self._changes(row.credential_id)) for row in found]

    def flagged(self) -> Iterator[tuple[bytes, CredentialState]]:
        """
        Return the digest and the state of everything listed that is not current, by digest.

        What a restore lost is among it.
        """
        held = (
            sa.select(listed.c.digest, credential.c.state)
            .join(credential, credential.c.credential_id == listed.c.credential_id)
            .where(credential.c.state != "current")
        )
        lost = sa.select(lost_identifier.c.digest, lost_identifier.c.state)
        query = (
            sa.union_all(held, lost).order_by("digest").execution_options(yield_per=_READ_AT_ONCE)
        )
        for row in self._unit.connection.execute(query):
            yield row.digest, row.state

    def numbers(self, key_id: str) -> ListedNumber:
        """Return what one key signed that is not current, as it was bound, and a rising count."""
        mine = listed.c.key_id == key_id
        count = sa.select(sa.func.coalesce(sa.func.sum(listed.c.changes), 0)).where(mine)
        query = (
            sa.select(listed.c.identifier)
            .join(credential, credential.c.credential_id == listed.c.credential_id)
            .where(mine, credential.c.state != "current")
            .order_by(listed.c.identifier)
            .distinct()
        )
        return ListedNumber(
            count=int(self._unit.connection.execute(count).scalar_one()),
            identifiers=tuple(self._unit.connection.execute(query).scalars()),
        )

    def _changes(self, credential_id: str) -> Sequence[StateChange]:
        query = (
            sa.select(state_change.c.at, state_change.c.before, state_change.c.after)
            .where(state_change.c.credential_id == credential_id)
            .order_by(state_change.c.change_id)
        )
        rows = self._unit.connection.execute(query)
        return [StateChange(at=row.at, before=row.before, after=row.after) for row in rows]
