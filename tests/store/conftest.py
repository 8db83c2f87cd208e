"""A store on each database, empty and ready for every test."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mohar.domain.credential import Secured
from mohar.domain.record import content_digest
from mohar.domain.values import JsonObject
from mohar.plugin.tools import Secret
from mohar.store import Store, Vault, schema
from mohar.store.database import open_engine, transaction
from mohar.store.rows import (
    HandleValue,
    IssuedCredential,
    NewItem,
    NewSubmission,
    Reservation,
    ReservationRequest,
)
from mohar.testing.postgres import PostgresMissing, PostgresServer, postgres_server


class FakeClock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def new_secret() -> Secret:
    return Secret(secrets.token_bytes(32), "test")


class Desk:
    """The steps of issuing as the issuing room makes them, cut short to what the store sees."""

    def __init__(self, store: Store, clock: FakeClock) -> None:
        self.store = store
        self.clock = clock
        self._submissions = 0

    def receive(self, *contents: JsonObject, kind: str = "badge") -> list[str]:
        """Keep one submission and return the ids of its items."""
        self._submissions += 1
        submission_id = f"s{self._submissions}"
        with self.store.begin() as work:
            work.intake.add(
                NewSubmission(
                    submission_id=submission_id,
                    kind=kind,
                    actor_id="a1",
                    source="api",
                    received_at=self.clock(),
                ),
                [NewItem(position=n, content=content) for n, content in enumerate(contents)],
            )
        return [f"{submission_id}-{position}" for position in range(len(contents))]

    def request(self, content: JsonObject, intake_id: str, **more: Any) -> ReservationRequest:
        values: dict[str, Any] = {
            "kind": "badge",
            "key": str(content["number"]),
            "group": str(content.get("group", content["number"])),
            "digest": content_digest(content),
            "intake_id": intake_id,
            "digits": 11,
            "list_purpose": "revocation",
        }
        return ReservationRequest(**{**values, **more})

    def reserve(self, *requests: ReservationRequest) -> list[Reservation]:
        with self.store.begin() as work:
            return list(work.credentials.reserve(requests))

    def signed(
        self, reservation: Reservation, content: JsonObject, handles: tuple[HandleValue, ...] = ()
    ) -> IssuedCredential:
        secured = Secured(
            kind="badge",
            body="main",
            credential_id=reservation.credential_id,
            revision=reservation.revision,
            schema="badge-1",
            format="plain",
            media_type="application/vc+json; charset=utf-8",
            key_id="k1",
            algorithm="EdDSA",
            created=self.clock(),
            document=content,
            content=b'{"name": "' + str(content.get("name", "")).encode() + b'"}',
        )
        return IssuedCredential(
            credential_id=reservation.credential_id,
            revision=reservation.revision,
            issued_at=self.clock(),
            config_digest="c0",
            digest=content_digest(content),
            record=content,
            handles=handles,
            bodies=(secured,),
        )

    def issue(self, content: JsonObject, *handles: HandleValue) -> Reservation:
        """Take one record the whole way."""
        [intake_id] = self.receive(content)
        [reservation] = self.reserve(self.request(content, intake_id))
        with self.store.begin() as work:
            work.credentials.commit([self.signed(reservation, content, handles)])
        return reservation


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One PostgreSQL for all tests of this process."""
    try:
        with postgres_server() as server:
            yield server
    except PostgresMissing as missing:
        pytest.skip(str(missing))


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


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
        return server.copy(migrate)
    sqlite = f"sqlite:///{tmp_path}/mohar.sqlite"
    migrate(sqlite)
    return sqlite


def migrate(url: str) -> None:
    """Make the schema, and nothing that depends on a secret."""
    engine = open_engine(url)
    with transaction(engine, writes=True) as connection:
        schema.upgrade(connection)
    engine.dispose()


@pytest.fixture
def secrets_of_test() -> tuple[Secret, Secret]:
    """The key-encryption key and the pepper."""
    return new_secret(), new_secret()


@pytest.fixture
def vault(secrets_of_test: tuple[Secret, Secret]) -> Vault:
    return Vault(*secrets_of_test)


@pytest.fixture
def opened(url: str, vault: Vault, clock: FakeClock) -> Iterator[Callable[..., Store]]:
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
def desk(store: Store, clock: FakeClock) -> Desk:
    return Desk(store, clock)


@pytest.fixture
def desk_of(clock: FakeClock) -> Callable[[Store], Desk]:
    """Make a desk at another store."""
    return lambda store: Desk(store, clock)
