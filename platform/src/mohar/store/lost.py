"""What had been told of credentials that a restore lost, and is told on."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from mohar.domain.lifecycle import CredentialState
from mohar.domain.status import StatusSlot, identifier_digest
from mohar.store.reserve import row_slot
from mohar.store.rows import Holder, LostCounts, LostState
from mohar.store.status import list_named, permutation_place
from mohar.store.tables import body, credential, lost_identifier, lost_slot, status_list
from mohar.store.unit import Section
from mohar.store.vault import KEY_BYTES

_READ_AT_ONCE: Final = 10_000
_UNISSUED: Final = ("reserved", "refused")
# What is told later may make it worse, and never better.
_MILDER: Final[Mapping[CredentialState, tuple[CredentialState, ...]]] = {
    "suspended": (),
    "superseded": ("suspended",),
    "revoked": ("suspended", "superseded"),
}


class Lost(Section):
    """
    Slots and identifiers whose credentials are not here any more, and what they had become.

    It is learnt after a restore from what had been published, see `mohar db restored`. Keeping the
    same again changes nothing.
    """

    def add_lists(self, sizes: Mapping[str, int]) -> None:
        """Add lists that were opened after the backup, as full: none of their slots is free."""
        known = sa.select(status_list.c.list_id)
        there = {
            row.list_id for row in self._unit.select_in(known, status_list.c.list_id, list(sizes))
        }
        for list_id in sorted(sizes.keys() - there):
            self._unit.insert(status_list, [self._full(list_id, sizes[list_id])])

    def give_up(self, credential_ids: Sequence[str]) -> None:
        """
        Forget reservations that were used after the backup, and whose credentials came to an end.

        Their records get another number and another slot.
        """
        for each in sorted(credential_ids):
            unissued = credential.c.credential_id == each, credential.c.state.in_(_UNISSUED)
            self._unit.connection.execute(sa.delete(credential).where(*unissued))

    def keep_slots(
        self, told: Sequence[tuple[StatusSlot, CredentialState]], since: datetime
    ) -> None:
        """Keep what slots of known lists were told to be at a moment."""
        rows = [
            {
                "status_list_id": slot.list_id,
                "status_index": slot.index,
                "state": state,
                "since": since,
            }
            for slot, state in told
        ]
        self._keep(lost_slot, rows, ["status_list_id", "status_index"])

    def keep_identifiers(
        self, told: Sequence[tuple[bytes, CredentialState]], since: datetime
    ) -> None:
        """Keep what credentials were told to be at a moment that bind what these are digests of."""
        rows = [{"digest": digest, "state": state, "since": since} for digest, state in told]
        self._keep(lost_identifier, rows, ["digest"])

    def in_slot(self, slot: StatusSlot) -> LostState | None:
        """Return what is kept of a slot."""
        query = sa.select(lost_slot.c.state, lost_slot.c.since).where(
            lost_slot.c.status_list_id == slot.list_id, lost_slot.c.status_index == slot.index
        )
        return self._one(query)

    def bound_by(self, identifier: str) -> LostState | None:
        """Return what is kept of whatever binds an identifier."""
        query = sa.select(lost_identifier.c.state, lost_identifier.c.since).where(
            lost_identifier.c.digest == identifier_digest(identifier)
        )
        return self._one(query)

    def counts(self) -> LostCounts:
        """Return how much is kept."""
        slots, identifiers = (
            int(
                self._unit.connection.execute(
                    sa.select(sa.func.count()).select_from(table)
                ).scalar_one()
            )
            for table in (lost_slot, lost_identifier)
        )
        return LostCounts(slots=slots, identifiers=identifiers)

    def holders(self, digests: Sequence[bytes]) -> Mapping[bytes, Sequence[Holder]]:
        """
        Return every credential that binds what one of these stands for.

        It looks at every body that binds anything: this takes its time.
        """
        wanted, found = set(digests), dict[bytes, list[Holder]]()
        for row in self._binding() if wanted else ():
            digest = identifier_digest(row.identifier)
            if digest in wanted:
                holder = Holder(
                    credential_id=row.credential_id, state=row.state, slot=row_slot(row)
                )
                found.setdefault(digest, []).append(holder)
        return found

    def _binding(self) -> sa.CursorResult[Any]:
        query = (
            sa.select(
                body.c.identifier,
                credential.c.credential_id,
                credential.c.state,
                credential.c.status_list_id,
                credential.c.status_index,
            )
            .join(credential, credential.c.credential_id == body.c.credential_id)
            .where(body.c.identifier.is_not(None))
            .execution_options(yield_per=_READ_AT_ONCE)
        )
        return self._unit.connection.execute(query)

    def _one(self, query: sa.Select[tuple[Any, Any]]) -> LostState | None:
        row = self._unit.connection.execute(query).one_or_none()
        return LostState(state=row.state, since=row.since) if row else None

    def _keep(self, table: sa.Table, rows: Sequence[dict[str, Any]], key: Sequence[str]) -> None:
        self._unit.insert_new(table, rows, table.c.state)
        for state, milder in _MILDER.items():
            worse = [
                {**{name: row[name] for name in key}, "state": state}
                for row in rows
                if row["state"] == state
            ]
            for each in milder:
                self._unit.update(table, worse, by=key, state=each)

    def _full(self, list_id: str, size: int) -> dict[str, Any]:
        kind, purpose, number = list_named(list_id)
        last = sa.select(sa.func.max(status_list.c.number)).where(
            status_list.c.kind == kind, status_list.c.purpose == purpose
        )
        before = self._unit.connection.execute(last).scalar_one() or 0
        return {
            "list_id": list_id,
            "kind": kind,
            "purpose": purpose,
            "number": max(number, before + 1),
            # Nobody knows its order any more, and nobody will go by it.
            "permutation_key": self._unit.safe.seal(
                "status", permutation_place(list_id), secrets.token_bytes(KEY_BYTES)
            ),
            "size": size,
            "taken": size,
            "opened_at": self._unit.clock(),
        }
