"""Those who ask at the same moment are answered from one transaction, each for itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any, NamedTuple

import pytest

from mohar.access.hand_over import Handed, HandOver, Wish
from mohar.access.permit import Permits
from mohar.access.read_log import ReadLog
from mohar.access.visit import Visit
from mohar.assembly.house import House
from mohar.domain.access import Actor, Reason
from mohar.plugin.caller import Answer
from mohar.store import Store
from mohar.store.vault import Damaged
from mohar.testing.stores import StandingClock


def actor(*scopes: str) -> Actor:
    return Actor(actor_id="asker", name="test", scopes=frozenset(scopes))


def wish(who: Actor, number: str, body: str | None = None, *, only_first: bool = False) -> Wish:
    return Wish(visit=Visit(who, Reason()), credential_id=number, body=body, only_first=only_first)


class Counting:
    """Asks whoever has a scope what it may, and notes what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def call(self, hook: str, **asked: Any) -> list[Answer]:
        assert hook == "mohar_permit"
        self.asked.append(f"{asked['action']}:{asked['kind']}")
        return [Answer(plugin="counting", value=True if asked["actor"].scopes else None)]


class Asked(NamedTuple):
    """What became of some wishes, what a plugin was asked for them, and the transactions."""

    handed: list[Handed]
    plugin: Counting
    transactions: int


Ask = Callable[[Sequence[Wish]], Asked]


@pytest.fixture
def ask(
    house: House, held: Callable[[Store], Any], meanwhile: Callable[..., list[Future[Handed]]]
) -> Ask:
    """Return a function that asks while the first is under way."""

    def asked(wishes: Sequence[Wish]) -> Asked:
        store, plugin = held(house.store), Counting()
        log = ReadLog(house.store, StandingClock())
        over = HandOver(store, log, Permits(plugin))  # type: ignore[arg-type] # no plugin
        ended = meanwhile(store, over._together, over.ask, wishes)
        return Asked([each.result() for each in ended], plugin, store.transactions)

    return asked


def outcomes_of(house: House, number: str, count: int) -> list[str]:
    with house.store.read() as work:
        return [each.outcome for each in work.reads.of_credential(number)[:count]]


class TestHandOver:
    def test_each_gets_its_own_from_one_transaction(self, ask: Ask, numbers: Sequence[str]) -> None:
        who = actor("read")

        asked = ask(
            [wish(who, numbers[0])]
            + [wish(who, number, "domestic") for number in numbers]
            + [wish(who, "654321"), wish(who, "no id\0")],
        )

        (every, one, other, unknown, odd) = asked.handed
        assert len(every.bodies) > 1
        assert [each.credential_id for each in every.bodies] == [numbers[0]] * len(every.bodies)
        assert [each.credential_id for each in (*one.bodies, *other.bodies)] == list(numbers)
        assert (unknown, odd) == (Handed(may_read=False), Handed(may_read=False))
        assert asked.transactions == 2

    def test_a_caller_without_limits_is_asked_about_once_in_a_batch(
        self, house: House, ask: Ask, numbers: Sequence[str]
    ) -> None:
        asked = ask([wish(actor("read"), numbers[0]) for _ in range(9)])

        assert asked.plugin.asked == ["read:vaccination"] * 2
        assert outcomes_of(house, numbers[0], 9) == ["shown"] * 9

    def test_who_may_and_who_may_not_are_told_apart_in_one_batch(
        self, house: House, ask: Ask, numbers: Sequence[str]
    ) -> None:
        wishes = [wish(actor(*scopes), numbers[0]) for scopes in [("read",), (), ("read",), ()]]

        asked = ask(wishes)

        assert [bool(each.bodies) for each in asked.handed] == [True, False, True, False]
        assert [each.may_read for each in asked.handed] == [True, False, True, False]
        assert sorted(outcomes_of(house, numbers[0], 4)) == ["refused"] * 2 + ["shown"] * 2

    def test_the_first_alone_is_the_first_of_all(self, ask: Ask, numbers: Sequence[str]) -> None:
        who = actor("read")

        every, first = ask([wish(who, numbers[0]), wish(who, numbers[0], only_first=True)]).handed

        assert first.bodies == every.bodies[:1]

    def test_what_does_not_open_keeps_nobody_else_from_theirs(
        self, house: House, ask: Ask, numbers: Sequence[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        broken = numbers[0]
        real = house.store._current().open

        def opened(place: str, sealed: bytes) -> bytes:
            if f"/{broken}/" in f"{place}/":
                raise Damaged("a value of body.content does not open")
            return real(place, sealed)

        monkeypatch.setattr(house.store._current(), "open", opened)

        other, harmed = ask([wish(actor("read"), number) for number in (numbers[1], broken)]).handed

        assert other.bodies
        assert isinstance(harmed.damage, Damaged)
        assert not harmed.bodies
        assert outcomes_of(house, broken, 1) == ["refused"]
