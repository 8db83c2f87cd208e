from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from mohar.domain.delivery import Delivery, Told
from mohar.domain.errors import Unavailable
from mohar.domain.findings import Finding
from mohar.store import Store
from mohar.store.database import open_engine, transaction
from mohar.store.delivery_rows import Attempted, NewDelivery, Untried, Wanted
from mohar.store.tables import delivery
from mohar.testing.stores import StandingClock, roll_back

MARKED = "Marked Person 9876543210"


def new(number: str, **more: Any) -> NewDelivery:
    values: dict[str, Any] = {
        "delivery_id": number,
        "channel": "partner",
        "event": "issued",
        "kind": "badge",
        "occurred_at": StandingClock()(),
        "submission_id": "s1",
        "position": 0,
        "credential_id": "10000000001",
        "told": Told(fields={"name": MARKED}, findings=(Finding(code="c", message="m"),)),
    }
    return NewDelivery(**{**values, **more})


def add(store: Store, *some: NewDelivery) -> None:
    with store.begin() as work:
        work.deliveries.add(some)


def claim(store: Store, limit: int = 10, channel: str = "partner") -> Sequence[Delivery]:
    with store.begin() as work:
        return work.deliveries.claim(channel, limit, 60.0, "w")


def settle(store: Store, clock: StandingClock, number: str, state: Any, wait: float = 0) -> None:
    result = "delivered" if state == "delivered" else "retry"
    due = clock() + timedelta(seconds=wait)
    attempted = Attempted(
        delivery_id=number, number=1, result=result, state=state, detail="http 500", due_at=due
    )
    with store.begin() as work:
        work.deliveries.settle([attempted])


def state_of(store: Store, number: str) -> str:
    with store.read() as work:
        found = work.deliveries.find(number)
    assert found is not None
    return found.state


class TestClaim:
    def test_what_is_claimed_says_what_was_put_in(self, store: Store) -> None:
        add(store, new("d1"))

        (claimed,) = claim(store)

        assert (claimed.delivery_id, claimed.attempt) == ("d1", 1)
        assert claimed.told == new("d1").told

    def test_a_lease_keeps_others_away_until_it_ends(
        self, store: Store, clock: StandingClock
    ) -> None:
        add(store, new("d1"))
        first = claim(store)
        meanwhile = claim(store)
        clock.move(60)

        again = claim(store)

        assert [len(each) for each in (first, meanwhile, again)] == [1, 0, 1]
        assert again[0].attempt == 2

    def test_only_what_is_due_and_of_this_channel_is_claimed(
        self, store: Store, clock: StandingClock
    ) -> None:
        add(store, new("d1"), new("d2"), new("d3", channel="other"))
        claim(store)
        settle(store, clock, "d1", "waiting", 10)
        settle(store, clock, "d2", "dead")
        early = claim(store)
        clock.move(10)

        assert early == []
        assert [each.delivery_id for each in claim(store)] == ["d1"]

    def test_several_workers_get_each_delivery_once(
        self, opened: Callable[..., Store], store: Store
    ) -> None:
        add(store, *(new(f"d{number:03}") for number in range(200)))
        stores = [opened() for _ in range(4)]

        def work(mine: Store) -> list[str]:
            got: list[str] = []
            while batch := claim(mine, 13):
                got += [each.delivery_id for each in batch]
            return got

        with ThreadPoolExecutor(4) as threads:
            got = [number for some in threads.map(work, stores) for number in some]

        assert sorted(got) == [f"d{number:03}" for number in range(200)]

    def test_what_was_given_back_untried_cost_nothing(
        self, store: Store, clock: StandingClock
    ) -> None:
        add(store, new("d1"))
        claim(store)

        with store.begin() as work:
            work.deliveries.release([Untried(delivery_id="d1", attempts=0, due_at=clock())])

        assert claim(store)[0].attempt == 1


