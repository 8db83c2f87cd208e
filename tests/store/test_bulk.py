"""Many rows in one statement: what all of them say is sent once, and kept as if it were not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mohar.store.bulk import bulk_of
from mohar.store.columns import JsonText, UtcTime
from mohar.store.database import open_engine, transaction

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
THING = sa.Table(
    "thing",
    sa.MetaData(),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("name", sa.Text),
    sa.Column("state", sa.Text),
    sa.Column("is_old", sa.Boolean),
    sa.Column("at", UtcTime),
    sa.Column("content", sa.LargeBinary),
    sa.Column("told", JsonText(Any)),
)
VALUES: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "name": st.sampled_from([None, "", "a", "ä"]),
        "state": st.sampled_from(["waiting", "done"]),
        "is_old": st.sampled_from([None, True, False]),
        "at": st.sampled_from([None, NOON, NOON + timedelta(microseconds=1)]),
        "content": st.sampled_from([None, b"", b"\x00\xff", b"x" * 3000]),
        "told": st.sampled_from([None, {"a": 1}, {"a": True}, {"a": 1.0}, [], "text"]),
    }
)


@pytest.fixture
def engine(empty_url: str) -> Iterator[sa.Engine]:
    engine = open_engine(empty_url)
    with transaction(engine, writes=True) as connection:
        THING.metadata.create_all(connection)
    yield engine
    engine.dispose()


def kept(connection: sa.Connection) -> list[dict[str, Any]]:
    query = sa.select(THING).order_by(THING.c.number)
    return [row._asdict() for row in connection.execute(query)]


def exactly(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Return rows so that 1 is neither 1.0 nor true."""
    return [{name: repr(value) for name, value in row.items()} for row in rows]


def emptied(connection: sa.Connection) -> None:
    connection.execute(sa.delete(THING))


IN_THE_SAME_TABLE = [HealthCheck.function_scoped_fixture]


@settings(max_examples=60, deadline=None, suppress_health_check=IN_THE_SAME_TABLE)
@given(values=st.lists(VALUES, min_size=1, max_size=4))
def test_rows_are_kept_whatever_they_have_in_common(
    engine: sa.Engine, values: list[dict[str, Any]]
) -> None:
    rows = [{"number": number, **each} for number, each in enumerate(values)]
    with transaction(engine, writes=True) as connection:
        emptied(connection)
        bulk_of(connection).insert(THING, rows)

        assert exactly(kept(connection)) == exactly(rows)


@settings(max_examples=60, deadline=None, suppress_health_check=IN_THE_SAME_TABLE)
@given(
    values=st.lists(VALUES, min_size=1, max_size=4),
    others=st.lists(VALUES, min_size=4, max_size=4),
)
def test_rows_are_changed_where_they_are_found_in_that_state(
    engine: sa.Engine, values: list[dict[str, Any]], others: list[dict[str, Any]]
) -> None:
    rows = [{"number": number, **each} for number, each in enumerate(values)]
    changes = [{"number": number, **each} for number, each in enumerate(others)]
    with transaction(engine, writes=True) as connection:
        emptied(connection)
        bulk_of(connection).insert(THING, rows)
        bulk_of(connection).update(THING, changes, ["number"], "waiting")

        pairs = zip(rows, changes, strict=False)
        told = [change if row["state"] == "waiting" else row for row, change in pairs]
        assert exactly(kept(connection)) == exactly(told)


def test_rows_that_are_there_stay_and_the_others_are_named(engine: sa.Engine) -> None:
    rows = [{"number": number, "name": "same", "state": "done"} for number in range(3)]
    with transaction(engine, writes=True) as connection:
        bulk = bulk_of(connection)

        assert bulk.insert_new(THING, rows[1:2], "number") == [1]
        assert sorted(bulk.insert_new(THING, rows, "number")) == [0, 2]
        assert bulk.insert_new(THING, rows, "name") == []


def test_many_rows_that_say_nothing_but_the_same_are_many_rows(engine: sa.Engine) -> None:
    table = sa.Table("same", sa.MetaData(), sa.Column("a", sa.Text), sa.Column("b", sa.Text))
    with transaction(engine, writes=True) as connection:
        table.create(connection)
        bulk_of(connection).insert(table, [{"a": "x", "b": "y"}] * 3)

        assert connection.execute(sa.select(table)).all() == [("x", "y")] * 3


@pytest.mark.parametrize("found", [[], [1], [0, 2, 7]])
def test_rows_are_found_by_one_of_many_values(engine: sa.Engine, found: list[int]) -> None:
    rows = [{"number": each, "name": str(each), "content": bytes([each])} for each in range(3)]
    with transaction(engine, writes=True) as connection:
        bulk = bulk_of(connection)
        bulk.insert(THING, rows)
        numbers = sa.select(THING.c.number).order_by(THING.c.number)
        there = [each for each in found if each < len(rows)]

        for column, values in (
            (THING.c.number, found),
            (THING.c.name, [str(each) for each in found]),
            (THING.c.content, [bytes([each]) for each in found]),
            (sa.tuple_(THING.c.number, THING.c.name), [(each, str(each)) for each in found]),
        ):
            query = numbers.where(bulk.one_of(column, values))
            assert list(connection.execute(query).scalars()) == there
