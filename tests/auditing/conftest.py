"""A store on each database, and desks where credentials are issued and changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mohar.auditing.examine import Examiner
from mohar.auditing.sealing import Sealing
from mohar.store import Store, Vault
from mohar.testing.postgres import PostgresMissing, PostgresServer, postgres_server
from mohar.testing.stores import Desk, StandingClock, make_schema, new_vault


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One PostgreSQL for all tests of this process."""
    try:
        with postgres_server() as server:
            yield server
    except PostgresMissing as missing:
        pytest.skip(str(missing))


@pytest.fixture(autouse=True)
def quick_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep status lists short: putting a whole one in order takes a tenth of a second."""
    monkeypatch.setattr("mohar.store.status.LIST_SIZE", 1024)


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def vault() -> Vault:
    return new_vault()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database with the newest schema."""
    if request.param == "postgres":
        server: PostgresServer = request.getfixturevalue("postgres")
        return server.emptied(make_schema)
    sqlite = f"sqlite:///{tmp_path}/mohar.sqlite"
    make_schema(sqlite)
    return sqlite


@pytest.fixture
def opened(url: str, vault: Vault, clock: StandingClock) -> Iterator[Callable[[], Store]]:
    """Open stores on the test's database, each as another process would."""
    stores: list[Store] = []

    def open_store() -> Store:
        stores.append(Store.open(url, vault, clock))
        return stores[-1]

    yield open_store
    for store in stores:
        store.dispose()


@pytest.fixture
def store(opened: Callable[[], Store]) -> Store:
    return opened()


@pytest.fixture
def desk(store: Store, clock: StandingClock) -> Desk:
    return Desk(store, clock)


@pytest.fixture
def sealing(store: Store) -> Sealing:
    """It never has to rest."""
    seconds = iter(range(0, 1_000_000, 10))
    return Sealing(store, lambda: float(next(seconds)))


@pytest.fixture
def examiner(store: Store, clock: StandingClock) -> Examiner:
    return Examiner(store, clock)
