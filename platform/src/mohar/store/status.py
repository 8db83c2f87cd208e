"""Slots in status lists: given out by a counter, in an order that tells nothing."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa

from mohar.domain.errors import NotFound
from mohar.domain.status import StatusSlot
from mohar.store.permutation import permutation
from mohar.store.tables import credential, status_list
from mohar.store.unit import Row, Section
from mohar.store.vault import KEY_BYTES

# The smallest list a herd can hide in (W3C Bitstring Status List 1.0 §6.1).
LIST_SIZE: Final = 131_072


class Status(Section):
    """Status lists and the bits in them."""

    def take(self, kind: str, purpose: str, count: int) -> Sequence[StatusSlot]:
        """
        Set slots aside, opening a new list where the old one is full.

        Other writers of the same list wait until this transaction ends, so keep it short.
        """
        taken: list[StatusSlot] = []
        while len(taken) < count:
            more = self._take_from_open(kind, purpose, count - len(taken))
            taken += more
            if not more:
                self._open_next(kind, purpose)
        return taken

    def states_of(self, slots: Sequence[StatusSlot]) -> Sequence[str | None]:
        """Return the state of the credential in each slot; None where no credential has it."""
        place = sa.tuple_(credential.c.status_list_id, credential.c.status_index)
        query = sa.select(
            credential.c.status_list_id, credential.c.status_index, credential.c.state
        )
        rows = self._unit.select_in(query, place, [(slot.list_id, slot.index) for slot in slots])
        found: dict[tuple[str, int], str] = {(row[0], row[1]): row[2] for row in rows}
        return [found.get((slot.list_id, slot.index)) for slot in slots]

    def state_of(self, list_id: str, index: int) -> str | None:
        """Return the state of the credential in one slot, or None."""
        return self.states_of([StatusSlot(list_id=list_id, index=index)])[0]

    def revoked_indices(self, list_id: str) -> Sequence[int]:
        """Return the bits of a list that are set, lowest first. Raises NotFound."""
        known = sa.select(status_list.c.list_id).where(status_list.c.list_id == list_id)
        if self._unit.connection.execute(known).one_or_none() is None:
            raise NotFound(f"there is no status list {list_id!r}")
        query = (
            sa.select(credential.c.status_index)
            .where(credential.c.status_list_id == list_id, credential.c.state == "revoked")
            .order_by(credential.c.status_index)
        )
        return list(self._unit.connection.execute(query).scalars())

    def _take_from_open(self, kind: str, purpose: str, count: int) -> Sequence[StatusSlot]:
        statement = (
            sa.update(status_list)
            .where(
                status_list.c.kind == kind,
                status_list.c.purpose == purpose,
                status_list.c.taken < status_list.c.size,
            )
            # It may count past the end: then the list is full, and the rest is asked for again.
            .values(taken=status_list.c.taken + count)
            .returning(
                status_list.c.list_id,
                status_list.c.taken,
                status_list.c.size,
                status_list.c.permutation_key,
            )
        )
        row = self._unit.connection.execute(statement).one_or_none()
        if row is None:
            return []
        order = self._unit.permutations.get(kind, purpose, row.list_id, lambda: self._order(row))
        places = order[row.taken - count : min(row.taken, row.size)]
        return [StatusSlot(list_id=row.list_id, index=index) for index in places]

    def _open_next(self, kind: str, purpose: str) -> None:
        is_open = sa.case((status_list.c.taken < status_list.c.size, 1), else_=0)
        # Asked in one statement: another writer may have filled one list and opened the next.
        lists = sa.select(sa.func.max(status_list.c.number), sa.func.max(is_open)).where(
            status_list.c.kind == kind, status_list.c.purpose == purpose
        )
        last, has_open = self._unit.connection.execute(lists).one()
        if has_open:
            return
        number = (last or 0) + 1
        list_id = f"{kind}-{purpose}-{number}"
        row = {
            "list_id": list_id,
            "kind": kind,
            "purpose": purpose,
            "number": number,
            "permutation_key": self._unit.safe.seal(
                "status", _place(list_id), secrets.token_bytes(KEY_BYTES)
            ),
            "size": LIST_SIZE,
            "taken": 0,
            "opened_at": self._unit.clock(),
        }
        self._unit.insert_new(status_list, [row], status_list.c.list_id)

    def _order(self, row: Row) -> Sequence[int]:
        key = self._unit.safe.open(_place(row.list_id), row.permutation_key)
        return permutation(key, row.size)


def _place(list_id: str) -> str:
    return f"status_list.permutation_key/{list_id}"
