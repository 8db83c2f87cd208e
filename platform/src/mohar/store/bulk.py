"""
Many rows in one statement.

SQLite runs a statement once for each row, in the process itself. PostgreSQL is sent one array for
each column (`unnest`): one round, one plan, however many rows there are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol, TypeAlias

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

Rows: TypeAlias = "Sequence[Mapping[str, Any]]"
# SQLAlchemy's name for a column that a row sets, so that it is not taken for one that finds it.
_FINDS: Final = "finds_"


class Bulk(Protocol):
    """How this database writes many rows. The rows of one call name the same columns."""

    def insert(self, table: sa.Table, rows: Rows) -> None:
        """Insert all rows."""
        ...

    def insert_new(self, table: sa.Table, rows: Rows, answer: str) -> list[Any]:
        """Insert the rows that no constraint forbids; return one column of those inserted."""
        ...

    def update(self, table: sa.Table, rows: Rows, by: Sequence[str], state: str | None) -> None:
        """Set columns of the rows found `by` these ones, where they are in `state` if one is given."""
        ...


def bulk_of(connection: sa.Connection) -> Bulk:
    """Return the way of the database behind a connection."""
    in_arrays = connection.dialect.name == "postgresql"
    return _InArrays(connection) if in_arrays else _OneByOne(connection)


class _OneByOne:
    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def insert(self, table: sa.Table, rows: Rows) -> None:
        self._connection.execute(sa.insert(table), list(rows))

    def insert_new(self, table: sa.Table, rows: Rows, answer: str) -> list[Any]:
        statement = sqlite.insert(table).on_conflict_do_nothing().returning(table.c[answer])
        return list(self._connection.execute(statement, list(rows)).scalars())

    def update(self, table: sa.Table, rows: Rows, by: Sequence[str], state: str | None) -> None:
        found = [table.c[name] == sa.bindparam(_FINDS + name) for name in by]
        if state is not None:
            found.append(table.c.state == state)
        values: dict[str, Any] = {name: sa.bindparam(name) for name in rows[0] if name not in by}
        self._connection.execute(
            sa.update(table).where(*found).values(values),
            [{_FINDS + name if name in by else name: row[name] for name in row} for row in rows],
        )


class _InArrays:
    """The names in these statements are those of our own tables; every value is bound."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def insert(self, table: sa.Table, rows: Rows) -> None:
        self._run(table, rows, self._inserting(table, rows))

    def insert_new(self, table: sa.Table, rows: Rows, answer: str) -> list[Any]:
        ending = f' ON CONFLICT DO NOTHING RETURNING "{answer}"'
        return list(self._run(table, rows, self._inserting(table, rows) + ending).scalars())

    def update(self, table: sa.Table, rows: Rows, by: Sequence[str], state: str | None) -> None:
        assigned = ", ".join(f'"{name}" = given."{name}"' for name in rows[0] if name not in by)
        found = [f'{table.name}."{name}" = given."{name}"' for name in by]
        if state is not None:
            found.append(f"{table.name}.state = '{state}'")
        statement = f"UPDATE {table.name} SET {assigned} FROM {self._given(table, rows)}"  # noqa: S608 -- see the class
        self._run(table, rows, f"{statement} WHERE {' AND '.join(found)}")

    def _inserting(self, table: sa.Table, rows: Rows) -> str:
        return f"INSERT INTO {table.name} ({_names(rows)}) SELECT * FROM {self._given(table, rows)}"  # noqa: S608 -- see the class

    def _given(self, table: sa.Table, rows: Rows) -> str:
        """Return the rows as a table; psycopg's %b sends bytes as they are, and not as text."""
        dialect = self._connection.dialect
        arrays = [f"%({name})b::{table.c[name].type.compile(dialect)}[]" for name in rows[0]]
        return f"unnest({', '.join(arrays)}) AS given ({_names(rows)})"

    def _run(self, table: sa.Table, rows: Rows, statement: str) -> sa.CursorResult[Any]:
        values = {name: self._bound(table.c[name], [row[name] for row in rows]) for name in rows[0]}
        return self._connection.exec_driver_sql(statement, values)

    def _bound(self, column: sa.Column[Any], values: list[Any]) -> list[Any]:
        dialect = self._connection.dialect
        bound = column.type.dialect_impl(dialect).bind_processor(dialect)
        return [bound(value) for value in values] if bound else values


def _names(rows: Rows) -> str:
    return ", ".join(f'"{name}"' for name in rows[0])
