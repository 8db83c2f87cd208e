"""A reception before a store in a file."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from mohar.receiving.accept import Reception
from mohar.receiving.backlog import Backlog
from mohar.receiving.status import Submissions
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


class Timer:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        """Return how many passed."""
        return self.seconds


@pytest.fixture
def timer() -> Timer:
    return Timer()


@pytest.fixture
def backlog(store: Store, timer: Timer) -> Backlog:
    """Room for twelve items."""
    return Backlog(store, timer, max_waiting=12, retry_after_seconds=7)


@pytest.fixture
def reception(store: Store, backlog: Backlog) -> Reception:
    numbers = count(1)
    return Reception(store, StandingClock(), lambda: f"s{next(numbers)}", backlog, max_messages=20)


@pytest.fixture
def submissions(store: Store, backlog: Backlog) -> Submissions:
    return Submissions(store, backlog)
