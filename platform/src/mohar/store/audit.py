"""
The audit log: entries appended with what they tell of, and sealed a little later, in batches.

An entry is plain and waits for nobody, so writing the log keeps no transaction from another. One
worker at a time binds the entries that have no seal yet, in their order, to the seal before.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from mohar.domain.audit import FIRST_PREVIOUS, AuditEntry, AuditSeal, sealed
from mohar.domain.values import JsonObject
from mohar.store.tables import audit_entry, audit_seal
from mohar.store.unit import Query, Section, named

_PURPOSE: Final = "audit"
_ENTRY: Final = tuple(audit_entry.c[name] for name in AuditEntry.__struct_fields__)
_SEAL: Final = tuple(audit_seal.c[name] for name in AuditSeal.__struct_fields__)
_UNSEALED: Final = audit_entry.c.seal.is_(None)
# Any number will do that the migrators do not take.
_SEALERS_LOCK: Final = 0x7365616C


class NewEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An entry on its way into the log; see `AuditEntry`."""

    actor_id: str
    action: str
    subject: str = ""
    batch: str | None = None
    count: int = 1
    digest: bytes = b""
    facts: JsonObject = msgspec.field(default_factory=dict)


class Audit(Section):
    """What was done, by whom, and the seals over it."""

    def append(self, entries: Sequence[NewEntry]) -> None:
        """Write down what this transaction does; it stands or falls with the transaction."""
        now = self._unit.clock()
        rows = [{**msgspec.structs.asdict(entry), "at": now} for entry in entries]
        self._unit.insert(audit_entry, rows)

    def seal(self, limit: int) -> int:
        """
        Bind the oldest entries that have no seal, and return how many they were.

        Returns 0 where there is none, or where somebody else is sealing at this moment.
        """
        if not self._only_one():
            return 0
        query = sa.select(*_ENTRY).where(_UNSEALED).order_by(audit_entry.c.entry_id).limit(limit)
        entries = self._entries(query)
        if not entries:
            return 0
        last = self.head()
        seal = sealed(
            entries,
            number=last.number + 1 if last else 1,
            previous=last.hash if last else FIRST_PREVIOUS,
            sealed_at=self._unit.clock(),
        )
        tag = self._unit.safe.tag(_PURPOSE, seal.hash.hex())
        self._unit.insert(audit_seal, [{**msgspec.structs.asdict(seal), "tag": tag}])
        marks = [{"entry_id": each.entry_id, "seal": seal.number} for each in entries]
        self._unit.update(audit_entry, marks, by=["entry_id"])
        return len(entries)

    def head(self) -> AuditSeal | None:
        """Return the last seal, or None."""
        query = sa.select(*_SEAL).order_by(audit_seal.c.number.desc()).limit(1)
        row = self._unit.connection.execute(query).one_or_none()
        return None if row is None else AuditSeal(**named(row))

    def seals(self, after: int, limit: int) -> Sequence[tuple[AuditSeal, bool]]:
        """Return the seals that follow a number, and whether a holder of the keys made each."""
        query = (
            sa.select(*_SEAL, audit_seal.c.tag)
            .where(audit_seal.c.number > after)
            .order_by(audit_seal.c.number)
            .limit(limit)
        )
        return [self._judged(dict(named(row))) for row in self._unit.connection.execute(query)]

    def sealed_by(self, first: int, last: int) -> Iterator[tuple[int, AuditEntry]]:
        """Return the entries that name a seal from `first` to `last`, with its number."""
        query = sa.select(audit_entry.c.seal, *_ENTRY).where(
            audit_entry.c.seal.between(first, last)
        )
        for row in self._unit.connection.execute(query):
            values = dict(named(row))
            yield values.pop("seal"), AuditEntry(**values)

    def orphans(self) -> Sequence[tuple[int, int]]:
        """Return the numbers of entries that name a seal which is not there, with that seal's."""
        query = (
            sa.select(audit_entry.c.entry_id, audit_entry.c.seal)
            .outerjoin(audit_seal, audit_seal.c.number == audit_entry.c.seal)
            .where(audit_entry.c.seal.is_not(None), audit_seal.c.number.is_(None))
            .order_by(audit_entry.c.entry_id)
        )
        return [(row.entry_id, row.seal) for row in self._unit.connection.execute(query)]

    def unsealed(self) -> Sequence[tuple[int, datetime]]:
        """Return number and time of every entry that has no seal yet."""
        query = (
            sa.select(audit_entry.c.entry_id, audit_entry.c.at)
            .where(_UNSEALED)
            .order_by(audit_entry.c.entry_id)
        )
        return [(row.entry_id, row.at) for row in self._unit.connection.execute(query)]

    def page(self, after: int, limit: int) -> Sequence[AuditEntry]:
        """Return the entries that follow a number."""
        query = sa.select(*_ENTRY).where(audit_entry.c.entry_id > after)
        return self._entries(query.order_by(audit_entry.c.entry_id).limit(limit))

    def of_subjects(self, subjects: Sequence[str], action: str) -> Sequence[AuditEntry]:
        """Return the entries of one action about any of these subjects, in their order."""
        query = sa.select(*_ENTRY).where(audit_entry.c.action == action)
        return self._in(query, audit_entry.c.subject, subjects)

    def about(self, subject: str, batch: str | None) -> Sequence[AuditEntry]:
        """Return all entries about one subject, or of its batch, in their order."""
        wanted = audit_entry.c.subject == subject
        if batch is not None:
            wanted = sa.or_(wanted, audit_entry.c.batch == batch)
        return self._entries(sa.select(*_ENTRY).where(wanted).order_by(audit_entry.c.entry_id))

    def of_batches(self, batches: Sequence[str]) -> Sequence[AuditEntry]:
        """Return the entries of batches."""
        return self._in(sa.select(*_ENTRY), audit_entry.c.batch, batches)

    def has(self, action: str) -> bool:
        """Say whether there is an entry of this action."""
        query = sa.select(audit_entry.c.entry_id).where(audit_entry.c.action == action).limit(1)
        return self._unit.connection.execute(query).one_or_none() is not None

    def _in(
        self, query: Query, column: sa.Column[Any], values: Sequence[str]
    ) -> Sequence[AuditEntry]:
        rows = self._unit.select_in(query, column, values)
        entries = [AuditEntry(**named(row)) for row in rows]
        return sorted(entries, key=lambda entry: entry.entry_id)

    def _entries(self, query: Query) -> Sequence[AuditEntry]:
        return [AuditEntry(**named(row)) for row in self._unit.connection.execute(query)]

    def _judged(self, values: dict[str, Any]) -> tuple[AuditSeal, bool]:
        tag = values.pop("tag")
        seal = AuditSeal(**values)
        return seal, self._unit.safe.is_tag(tag, seal.hash.hex())

    def _only_one(self) -> bool:
        """SQLite has one writer at a time; PostgreSQL is asked for a lock until the end."""
        if self._unit.connection.dialect.name != "postgresql":
            return True
        lock = sa.select(sa.func.pg_try_advisory_xact_lock(_SEALERS_LOCK))
        return bool(self._unit.connection.execute(lock).scalar_one())


def new_batch(now: datetime) -> str:
    """Return a name for a batch; names rise with the time, so an index takes them at its end."""
    return f"{int(now.timestamp() * 1000):012x}{secrets.token_hex(10)}"
