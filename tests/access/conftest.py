"""One India house for the session, with two credentials of one person in it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from mohar.assembly.house import House, build_house
from mohar.assembly.keys import generate_missing
from mohar.assembly.opening import open_store
from mohar.domain.access import Actor
from mohar.domain.credential import Outcome
from mohar.domain.errors import Unavailable
from mohar.store import Store, Work
from mohar.testing.deployments import copy_deployment, sample_messages
from mohar.testing.postgres import PostgresMissing, PostgresServer, postgres_server

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def built(to: Path, database: str | None = None) -> Iterator[House]:
    """Build a house on a private copy of the deployment."""
    folder = copy_deployment(ROOT, "india", to, database=database)
    generate_missing(folder)
    with open_store(folder) as store:
        store.upgrade()
    with build_house(folder) as house:
        yield house


def issued(house: House, operator: Actor) -> Sequence[Outcome]:
    """Issue the first two records of the samples: two doses of one person."""
    messages = sample_messages(ROOT / "config" / "india" / "samples" / "records.jsonl")[:2]
    receipt = house.issue_now(operator, house.submit(operator, "vaccination", messages))
    assert [outcome.state for outcome in receipt.outcomes] == ["issued", "issued"]
    return receipt.outcomes


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The house of the session."""
    with built(tmp_path_factory.mktemp("access")) as house:
        yield house


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One PostgreSQL for all tests of this process."""
    try:
        with postgres_server() as server:
            yield server
    except PostgresMissing as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def house_on_postgres(
    tmp_path_factory: pytest.TempPathFactory, postgres: PostgresServer, operator: Actor
) -> Iterator[House]:
    """Another one over PostgreSQL, with the same two credentials in it."""
    with built(tmp_path_factory.mktemp("postgres"), postgres.database()) as house:
        issued(house, operator)
        yield house


@pytest.fixture(scope="session")
def operator() -> Actor:
    """Somebody who may do everything."""
    return Actor(actor_id="operator", name="test", scopes=frozenset({"*"}))


@pytest.fixture(scope="session")
def outcomes(house: House, operator: Actor) -> Sequence[Outcome]:
    """What became of the two records."""
    return issued(house, operator)


@pytest.fixture(scope="session")
def numbers(outcomes: Sequence[Outcome]) -> Sequence[str]:
    """The ids of the two credentials."""
    return [outcome.credential_id for outcome in outcomes if outcome.credential_id]


class HeldStore:
    """A store whose transactions wait until they may begin, and that counts them."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.may_begin = Event()
        self.has_begun = Event()
        self.transactions = 0
        self.is_away = False

    @contextmanager
    def begin(self) -> Iterator[Work]:
        self._held()
        with self.store.begin() as work:
            yield work

    @contextmanager
    def read(self) -> Iterator[Work]:
        self._held()
        with self.store.read() as work:
            yield work

    def _held(self) -> None:
        self.has_begun.set()
        self.may_begin.wait(10)
        if self.is_away:
            raise Unavailable("the database did not answer")
        self.transactions += 1


@pytest.fixture
def held() -> Callable[[Store], HeldStore]:
    """Return a function that makes a store which can be held from another one."""
    return HeldStore


@pytest.fixture
def stand_in_line() -> Callable[[Any, int], None]:
    """Return a function that returns when so many stand in line."""

    def wait(together: Any, count: int) -> None:
        until = time.monotonic() + 10
        while len(together._waiting) < count:
            assert time.monotonic() < until
            time.sleep(0.001)

    return wait


@pytest.fixture
def meanwhile(stand_in_line: Callable[[Any, int], None]) -> Callable[..., list[Future[Any]]]:
    """Return a function that asks for one thing, and for others while the store is held."""

    def asked(
        store: HeldStore, together: Any, ask: Callable[[Any], Any], wishes: Sequence[Any]
    ) -> list[Future[Any]]:
        with ThreadPoolExecutor(len(wishes)) as pool:
            ended = [pool.submit(ask, wishes[0])]
            store.has_begun.wait(10)
            # One after the other: they are told apart by when they came.
            for number, each in enumerate(wishes[1:], 1):
                ended.append(pool.submit(ask, each))
                stand_in_line(together, number)
            store.may_begin.set()
        return ended

    return asked
