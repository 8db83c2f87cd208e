"""What becomes of credentials is told to the channels that ask for it, once, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from mohar.delivering.news import News
from mohar.domain.delivery import ChannelPlan, Delivery
from mohar.domain.lifecycle import LifecycleAction
from mohar.revoking.change import Revoking, Wish
from mohar.store import Store
from mohar.telemetry.room import TelemetryRoom
from mohar.testing.stores import Desk, RolledBack, StandingClock

LETTERS = ChannelPlan(
    name="letters",
    events=frozenset({"revoked", "suspended", "restored"}),
    fields=("name", "phone"),
)
DEAF = ChannelPlan(name="deaf", events=frozenset({"issued"}), fields=("name",))
Do = Callable[..., None]


@pytest.fixture
def desk(store: Store, clock: StandingClock) -> Desk:
    return Desk(store, clock)


@pytest.fixture
def numbers(desk: Desk) -> list[str]:
    """Two credentials, of Asha and of Bala."""
    records = [{"number": n, "name": name} for n, name in enumerate(("asha", "bala"))]
    return [desk.issue(each).credential_id for each in records]


@pytest.fixture
def do(store: Store, clock: StandingClock) -> Do:
    """Return what changes credentials; `days` is how long records are kept."""

    def done(action: LifecycleAction, ids: Sequence[str], *, days: int = 0, **more: Any) -> None:
        news = News({"badge": [LETTERS, DEAF]}, {"badge": days} if days else {})
        revoking = Revoking(store, news.tell, TelemetryRoom().instruments, clock)
        revoking.change(Wish(action=action, actor_id="a", reason="because", **more), ids)

    return done


def told(store: Store, channel: str = "letters") -> Sequence[Delivery]:
    with store.begin() as work:
        return work.deliveries.claim(channel, 100, 60, "w")


def test_each_change_is_told_once_with_the_values_asked_for(
    store: Store, do: Do, numbers: list[str]
) -> None:
    do("suspend", numbers[:1])
    do("restore", numbers[:1])
    do("revoke", numbers)

    found = told(store)
    assert sorted((each.event, each.told.fields["name"]) for each in found) == [
        ("restored", "asha"),
        ("revoked", "asha"),
        ("revoked", "bala"),
        ("suspended", "asha"),
    ]
    assert {each.told.revision for each in found} == {1}
    assert {each.credential_id for each in found} == set(numbers)
    assert told(store, "deaf") == []


def test_doing_the_same_again_tells_nothing(store: Store, do: Do, numbers: list[str]) -> None:
    do("revoke", numbers)
    do("revoke", numbers)

    assert len(told(store)) == 2


def test_what_is_rolled_back_is_told_to_nobody(
    store: Store, do: Do, numbers: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RolledBack

    monkeypatch.setattr("mohar.store.outbox.Outbox.append", fail)
    with suppress(RolledBack):
        do("revoke", numbers)
    monkeypatch.undo()

    assert told(store) == []


def test_a_record_whose_time_is_over_is_not_read(
    store: Store, clock: StandingClock, do: Do, numbers: list[str]
) -> None:
    """Somebody is told of the change all the same, without a value of the record."""
    clock.move(2 * 86_400)
    do("suspend", numbers[:1], days=3)
    clock.move(86_400)
    do("revoke", numbers[:1], days=3)

    assert [each.told.fields for each in told(store)] == [{"name": "asha"}, {}]


def test_a_suspension_that_comes_to_its_end_is_told(
    store: Store, clock: StandingClock, do: Do, numbers: list[str]
) -> None:
    do("suspend", numbers[:1], until=clock() + timedelta(hours=1))
    clock.move(3_600)
    news = News({"badge": [LETTERS]}, {})
    Revoking(store, news.tell, TelemetryRoom().instruments, clock).lift(numbers)

    assert [each.event for each in told(store)] == ["suspended", "restored"]
