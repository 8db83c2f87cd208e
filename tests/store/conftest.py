"""A store on each database, empty and ready for every test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mohar.plugin.tools import Secret
from mohar.store import Store, Vault
from mohar.testing.postgres import PostgresMissing, PostgresServer, postgres_server
from mohar.testing.stores import Desk, StandingClock, make_schema, new_secret


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


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without any table."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/mohar.sqlite"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.database()


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
def secrets_of_test() -> tuple[Secret, Secret]:
    """The key-encryption key and the pepper."""
    return new_secret(), new_secret()


@pytest.fixture
def vault(secrets_of_test: tuple[Secret, Secret]) -> Vault:
    return Vault(*secrets_of_test)


@pytest.fixture
def opened(url: str, vault: Vault, clock: StandingClock) -> Iterator[Callable[..., Store]]:
    """Open stores on the test's database, each as another process would."""
    stores: list[Store] = []

    def open_store(**more: Any) -> Store:
        stores.append(Store.open(url, more.pop("vault", vault), clock, **more))
        return stores[-1]

    yield open_store
    for store in stores:
        store.dispose()


@pytest.fixture
def store(opened: Callable[..., Store]) -> Store:
    return opened()


@pytest.fixture
def desk(store: Store, clock: StandingClock) -> Desk:
    return Desk(store, clock)


@pytest.fixture
def desk_of(clock: StandingClock) -> Callable[[Store], Desk]:
    """Make a desk at another store."""
    return lambda store: Desk(store, clock)


@pytest.fixture
def migrate() -> Callable[[str], None]:
    """Return the function that makes the schema in the database of a URL."""
    return make_schema