class TestSettle:
    def test_what_is_delivered_stays_so_and_is_claimed_no_more(
        self, store: Store, clock: StandingClock
    ) -> None:
        """A worker that was late must not let it come again."""
        add(store, new("d1"))
        claim(store)
        settle(store, clock, "d1", "delivered")
        settle(store, clock, "d1", "waiting")

        assert state_of(store, "d1") == "delivered"
        assert claim(store) == []

    def test_every_attempt_is_in_the_log(self, store: Store, clock: StandingClock) -> None:
        add(store, new("d1"))
        settle(store, clock, "d1", "waiting")
        clock.move(5)
        settle(store, clock, "d1", "delivered")

        with store.read() as work:
            log = work.deliveries.attempts("d1")

        assert [(each.result, each.detail) for each in log] == [
            ("retry", "http 500"),
            ("delivered", "http 500"),
        ]
        assert log[1].at - log[0].at == timedelta(seconds=5)


class TestRedeliver:
    @pytest.mark.parametrize("state", ["delivered", "dead"])
    def test_what_is_settled_is_due_as_new(
        self, store: Store, clock: StandingClock, state: str
    ) -> None:
        add(store, new("d1"))
        claim(store)
        settle(store, clock, "d1", state)

        with store.begin() as work:
            changed = work.deliveries.redeliver(["d1", "gone"])

        assert changed == 1
        assert [each.attempt for each in claim(store)] == [1]

    def test_what_waits_stays_as_it_is(self, store: Store) -> None:
        add(store, new("d1"))
        claim(store)

        with store.begin() as work:
            assert work.deliveries.redeliver(["d1"]) == 0

        assert claim(store) == []


class TestLook:
    def test_it_is_narrowed_by_state_channel_submission_and_kind(
        self, store: Store, clock: StandingClock
    ) -> None:
        add(store, new("d1"), new("d2", channel="o", submission_id="s2"), new("d3", kind="card"))
        settle(store, clock, "d1", "dead")

        def listed(**wanted: Any) -> list[str]:
            with store.read() as work:
                return [each.delivery_id for each in work.deliveries.listed(Wanted(**wanted), 9)]

        assert listed() == ["d1", "d2", "d3"]
        assert listed(state="dead") == ["d1"]
        assert listed(state="waiting") == ["d2", "d3"]
        assert listed(channel="o") == listed(submission_id="s2") == ["d2"]
        assert listed(kinds=("card",)) == ["d3"]
        assert listed(kinds=()) == []

    def test_what_is_not_there_is_none(self, store: Store) -> None:
        with store.read() as work:
            assert work.deliveries.find("d1") is None


class TestForget:
    def test_only_what_was_delivered_long_ago_goes(
        self, store: Store, clock: StandingClock
    ) -> None:
        add(store, new("old"), new("dead"), new("waits"), new("late"), new("o", channel="other"))
        for number, state in (("old", "delivered"), ("dead", "dead"), ("o", "delivered")):
            settle(store, clock, number, state)
        until = clock()
        clock.move(1)
        settle(store, clock, "late", "delivered")

        with store.begin() as work:
            removed = work.deliveries.forget("partner", until, 10)

        with store.read() as work:
            left = {each.delivery_id for each in work.deliveries.listed(Wanted(), 10)}
            assert work.deliveries.attempts("old") == []
        assert (removed, left) == (1, {"dead", "waits", "late", "o"})


class TestPrivacy:
    def test_what_it_says_is_sealed(self, store: Store, url: str) -> None:
        add(store, new("d1"))

        engine = open_engine(url)
        with transaction(engine, writes=False) as connection:
            rows = connection.execute(sa.select(delivery)).all()
        engine.dispose()

        assert MARKED not in str(rows)
        assert MARKED.encode() not in rows[0].content

    def test_it_opens_in_no_other_row(self, store: Store, url: str) -> None:
        add(store, new("d1"), new("d2"))
        engine = open_engine(url)
        with transaction(engine, writes=True) as connection:
            other = sa.select(delivery.c.content).where(delivery.c.delivery_id == "d1")
            connection.execute(sa.update(delivery).values(content=other.scalar_subquery()))
        engine.dispose()

        with pytest.raises(Unavailable, match=r"delivery\.content does not open"):
            claim(store)

    def test_what_is_taken_back_was_never_there(self, store: Store) -> None:
        roll_back(store, lambda work: work.deliveries.add([new("d1")]))

        assert claim(store) == []
