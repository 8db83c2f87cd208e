"""What an operator paused, by name; what a pause means for the intake is for other rooms to say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from mohar.store.audit import Audit, NewEntry
from mohar.store.hashes import sha256
from mohar.store.rows import Pause, PauseScope
from mohar.store.tables import pause
from mohar.store.unit import Row, Section, named


class Pauses(Section):
    """Pauses, kept until they are ended."""

    def add(self, new: Pause) -> bool:
        """Keep a pause; return False, and change nothing, where there is one of that name."""
        row: dict[str, Any] = {
            "scope": new.scope,
            "name": new.name,
            "since": new.since,
            "actor_id": new.actor_id,
            "reason": self._unit.seal_json("intake", reason_place(new.scope, new.name), new.reason),
        }
        if not self._unit.insert_new(pause, [row], pause.c.name):
            return False
        why = sha256(row["reason"])
        self._write_down("pause", new.actor_id, new.scope, new.name, why)
        return True

    def end(self, scope: PauseScope, name: str, *, actor_id: str = "") -> bool:
        """
        Remove a pause in the name of an actor; return whether there was one.

        It waits for whoever goes by it (`in_force`), and whoever comes later waits for the end of
        this transaction.
        """
        ending = sa.delete(pause).where(pause.c.scope == scope, pause.c.name == name)
        if self._unit.connection.execute(ending).rowcount == 0:
            return False
        self._write_down("resume", actor_id, scope, name)
        return True

    def in_force(self) -> frozenset[tuple[PauseScope, str]]:
        """Return the scope and name of every pause; none of them ends before this transaction."""
        query = sa.select(pause.c.scope, pause.c.name).with_for_update(read=True)
        return frozenset((row.scope, row.name) for row in self._unit.connection.execute(query))

    def names(self) -> frozenset[tuple[PauseScope, str]]:
        """Return the scope and name of every pause, to look only."""
        query = sa.select(pause.c.scope, pause.c.name)
        return frozenset((row.scope, row.name) for row in self._unit.connection.execute(query))

    def listed(self) -> Sequence[Pause]:
        """Return every pause, the oldest first."""
        query = sa.select(pause).order_by(pause.c.since, pause.c.scope, pause.c.name)
        return [
            Pause(**{**named(row), "reason": self._reason(row)})
            for row in self._unit.connection.execute(query)
        ]

    def _write_down(
        self, action: str, actor_id: str, scope: PauseScope, name: str, why: bytes = b""
    ) -> None:
        subject = f"{scope}/{name}"
        entry = NewEntry(actor_id=actor_id, action=action, subject=subject, digest=why)
        Audit(self._unit).append([entry])

    def _reason(self, row: Row) -> str:
        opened = self._unit.safe.open(reason_place(row.scope, row.name), row.reason)
        return msgspec.json.decode(opened, type=str)


def reason_place(scope: str, name: str) -> str:
    """Return where the reason of a pause is sealed for."""
    return f"pause.reason/{scope}/{name}"
