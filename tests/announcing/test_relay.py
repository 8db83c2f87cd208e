import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pluggy
import pytest

from mohar.announcing import HookObserver, Observer, Relay, RelayPolicy, SinkObserver
from mohar.domain.errors import Unavailable
from mohar.domain.events import Event, Fact
from mohar.plugin import Tools, hookimpl, specs
from mohar.plugin.caller import HookCaller
from mohar.plugin.hooks import PROJECT
from mohar.store import Store
from mohar.telemetry import TelemetryRoom

SOON = RelayPolicy(deadline_seconds=5, tries=3, first_wait_seconds=1, longest_wait_seconds=4)
AT_ONCE = RelayPolicy(deadline_seconds=0.05, tries=2, first_wait_seconds=1)


class Kept:
    """A sink that keeps what it is given."""

    def __init__(self) -> None:
        self.batches: list[Sequence[Fact]] = []

    @property
    def ids(self) -> list[str]:
        return [fact.event_id for batch in self.batches for fact in batch]

    def write(self, facts: Sequence[Fact]) -> None:
        self.batches.append(facts)


class Picky(Kept):
    """A sink that refuses every batch with one of these events in it."""

    def __init__(self, *refused: str) -> None:
        super().__init__()
        self.refused = set(refused)
        self.calls = 0

    def write(self, facts: Sequence[Fact]) -> None:
        self.calls += 1
        if self.refused & {fact.event_id for fact in facts}:
            raise Unavailable("the disk is full; make room")
        super().write(facts)


