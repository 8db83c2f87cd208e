from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mohar.domain.events import Event
from mohar.plugin import Secret
from mohar.store import Store, Vault

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def pass_seconds(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    vault = Vault(Secret(bytes(range(32)), "key"), Secret(bytes(range(32, 64)), "pepper"))
    with Store.open(f"sqlite:///{tmp_path / 'house.sqlite'}", vault, clock) as opened:
        opened.upgrade()
        yield opened


@pytest.fixture
def happened(store: Store) -> Sequence[Event]:
    """Five events in the outbox."""
    events = [
        Event(
            event_id=f"event-{number}",
            type="credential.issued",
            occurred_at=NOON,
            kind="vaccination",
            facts={"age_band": "40-49", "bodies": {"domestic": "issued"}},
        )
        for number in range(5)
    ]
    with store.begin() as work:
        work.outbox.append(events)
    return events
