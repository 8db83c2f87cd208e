"""What changes about a credential that is issued: bodies come to it, and its record goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from mohar.domain.errors import Conflict
from mohar.store.audit import Audit, NewEntry
from mohar.store.bound import bodies_digest
from mohar.store.commit import body_rows
from mohar.store.rows import AddedBodies
from mohar.store.tables import body, credential
from mohar.store.unit import Row, Section


class Additions(Section):
    """The steps after issuing."""

    def body_names(self, credential_ids: Sequence[str]) -> Mapping[str, frozenset[str]]:
        """Return the names of the bodies that each credential has."""
        query = sa.select(body.c.credential_id, body.c.name)
        found: dict[str, frozenset[str]] = dict.fromkeys(credential_ids, frozenset())
        for number, name in self._unit.select_in(query, body.c.credential_id, credential_ids):
            found[number] |= {name}
        return found

    def add_bodies(self, added: AddedBodies) -> frozenset[str]:
        """
        Add bodies to a current credential; return the names of those that were not there before.

        Raises:
            Conflict: it is not current, or not any more.
        """
        row = self._lock_current(added.credential_id)
        rows = [
            each | {"config_digest": added.config_digest}
            for each in body_rows(self._unit, [added], self._next_position(added.credential_id))[0]
        ]
        names = frozenset(self._unit.insert_new(body, rows, body.c.name))
        self._tell_added(added, [row for row in rows if row["name"] in names])
        refused = tuple(each for each in row.refused or () if each.name not in names)
        self._unit.connection.execute(
            sa.update(credential)
            .where(credential.c.credential_id == added.credential_id)
            .values(refused=refused or None)
        )
        return names

    def forget_records(self, kind: str, issued_until: datetime, limit: int) -> int:
        """Remove the records of the oldest credentials issued up to a moment; return how many."""
        old = (
            sa.select(credential.c.credential_id)
            .where(
                credential.c.kind == kind,
                credential.c.issued_at <= issued_until,
                credential.c.record.is_not(None),
            )
            .order_by(credential.c.issued_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
            .cte("old")
        )
        # SQLite counts no rows of a statement that begins with WITH, but returns them.
        forget = (
            sa.update(credential)
            .where(credential.c.credential_id.in_(sa.select(old.c.credential_id)))
            .values(record=None)
            .returning(credential.c.credential_id)
        )
        return len(self._unit.connection.execute(forget).all())

    def _lock_current(self, credential_id: str) -> Row:
        """Whoever changes its state waits until its new bodies are there, or comes first."""
        lock = (
            sa.select(credential.c.refused)
            .where(credential.c.credential_id == credential_id, credential.c.state == "current")
            .with_for_update()
        )
        row = self._unit.connection.execute(lock).one_or_none()
        if row is None:
            raise Conflict("the credential is not current, so no body is added to it")
        return row

    def _tell_added(self, added: AddedBodies, rows: Sequence[Mapping[str, Any]]) -> None:
        if not rows:
            return
        entry = NewEntry(
            actor_id=added.actor_id,
            action="add-body",
            subject=added.credential_id,
            count=len(rows),
            digest=bodies_digest(rows),
            facts={"bodies": sorted(row["name"] for row in rows)},
        )
        Audit(self._unit).append([entry])

    def _next_position(self, credential_id: str) -> int:
        last = sa.select(sa.func.max(body.c.position)).where(body.c.credential_id == credential_id)
        position: int | None = self._unit.connection.execute(last).scalar_one()
        return 0 if position is None else position + 1