class Hanging(Kept):
    """A sink that does not come back until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.let_go = threading.Event()
        self.calls = 0

    def write(self, facts: Sequence[Fact]) -> None:
        self.calls += 1
        self.let_go.wait(10)
        super().write(facts)


@pytest.fixture
def relay(store: Store, clock: Any) -> Callable[..., Relay]:
    def made(*observers: Observer, policy: RelayPolicy = SOON) -> Relay:
        return Relay(store, observers, clock, TelemetryRoom().instruments, policy)

    return made


@pytest.fixture
def hanging() -> Iterator[Hanging]:
    sink = Hanging()
    yield sink
    sink.let_go.set()


def set_aside(store: Store) -> list[tuple[str, str, str]]:
    with store.read() as work:
        return [(each.observer, each.event.event_id, each.why) for each in work.outbox.failures()]


class TestRelay:
    def test_each_observer_gets_every_event_once(
        self, relay: Any, happened: Sequence[Event]
    ) -> None:
        first, second = Kept(), Kept()
        running = relay(SinkObserver("first", first), SinkObserver("second", second))

        taken = running.run_once(), running.run_once()

        assert taken == (10, 0)
        assert first.ids == second.ids == [event.event_id for event in happened]

    def test_events_come_in_batches(self, relay: Any, happened: Sequence[Event]) -> None:
        sink = Kept()
        running = relay(SinkObserver("kept", sink), policy=RelayPolicy(batch=2))

        taken = [running.run_once() for _ in range(4)]

        assert taken == [2, 2, 1, 0]
        assert sink.ids == [event.event_id for event in happened]

    @pytest.mark.usefixtures("happened")
    def test_a_sink_sees_flat_facts(self, relay: Any) -> None:
        sink = Kept()

        relay(SinkObserver("kept", sink)).run_once()

        assert sink.batches[0][0].facts == {"age_band": "40-49", "bodies.domestic": "issued"}

    @pytest.mark.usefixtures("happened")
    def test_an_observer_that_fails_stops_no_other(self, relay: Any) -> None:
        well, broken = Kept(), Picky("event-0")
        running = relay(SinkObserver("broken", broken), SinkObserver("well", well))

        assert running.run_once() == 5
        assert broken.ids == []
        assert len(well.ids) == 5

    @pytest.mark.usefixtures("happened")
    def test_a_failed_batch_comes_again_when_its_time_has_come(
        self, relay: Any, clock: Any
    ) -> None:
        sink = Picky("event-0")
        running = relay(SinkObserver("sink", sink))
        running.run_once()
        sink.refused.clear()

        too_early = running.run_once()
        clock.pass_seconds(1)
        in_time = running.run_once()

        assert (too_early, in_time) == (0, 5)

    @pytest.mark.usefixtures("happened")
    def test_after_some_tries_only_the_events_at_fault_are_set_aside(
        self, relay: Any, store: Store, clock: Any
    ) -> None:
        sink = Picky("event-1", "event-3")
        running = relay(SinkObserver("sink", sink))

        taken = []
        for _ in range(3):
            taken.append(running.run_once())
            clock.pass_seconds(4)

        assert taken == [0, 0, 3]
        assert sink.ids == ["event-0", "event-2", "event-4"]
        assert set_aside(store) == [
            ("sink:sink", "event-1", "Unavailable"),
            ("sink:sink", "event-3", "Unavailable"),
        ]
        assert running.run_once() == 0

    def test_a_new_relay_goes_on_where_the_last_one_was(
        self, relay: Any, happened: Sequence[Event], store: Store
    ) -> None:
        sink = Kept()
        relay(SinkObserver("kept", sink)).run_once()
        with store.begin() as work:
            work.outbox.append([Event(**_later(happened[0]))])

        relay(SinkObserver("kept", sink)).run_once()

        assert sink.ids == [*(event.event_id for event in happened), "later"]


class TestHanging:
    @pytest.mark.usefixtures("happened")
    def test_an_observer_that_hangs_costs_the_others_one_deadline(
        self, relay: Any, hanging: Hanging
    ) -> None:
        well = Kept()
        running = relay(
            SinkObserver("hanging", hanging), SinkObserver("well", well), policy=AT_ONCE
        )

        assert running.run_once() == 5
        assert len(well.ids) == 5

    @pytest.mark.usefixtures("happened")
    def test_it_is_not_called_again_before_it_comes_back(
        self, relay: Any, hanging: Hanging, clock: Any
    ) -> None:
        running = relay(SinkObserver("hanging", hanging), policy=AT_ONCE)

        for _ in range(4):
            running.run_once()
            clock.pass_seconds(1000)

        assert hanging.calls == 1

    def test_it_costs_one_batch_and_then_waits(
        self, relay: Any, store: Store, hanging: Hanging, clock: Any, happened: Sequence[Event]
    ) -> None:
        running = relay(SinkObserver("hanging", hanging), policy=AT_ONCE)
        for _ in range(2):
            running.run_once()
            clock.pass_seconds(1000)
        with store.begin() as work:
            work.outbox.append([Event(**_later(happened[0]))])

        for _ in range(4):
            running.run_once()
            clock.pass_seconds(1000)

        assert [event_id for _, event_id, _ in set_aside(store)] == [
            event.event_id for event in happened
        ]


class TestHookObserver:
    def test_a_listening_plugin_is_an_observer(
        self, relay: Any, happened: Sequence[Event], mohar_tools: Tools
    ) -> None:
        heard: list[Event] = []

        class Listener:
            @hookimpl
            def mohar_on_events(self, events: Sequence[Event]) -> None:
                heard.extend(events)

        manager = pluggy.PluginManager(PROJECT)
        manager.add_hookspecs(specs)
        manager.register(Listener(), "listener")

        observers = HookObserver.all(HookCaller(manager), mohar_tools)
        taken = relay(*observers).run_once()

        assert [observer.name for observer in observers] == ["plugin:listener"]
        assert taken == 5
        assert [event.event_id for event in heard] == [event.event_id for event in happened]


def _later(event: Event) -> dict[str, Any]:
    return {
        "event_id": "later",
        "type": event.type,
        "occurred_at": event.occurred_at,
        "kind": event.kind,
    }
