"""A store, and a channel in memory that keeps what it is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from mohar.delivering.deliver import Courier
from mohar.delivering.policy import DeliveryPolicy
from mohar.domain.delivery import Delivery, DeliveryResult
from mohar.store import Store
from mohar.store.delivery_rows import NewDelivery
from mohar.telemetry.room import TelemetryRoom
from mohar.testing.partner import Partner, partner_outside
from mohar.testing.postgres import PostgresMissing, PostgresServer, postgres_server
from mohar.testing.stores import StandingClock, make_schema, new_vault

GOOD = DeliveryResult(state="delivered", detail="http 200")


class Letters:
    """A channel that keeps its letters; `answer` says what comes of a handful."""

    fields: Sequence[str] = ()

    def __init__(self) -> None:
        self.told: list[str] = []
        self.handfuls: list[int] = []
        self.answer: Callable[[Sequence[Delivery]], Sequence[DeliveryResult]] = lambda some: (
            [GOOD] * len(some)
        )

    def deliver(self, deliveries: Sequence[Delivery]) -> Sequence[DeliveryResult]:
        self.handfuls.append(len(deliveries))
        results = self.answer(deliveries)
        self.told += [each.delivery_id for each in deliveries[: len(results)]]
        return results


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One PostgreSQL for all tests of this process."""
    try:
        with postgres_server() as server:
            yield server
    except PostgresMissing as missing:
        pytest.skip(str(missing))


@pytest.fixture
def store(tmp_path: Path, clock: StandingClock) -> Iterator[Store]:
    url = f"sqlite:///{tmp_path}/mohar.sqlite"
    make_schema(url)
    with Store.open(url, new_vault(), clock) as store:
        yield store


@pytest.fixture
def letters() -> Letters:
    return Letters()


@pytest.fixture
def courier(store: Store, clock: StandingClock, letters: Letters) -> Callable[..., Courier]:
    """Return what makes a courier to the letters; `more` changes the policy."""

    def made(**more: Any) -> Courier:
        policy = {"attempts": 3, "first_seconds": 4, "longest_seconds": 60, "handful": 2}
        return Courier(
            name="partner",
            channel=letters,
            plugin="channel-letters",
            store=more.pop("store", store),
            policy=DeliveryPolicy(**{**policy, **more}),
            telemetry=TelemetryRoom().instruments,
            clock=clock,
            luck=lambda: 0.0,
            worker="w",
        )

    return made


@pytest.fixture
def post(store: Store, clock: StandingClock) -> Callable[..., None]:
    """Return what puts deliveries of these ids into the store."""

    def added(*numbers: str) -> None:
        with store.begin() as work:
            work.deliveries.add(
                [
                    NewDelivery(
                        delivery_id=number,
                        channel="partner",
                        event="issued",
                        kind="badge",
                        occurred_at=clock(),
                        submission_id="s1",
                        position=position,
                    )
                    for position, number in enumerate(numbers)
                ]
            )

    return added


@pytest.fixture
def partner() -> Iterator[Partner]:
    """A real HTTP server of somebody else."""
    with partner_outside() as partner:
        yield partner
