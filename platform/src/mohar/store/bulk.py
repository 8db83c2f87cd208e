"""
Many rows in one statement.

SQLite runs a statement once for each row, in the process itself. PostgreSQL is sent one array for
each column (`unnest`), or one value where all rows say the same: one round, one plan, however many
rows there are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol, TypeAlias, TypeVar

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

T = TypeVar("T")
Rows: TypeAlias = "Sequence[Mapping[str, Any]]"
# SQLAlchemy's name for a column that a row sets, so that it is not taken for one that finds it.
_FINDS: Final = "finds_"
_VALUES: Final = "values_"
# The driver knows how texts, numbers and bytes are sent; asking the type of each is slower.
_AS_IS: Final = sa.types.NULLTYPE


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

    def one_of(self, column: sa.ColumnElement[T], values: Sequence[T]) -> sa.ColumnElement[bool]:
        """Return the condition that a column has one of these values."""
        ...

    def found(self, finding: Finding, values: Sequence[Any]) -> sa.CursorResult[Any]:
        """Return the rows whose column has one of these values."""
        ...


class Finding:
    """
    A query by the values of one column, for what is asked so often that it is built only once.

    What `Bulk.one_of` builds is built, and taken apart again to be recognised, each time.
    """

    def __init__(self, query: sa.Select[*tuple[Any, ...]], column: sa.ColumnElement[Any]) -> None:
        self.one_by_one = query.where(column.in_(sa.bindparam(_VALUES, expanding=True)))
        self.in_arrays = query.where(_is_in_array(column, sa.bindparam(_VALUES, type_=_AS_IS)))


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

    def one_of(self, column: sa.ColumnElement[T], values: Sequence[T]) -> sa.ColumnElement[bool]:
        return column.in_(values)

    def found(self, finding: Finding, values: Sequence[Any]) -> sa.CursorResult[Any]:
        return self._connection.execute(finding.one_by_one, {_VALUES: values})


class _Given(msgspec.Struct, frozen=True):
    """Rows as a statement is given them: how it names each value, where from, and what is bound."""

    named: Mapping[str, str]
    source: str
    bound: Mapping[str, Any]


class _InArrays:
    """The names in these statements are those of our own tables; every value is bound."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def insert(self, table: sa.Table, rows: Rows) -> None:
        given = self._given(table, rows)
        self._run(given, _inserting(table, given))

    def insert_new(self, table: sa.Table, rows: Rows, answer: str) -> list[Any]:
        given = self._given(table, rows)
        ending = f' ON CONFLICT DO NOTHING RETURNING "{answer}"'
        return list(self._run(given, _inserting(table, given) + ending).scalars())

    def update(self, table: sa.Table, rows: Rows, by: Sequence[str], state: str | None) -> None:
        given = self._given(table, rows)
        assigned = ", ".join(
            f'"{name}" = {at}' for name, at in given.named.items() if name not in by
        )
        found = [f'{table.name}."{name}" = {given.named[name]}' for name in by]
        if state is not None:
            found.append(f"{table.name}.state = '{state}'")
        statement = f"UPDATE {table.name} SET {assigned}{given.source}"  # noqa: S608 -- see the class
        self._run(given, f"{statement} WHERE {' AND '.join(found)}")

    def one_of(self, column: sa.ColumnElement[T], values: Sequence[T]) -> sa.ColumnElement[bool]:
        # One bound array is one statement, prepared once, whatever its length. Tuples have no array.
        if isinstance(column, sa.Tuple):
            return column.in_(values)
        return _is_in_array(column, sa.bindparam(None, list(values), type_=_AS_IS))

    def found(self, finding: Finding, values: Sequence[Any]) -> sa.CursorResult[Any]:
        return self._connection.execute(finding.in_arrays, {_VALUES: list(values)})

    def _given(self, table: sa.Table, rows: Rows) -> _Given:
        """Return what the rows say; psycopg's %b sends bytes as they are, and not as text."""
        dialect = self._connection.dialect
        named: dict[str, str] = {}
        bound: dict[str, Any] = {}
        arrays: dict[str, str] = {}
        *_, last = rows[0]
        for name in rows[0]:
            column = table.c[name]
            kind = column.type.compile(dialect)
            is_shared, sent = self._bound(column, [row[name] for row in rows])
            # Something must count the rows, where there is more than one.
            if is_shared and (arrays or len(rows) == 1 or name != last):
                named[name], bound[name] = f"%({name})b::{kind}", sent[0]
            else:
                named[name], bound[name] = f'given."{name}"', sent
                arrays[name] = f"%({name})b::{kind}[]"
        return _Given(named, _source(arrays), bound)

    def _run(self, given: _Given, statement: str) -> sa.CursorResult[Any]:
        return self._connection.exec_driver_sql(statement, given.bound)

    def _bound(self, column: sa.Column[Any], values: list[Any]) -> tuple[bool, list[Any]]:
        """Return the values as they are sent, and whether all rows say the same."""
        dialect = self._connection.dialect
        # Bytes go as they are: what SQLAlchemy wraps them in says no more.
        is_binary = isinstance(column.type, sa.LargeBinary)
        bind = None if is_binary else column.type.dialect_impl(dialect).bind_processor(dialect)
        first = values[0]
        if all(value is first for value in values):
            return True, [bind(first) if bind else first] * len(values)
        sent = [bind(value) for value in values] if bind else values
        return sent.count(sent[0]) == len(sent), sent


def _inserting(table: sa.Table, given: _Given) -> str:
    names = ", ".join(f'"{name}"' for name in given.named)
    told = ", ".join(given.named.values())
    return f"INSERT INTO {table.name} ({names}) SELECT {told}{given.source}"


def _source(arrays: Mapping[str, str]) -> str:
    if not arrays:
        return ""
    names = ", ".join(f'"{name}"' for name in arrays)
    return f" FROM unnest({', '.join(arrays.values())}) AS given ({names})"


def _is_in_array(
    column: sa.ColumnElement[Any], given: sa.BindParameter[Any]
) -> sa.ColumnElement[bool]:
    return column == sa.any_(sa.cast(given, postgresql.ARRAY(column.type)))
