"""Slots in status lists: given out by a counter, in an order that tells nothing."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa

from mohar.domain.errors import NotFound
from mohar.domain.lifecycle import CredentialState
from mohar.domain.status import StatusSlot
from mohar.store.permutation import permutation
from mohar.store.rows import Holder, StatusSheet
from mohar.store.tables import credential, list_version, listed, lost_slot, status_list
from mohar.store.unit import Query, Row, Section
from mohar.store.vault import KEY_BYTES

# The smallest list a herd can hide in (W3C Bitstring Status List 1.0 §6.1).
LIST_SIZE: Final = 131_072
_VERSION: Final = status_list.c.version + sa.func.coalesce(list_version.c.version, 0)
# More changes than a list can have had since any backup, and more lists than were opened.
_BEYOND_WHAT_WAS_LOST: Final = 1_000_000
_LISTS_BEYOND: Final = 1_000
_LIST_NAME: Final = re.compile(r"(.+)-([a-z]+)-([1-9][0-9]{0,8})", re.ASCII)


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

    def states_of(self, slots: Sequence[StatusSlot]) -> Sequence[CredentialState | None]:
        """Return the state of the credential in each slot; None where no credential has it."""
        place = sa.tuple_(credential.c.status_list_id, credential.c.status_index)
        query = sa.select(
            credential.c.status_list_id, credential.c.status_index, credential.c.state
        )
        rows = self._unit.select_in(query, place, [(slot.list_id, slot.index) for slot in slots])
        found: dict[tuple[str, int], CredentialState] = {(row[0], row[1]): row[2] for row in rows}
        return [found.get((slot.list_id, slot.index)) for slot in slots]

    def held_in(self, slots: Sequence[StatusSlot]) -> Sequence[Holder | None]:
        """Return what has each slot, a reservation perhaps; None where nothing has it."""
        place = sa.tuple_(credential.c.status_list_id, credential.c.status_index)
        query = sa.select(
            credential.c.status_list_id,
            credential.c.status_index,
            credential.c.credential_id,
            credential.c.state,
        )
        rows = self._unit.select_in(query, place, [(slot.list_id, slot.index) for slot in slots])
        found = {
            (row[0], row[1]): Holder(
                credential_id=row[2],
                state=row[3],
                slot=StatusSlot(list_id=row[0], index=row[1]),
            )
            for row in rows
        }
        return [found.get((slot.list_id, slot.index)) for slot in slots]

    def state_of(self, list_id: str, index: int) -> CredentialState | None:
        """Return the state of the credential in one slot, or None."""
        return self.states_of([StatusSlot(list_id=list_id, index=index)])[0]

    def sheet(self, list_id: str) -> StatusSheet:
        """Return what a list says, as one moment sees it. Raises NotFound."""
        columns = (status_list.c.kind, status_list.c.size, _VERSION.label("version"))
        query = _versioned(*columns).where(status_list.c.list_id == list_id)
        row = self._unit.connection.execute(query).one_or_none()
        if row is None:
            raise NotFound("there is no such status list")
        return StatusSheet(
            list_id=list_id,
            kind=row.kind,
            size=row.size,
            version=row.version,
            flagged=self._flagged(list_id),
        )

    def version(self, list_id: str) -> int:
        """Return how often a list has changed. Raises NotFound."""
        query = _versioned(_VERSION).where(status_list.c.list_id == list_id)
        version: int | None = self._unit.connection.execute(query).scalar_one_or_none()
        if version is None:
            raise NotFound("there is no such status list")
        return version

    def serial(self) -> int:
        """Return a number that rises whenever any list changes or a new one is opened."""
        query = _versioned(sa.func.coalesce(sa.func.sum(_VERSION + 1), 0))
        return int(self._unit.connection.execute(query).scalar_one())

    def close_all(self) -> int:
        """
        Take no slot of today's lists any more, and let every list count as changed; return how many.

        After a restore nobody knows which slots were given out since the backup, nor which lists
        were opened, and what verifiers hold is newer than what is here: no slot may be given out
        twice, no list have the name of one that was lost, and no serial go back.
        """
        opened = status_list.c.taken < status_list.c.size
        count = sa.select(sa.func.count()).select_from(status_list).where(opened)
        closed: int = self._unit.connection.execute(count).scalar_one()
        self._unit.connection.execute(
            sa.update(status_list).values(
                taken=status_list.c.size, version=status_list.c.version + _BEYOND_WHAT_WAS_LOST
            )
        )
        self._unit.connection.execute(
            sa.update(listed).values(changes=listed.c.changes + _BEYOND_WHAT_WAS_LOST)
        )
        self._count_lists_on()
        return closed

    def lists(self) -> Sequence[str]:
        """Return the names of all lists, by kind and number."""
        query = sa.select(status_list.c.list_id).order_by(
            status_list.c.kind, status_list.c.purpose, status_list.c.number
        )
        return list(self._unit.connection.execute(query).scalars())

    def _count_lists_on(self) -> None:
        """The next list is named by the number after that of the last one."""
        same = status_list.alias()
        last = sa.select(sa.func.max(same.c.number)).where(
            same.c.kind == status_list.c.kind, same.c.purpose == status_list.c.purpose
        )
        self._unit.connection.execute(
            sa.update(status_list)
            .where(status_list.c.number == last.scalar_subquery())
            .values(number=status_list.c.number + _LISTS_BEYOND)
        )

    def _flagged(self, list_id: str) -> dict[int, CredentialState]:
        query = sa.select(credential.c.status_index, credential.c.state).where(
            credential.c.status_list_id == list_id,
            # Said as the index says it, or it is not used.
            sa.text("credential.state IN ('superseded', 'revoked', 'suspended')"),
        )
        rows = self._unit.connection.execute(query.order_by(credential.c.status_index))
        lost = sa.select(lost_slot.c.status_index, lost_slot.c.state).where(
            lost_slot.c.status_list_id == list_id
        )
        told = {row[0]: row[1] for row in self._unit.connection.execute(lost)}
        return told | {row[0]: row[1] for row in rows}

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
        order = self._unit.permutations.get(
            kind, purpose, row.list_id, bytes(row.permutation_key), lambda: self._order(row)
        )
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
        list_id = list_name(kind, purpose, number)
        row = {
            "list_id": list_id,
            "kind": kind,
            "purpose": purpose,
            "number": number,
            "permutation_key": self._unit.safe.seal(
                "status", permutation_place(list_id), secrets.token_bytes(KEY_BYTES)
            ),
            "size": LIST_SIZE,
            "taken": 0,
            "opened_at": self._unit.clock(),
        }
        self._unit.insert_new(status_list, [row], status_list.c.list_id)

    def _order(self, row: Row) -> Sequence[int]:
        key = self._unit.safe.open(permutation_place(row.list_id), row.permutation_key)
        return permutation(key, row.size)


def _versioned(*columns: sa.ColumnElement[Any]) -> Query:
    joined = status_list.outerjoin(list_version, list_version.c.list_id == status_list.c.list_id)
    return sa.select(*columns).select_from(joined)


def list_name(kind: str, purpose: str, number: int) -> str:
    """Return the name of a list, as it is published."""
    return f"{kind}-{purpose}-{number}"


def list_named(list_id: str) -> tuple[str, str, int]:
    """Return the kind, the purpose and the number in the name of a list. Raises NotFound."""
    match = _LIST_NAME.fullmatch(list_id)
    if match is None:
        raise NotFound("this is the name of no status list")
    return match[1], match[2], int(match[3])


def permutation_place(list_id: str) -> str:
    """Return where the permutation key of a list is sealed for."""
    return f"status_list.permutation_key/{list_id}"
