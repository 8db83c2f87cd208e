from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
import sqlalchemy as sa

from mohar.domain.events import Event
from mohar.store import Store, Vault
from mohar.testing.postgres import PostgresServer
from mohar.testing.stores import StandingClock, roll_back


@pytest.fixture
def events(clock: StandingClock) -> Sequence[Event]:
    return [
        Event(
            event_id=f"e{n}",
            type="credential.issued",
            occurred_at=clock(),
            kind="badge",
            facts={"n": n, "deep": {"list": [1, None]}},
        )
        for n in range(1, 8)
    ]


def append(store: Store, *events: Event) -> None:
    with store.begin() as work:
        work.outbox.append(events)


def after(store: Store, observer: str = "sink", limit: int = 10) -> list[str]:
    with store.begin() as work:
        return [event.event_id for event in work.outbox.after(observer, limit)]


class TestAfter:
    def test_events_come_whole_numbered_and_in_order(self, store: Store, events: Sequence[Event]):
        append(store, *events[:2])
        append(store, events[2])

        with store.begin() as work:
            found = work.outbox.after("sink", 10)

        assert [event.sequence for event in found] == [1, 2, 3]
        assert [(e.event_id, e.occurred_at, e.facts) for e in found] == [
            (e.event_id, e.occurred_at, e.facts) for e in events[:3]
        ]

    def test_an_observer_goes_on_where_it_advanced_to(self, store: Store, events: Sequence[Event]):
        append(store, *events[:3])
        with store.begin() as work:
            first = work.outbox.after("sink", 2)
            work.outbox.advance("sink", first[-1].sequence)

        assert after(store) == ["e3"]

    def test_observers_do_not_know_of_each_other(self, store: Store, events: Sequence[Event]):
        append(store, events[0])
        with store.begin() as work:
            [event] = work.outbox.after("sink", 2)
            work.outbox.advance("sink", event.sequence)

        assert after(store, "other") == ["e1"]
        assert after(store, "sink") == []

    def test_going_back_is_not_possible(self, store: Store, events: Sequence[Event]):
        append(store, *events[:3])
        with store.begin() as work:
            work.outbox.after("sink", 3)
            work.outbox.advance("sink", 3)
            work.outbox.advance("sink", 1)

        assert after(store) == []

    def test_what_is_with_one_relay_is_not_with_another_until_its_lease_is_over(
        self, store: Store, events: Sequence[Event], clock: StandingClock
    ):
        append(store, events[0])
        assert [after(store), after(store)] == [["e1"], []]
        clock.move(60)

        assert after(store) == ["e1"]

    def test_what_was_rolled_back_never_happened(self, store: Store, events: Sequence[Event]):
        roll_back(store, lambda work: work.outbox.append(events))

        assert after(store) == []

    def test_the_same_event_twice_is_refused_by_the_database(
        self, store: Store, events: Sequence[Event]
    ):
        append(store, events[0])

        with pytest.raises(sa.exc.IntegrityError):
            append(store, events[0])


class TestFailing:
    def test_a_failed_observer_waits_and_then_gets_the_same_events(
        self, store: Store, events: Sequence[Event], clock: StandingClock
    ):
        append(store, *events[:2])
        with store.begin() as work:
            found = work.outbox.after("sink", 10)
            attempts = work.outbox.fail("sink", found, "disk full", clock() + timedelta(seconds=5))
        assert attempts == 1
        assert after(store) == []
        clock.move(5)

        assert after(store) == ["e1", "e2"]
        with store.read() as work:
            [state] = work.outbox.observers()
        assert (state.name, state.attempts, state.behind) == ("sink", 1, 2)
        assert state.why == "from event 1: disk full"

    def test_success_forgets_the_failures(
        self, store: Store, events: Sequence[Event], clock: StandingClock
    ):
        append(store, *events[:2])
        with store.begin() as work:
            found = work.outbox.after("sink", 10)
            work.outbox.fail("sink", found, "disk full", clock())
            assert work.outbox.fail("sink", found, "disk full", clock()) == 2
            work.outbox.advance("sink", 1)
            work.outbox.append(events[2:3])

        with store.read() as work:
            [state] = work.outbox.observers()
        assert (state.attempts, state.why, state.cursor, state.behind) == (0, "", 1, 2)

    def test_events_set_aside_are_kept_and_passed_by(
        self, store: Store, events: Sequence[Event], clock: StandingClock
    ):
        append(store, *events[:3])
        with store.begin() as work:
            found = work.outbox.after("sink", 2)
            work.outbox.set_aside("sink", found, "cannot read it")
            work.outbox.set_aside("sink", found, "cannot read it")

        assert after(store) == ["e3"]
        with store.read() as work:
            failures = work.outbox.failures()
        assert [(f.observer, f.event.event_id, f.why) for f in failures] == [
            ("sink", "e1", "cannot read it"),
            ("sink", "e2", "cannot read it"),
        ]
        assert failures[0].event == found[0]
        assert failures[0].set_aside_at == clock()


class TestOpenTransactions:
    @pytest.mark.postgres
    def test_an_event_that_was_written_first_and_committed_last_is_not_lost(
        self,
        postgres: PostgresServer,
        migrate: Callable[[str], None],
        vault: Vault,
        clock: StandingClock,
        events: Sequence[Event],
    ):
        """Two transactions are open; the later one ends first, is handed out and passed by."""
        store = Store.open(postgres.copy(migrate), vault, clock)
        with store.begin() as slow:
            slow.outbox.append(events[:2])
            with store.begin() as quick:
                quick.outbox.append(events[2:3])
            with store.begin() as relay:
                [seen] = relay.outbox.after("sink", 10)
                relay.outbox.advance("sink", seen.sequence)
            assert seen.event_id == "e3"

        assert after(store) == ["e1", "e2"]
        store.dispose()

    def test_relays_and_writers_at_once_lose_and_repeat_nothing(
        self, opened: Callable[..., Store], clock: StandingClock
    ):
        seen: list[str] = []
        done = threading.Event()
        opened().check()

        def write(name: str) -> None:
            mine = opened()
            for n in range(15):
                event = Event(event_id=f"{name}-{n}", type="t", occurred_at=clock(), kind="badge")
                append(mine, event)

        def relay() -> None:
            mine = opened()
            idle = False
            while not (done.is_set() and idle):
                with mine.begin() as work:
                    found = work.outbox.after("sink", 4)
                    if found:
                        work.outbox.advance("sink", found[-1].sequence)
                idle = not found
                seen.extend(event.event_id for event in found)

        writers = [threading.Thread(target=write, args=[f"w{n}"]) for n in range(3)]
        relays = [threading.Thread(target=relay) for _ in range(2)]
        for thread in (*relays, *writers):
            thread.start()
        for thread in writers:
            thread.join()
        done.set()
        for thread in relays:
            thread.join()

        assert len(seen) == len(set(seen)) == 45
