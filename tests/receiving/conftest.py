"""A reception before a store in a file."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from mohar.receiving.accept import Reception
from mohar.store import Store
from mohar.testing.postgres import PostgresMissing, PostgresServer, postgres_server
from mohar.testing.stores import StandingClock, make_schema, new_vault


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One PostgreSQL for all tests of this process."""
    try:
        with postgres_server() as server:
            yield server
    except PostgresMissing as missing:
        pytest.skip(str(missing))


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    url = f"sqlite:///{tmp_path}/new folder/mohar.sqlite"
    if request.param == "postgres":
        server: PostgresServer = request.getfixturevalue("postgres")
        url = server.emptied(make_schema)
    with Store.open(url, new_vault(), StandingClock()) as store:
        store.upgrade()
        yield store


@pytest.fixture
def reception(store: Store) -> Reception:
    numbers = count(1)
    return Reception(store, StandingClock(), lambda: f"s{next(numbers)}", max_messages=20)
