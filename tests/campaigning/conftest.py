"""Credentials in a store on each database, two officers, and workers that take small batches."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pluggy
import pytest

from mohar.access.bulk import Bulk, Progress, Proposal
from mohar.access.permit import Permits, ScopePolicy
from mohar.assembly.opening import silent_telemetry
from mohar.campaigning.run import Campaigner
from mohar.delivering.news import News
from mohar.domain.access import Actor
from mohar.domain.campaign import CampaignAction, Selection
from mohar.domain.delivery import ChannelPlan
from mohar.plugin import specs
from mohar.plugin.caller import HookCaller
from mohar.plugin.hooks import PROJECT
from mohar.plugin.tools import Secret
from mohar.store import Store, Vault
from mohar.testing.postgres import PostgresMissing, PostgresServer, postgres_server
from mohar.testing.stores import Desk, StandingClock, make_schema, new_secret

UNDO = timedelta(hours=24)
ASHA = Actor(actor_id="asha", name="asha", scopes=frozenset({"revoke", "approve"}))
BALA = Actor(actor_id="bala", name="bala", scopes=frozenset({"approve"}))


class Office:
    """Somebody proposes, somebody else approves, and workers work."""

    def __init__(self, store: Store, clock: StandingClock) -> None:
        manager = pluggy.PluginManager(PROJECT)
        manager.add_hookspecs(specs)
        manager.register(ScopePolicy())
        numbers = count(1)
        self.store = store
        self.clock = clock
        self.channels: dict[str, list[ChannelPlan]] = {}
        self.desk = Desk(store, clock)
        self.bulk = Bulk(
            store=store,
            permits=Permits(HookCaller(manager)),
            kinds={},
            clock=clock,
            new_id=lambda: f"c{next(numbers)}",
        )

    def worker(self) -> Campaigner:
        """Return a worker that has not worked yet."""
        return Campaigner(
            store=self.store,
            kinds={},
            undo=UNDO,
            tell=News(self.channels, {}).tell,
            telemetry=silent_telemetry(),
            clock=self.clock,
        )

    def work(self) -> None:
        """Work until there is nothing to be done at this moment."""
        worker = self.worker()
        while worker.run_once():
            pass

    def issue(self, *contents: dict[str, Any]) -> list[str]:
        """Issue credentials and return their numbers."""
        return [self.desk.issue(each).credential_id for each in contents]

    def badges(self, number: int) -> list[str]:
        """Issue so many credentials."""
        return self.issue(*({"number": each} for each in range(number)))

    def propose(
        self, ids: Sequence[str] | None = None, action: CampaignAction = "revoke", **more: Any
    ) -> Progress:
        """Propose as Asha, and let a worker find what is meant."""
        until = more.pop("until", None)
        proposal = Proposal(
            action=action,
            reason="recalled",
            selection=Selection(**more),
            credential_ids=None if ids is None else tuple(ids),
            until=until,
        )
        kept = self.bulk.propose(ASHA, proposal)
        self.work()
        return self.bulk.show(ASHA, kept.id)

    def approved(self, *given: Any, **more: Any) -> Progress:
        """Propose as Asha, approve as Bala, and let a worker do it."""
        kept = self.propose(*given, **more)
        self.bulk.approve(BALA, kept.id)
        self.work()
        return self.bulk.show(ASHA, kept.id)

    def found(self, campaign_id: str, state: Any = None) -> list[str]:
        """Return the credentials of a campaign, or those in one state."""
        items = self.bulk.items(ASHA, campaign_id, state=state)
        return [each.credential_id for each in items]

    def states(self, numbers: Sequence[str]) -> list[str]:
        """Return the states of credentials, in their order."""
        with self.store.read() as work:
            found = work.credentials.find(numbers)
        return [found[number].state for number in numbers]


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One PostgreSQL for all tests of this process."""
    try:
        with postgres_server() as server:
            yield server
    except PostgresMissing as missing:
        pytest.skip(str(missing))


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let several batches be needed for few credentials, and keep status lists short."""
    monkeypatch.setattr("mohar.store.status.LIST_SIZE", 1024)
    monkeypatch.setattr("mohar.campaigning.select._PAGE", 4)
    monkeypatch.setattr("mohar.campaigning.select._LISTED_AT_ONCE", 4)
    monkeypatch.setattr("mohar.campaigning.apply._AT_ONCE", 3)


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
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def secrets_of_test() -> tuple[Secret, Secret]:
    """The key-encryption key and the pepper."""
    return new_secret(), new_secret()


@pytest.fixture
def office(
    url: str, clock: StandingClock, secrets_of_test: tuple[Secret, Secret]
) -> Iterator[Office]:
    with Store.open(url, Vault(*secrets_of_test), clock) as store:
        yield Office(store, clock)


@pytest.fixture
def office_on(clock: StandingClock) -> Callable[[Store], Office]:
    """Return a function that opens another office at a store."""
    return lambda store: Office(store, clock)
