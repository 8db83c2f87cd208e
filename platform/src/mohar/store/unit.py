"""One unit of work: an open transaction, the keys to what it reads, and batch statements."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias, TypeVar

import msgspec
import sqlalchemy as sa

from mohar.domain.clock import Clock
from mohar.domain.values import JsonObject
from mohar.store.bulk import Finding, bulk_of
from mohar.store.permutation import Permutations
from mohar.store.vault import Safe, Vault

T = TypeVar("T")
Row: TypeAlias = "sa.Row[*tuple[Any, ...]]"
Query: TypeAlias = "sa.Select[*tuple[Any, ...]]"
# SQLite takes 32,766 bound values in one statement, PostgreSQL 65,535.
_BOUND_VALUES: Final = 10_000

RandomBelow = Callable[[int], int]


class Unit:
    """What every part of a unit of work shares."""

    def __init__(
        self,
        connection: sa.Connection,
        vault: Vault,
        safe: Safe,
        clock: Clock,
        random_below: RandomBelow,
        permutations: Permutations,
    ) -> None:
        self.connection = connection
        self.vault = vault
        self.safe = safe
        self.clock = clock
        self.random_below = random_below
        self.permutations = permutations
        self._bulk = bulk_of(connection)

    def insert(self, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert all rows, in one round; they name the same columns."""
        if rows:
            self._bulk.insert(table, rows)

    def insert_new(
        self, table: sa.Table, rows: Sequence[Mapping[str, Any]], answer: sa.Column[T]
    ) -> list[T]:
        """Insert the rows that no constraint forbids; return one column of those inserted."""
        return self._bulk.insert_new(table, rows, answer.name) if rows else []

    def update(
        self,
        table: sa.Table,
        rows: Sequence[Mapping[str, Any]],
        *,
        by: Sequence[str],
        state: str | None = None,
    ) -> None:
        """Set the columns that the rows name, in one round, where the columns `by` find a row."""
        if rows:
            self._bulk.update(table, rows, by, state)

    def select_in(
        self, query: Query, column: sa.ColumnElement[T], values: Sequence[T]
    ) -> list[Row]:
        """Return the rows of `query` whose column has one of the values; order by chunks."""
        return [
            row
            for chunk in chunks(values)
            for row in self.connection.execute(query.where(self._bulk.one_of(column, chunk)))
        ]

    def find(self, finding: Finding, values: Sequence[Any]) -> list[Row]:
        """Return the rows of a query that is built already, as `select_in` does."""
        return [row for chunk in chunks(values) for row in self._bulk.found(finding, chunk)]

    def seal_json(self, purpose: str, place: str, value: object) -> bytes:
        """Return a JSON tree sealed for one place."""
        return self.safe.seal(purpose, place, msgspec.json.encode(value))

    def open_json(self, place: str, sealed: bytes) -> JsonObject:
        """Return a sealed JSON object. Raises Damaged."""
        return msgspec.json.decode(self.safe.open(place, sealed), type=JsonObject)


class Section:
    """A part of a unit of work that keeps one sort of thing."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit


def named(row: Row) -> Mapping[str, Any]:
    """Return a row's values by the names of its columns."""
    return dict(zip(row._fields, row, strict=True))


def chunks(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """Cut a sequence so that each piece fits into one statement."""
    for start in range(0, len(values), _BOUND_VALUES):
        yield values[start : start + _BOUND_VALUES]
