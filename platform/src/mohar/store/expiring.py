"""What is put aside for a while: one-time codes, calls that must not come twice, and counts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from mohar.store.expiring_tables import expiring
from mohar.store.unit import Row, Section

_KEYS: Final = (expiring.c.namespace, expiring.c.key_hash)


class Expiring(Section):
    """
    Values and counts that end by themselves, under a key within a namespace.

    Of a key only a hash under the pepper is kept, and a value is sealed. What is over is never
    returned, whether it was swept away or not. A new pepper forgets everything.
    """

    def put(self, namespace: str, key: str, value: bytes, lifetime: timedelta) -> None:
        """Keep a value, in place of whatever was there."""
        row = self._row(namespace, key, lifetime, value=value)
        self._run(self._insert(row).on_conflict_do_update(index_elements=_KEYS, set_=row))

    def add(self, namespace: str, key: str, value: bytes, lifetime: timedelta) -> bool:
        """Keep a value unless there is one; say whether it was kept. One of many callers wins."""
        row = self._row(namespace, key, lifetime, value=value)
        statement = self._insert(row).on_conflict_do_update(
            index_elements=_KEYS, set_=row, where=expiring.c.expires_at <= self._unit.clock()
        )
        return self._first(statement.returning(expiring.c.count)) is not None

    def get(self, namespace: str, key: str) -> bytes | None:
        """Return the value, or None."""
        query = sa.select(expiring).where(*self._there(namespace, key))
        return self._opened(self._first(query))

    def take(self, namespace: str, key: str) -> bytes | None:
        """Return the value and remove it, or None; one of many callers gets it."""
        statement = sa.delete(expiring).where(*self._there(namespace, key)).returning(expiring)
        return self._opened(self._first(statement))

    def remove(self, namespace: str, key: str) -> None:
        """Remove a value or a count, if there is one."""
        self._run(sa.delete(expiring).where(*self._there(namespace, key)))

    def count(self, namespace: str, key: str, lifetime: timedelta, amount: int = 1) -> int:
        """
        Add to a count and return what it is now; it ends a lifetime after its first addition.

        An amount of 0 only looks.
        """
        there = self._there(namespace, key)
        if amount == 0:
            row = self._first(sa.select(expiring.c.count).where(*there))
            return int(row[0]) if row is not None else 0
        row_now = self._row(namespace, key, lifetime, count=amount)
        is_over = expiring.c.expires_at <= self._unit.clock()
        insert = self._insert(row_now)
        statement = insert.on_conflict_do_update(
            index_elements=_KEYS,
            set_={
                "count": sa.case((is_over, amount), else_=expiring.c.count + amount),
                "expires_at": sa.case(
                    (is_over, insert.excluded.expires_at), else_=expiring.c.expires_at
                ),
            },
        ).returning(expiring.c.count)
        total: int = self._unit.connection.execute(statement).scalar_one()
        return total

    def sweep(self, limit: int) -> int:
        """Remove what is over, the oldest first; return how much was removed."""
        over = (
            sa.select(*_KEYS)
            .where(expiring.c.expires_at <= self._unit.clock())
            .order_by(expiring.c.expires_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        statement = sa.delete(expiring).where(sa.tuple_(*_KEYS).in_(over))
        return self._unit.connection.execute(statement).rowcount

    def _row(
        self,
        namespace: str,
        key: str,
        lifetime: timedelta,
        *,
        value: bytes = b"",
        count: int = 0,
    ) -> dict[str, Any]:
        hashed = self._hash(namespace, key)
        sealed = self._unit.safe.seal("intake", expiring_place(namespace, hashed), value)
        return {
            "namespace": namespace,
            "key_hash": hashed,
            "content": sealed,
            "count": count,
            "expires_at": self._unit.clock() + lifetime,
        }

    def _insert(self, row: dict[str, Any]) -> Any:
        """Both databases speak of conflicts alike, each in a module of its own."""
        is_postgres = self._unit.connection.dialect.name == "postgresql"
        insert = postgresql.insert if is_postgres else sqlite.insert
        return insert(expiring).values(row)

    def _there(self, namespace: str, key: str) -> tuple[sa.ColumnElement[bool], ...]:
        return (
            expiring.c.namespace == namespace,
            expiring.c.key_hash == self._hash(namespace, key),
            expiring.c.expires_at > self._unit.clock(),
        )

    def _hash(self, namespace: str, key: str) -> bytes:
        return self._unit.vault.keyed_hash(f"expiring:{namespace}", key)

    def _first(self, statement: Any) -> Row | None:
        found: Row | None = self._unit.connection.execute(statement).first()
        return found

    def _run(self, statement: Any) -> None:
        self._unit.connection.execute(statement)

    def _opened(self, row: Row | None) -> bytes | None:
        if row is None:
            return None
        return self._unit.safe.open(expiring_place(row.namespace, row.key_hash), row.content)


def expiring_place(namespace: str, key_hash: bytes) -> str:
    """Return where a value that was put aside is sealed for."""
    return f"expiring.content/{namespace}/{key_hash.hex()}"
