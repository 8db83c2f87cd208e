"""No read is answered before it is written down."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Lock
from typing import Any

import pytest

from mohar.access.read_log import ReadLog
from mohar.access.together import NotDone, Together
from mohar.assembly.house import House
from mohar.domain.access import Actor, ReadOutcome, Reason
from mohar.domain.errors import NotFound, NotPermitted, Unavailable
from mohar.domain.rendition import Wanted
from mohar.store import Store, Work
from mohar.store.read_rows import KeptRead, NewRead
from mohar.testing.stores import StandingClock, make_schema, new_vault

TRAVEL = Reason(purpose="travel", channel="desk")
NOBODY = Actor(actor_id="nobody", name="test")


def last_reads(house: House, number: str) -> Sequence[KeptRead]:
    with house.store.read() as work:
        return work.reads.of_credential(number)


class TestWhatIsWritten:
    def test_who_read_what_for_and_how_it_ended(
        self, house: House, operator: Actor, numbers: Sequence[str]
    ) -> None:
        house.access.bodies(operator, numbers[0], reason=TRAVEL)

        read = last_reads(house, numbers[0])[0]
        told = (read.actor_id, read.purpose, read.channel, read.outcome, read.kind)
        assert told == ("operator", "travel", "desk", "shown", "vaccination")
        assert read.credential_id == numbers[0]

    @pytest.mark.parametrize(("scopes", "body"), [((), None), (("*",), "no-such-body")])
    def test_what_is_there_and_not_handed_over_is_refused(
        self, house: House, numbers: Sequence[str], scopes: Sequence[str], body: str | None
    ) -> None:
        actor = Actor(actor_id="someone", name="test", scopes=frozenset(scopes))

        with pytest.raises(NotFound):
            house.access.bodies(actor, numbers[0], body, reason=TRAVEL)
        assert last_reads(house, numbers[0])[0].outcome == "refused"

    def test_a_try_for_what_is_not_there_is_written_down_too(
        self, house: House, operator: Actor
    ) -> None:
        with pytest.raises(NotFound):
            house.access.bodies(operator, "123456", reason=TRAVEL)

        (read,) = last_reads(house, "123456")
        assert (read.outcome, read.credential_id) == ("not-found", "")

    def test_a_paper_with_two_credentials_is_a_read_of_both(
        self, house: House, numbers: Sequence[str]
    ) -> None:
        actor = Actor(actor_id="printer", name="test", scopes=frozenset({"read"}))
        house.access.draw(actor, numbers[0], Wanted(suffix="pdf", rendering="certificate"))

        assert [last_reads(house, each)[0].actor_id for each in numbers] == ["printer"] * 2

    def test_a_search_is_a_read_of_what_it_finds(
        self, house: House, operator: Actor, numbers: Sequence[str]
    ) -> None:
        key = {"vaccination.dose": 2, "pre_enrollment_code": "99000000000001"}
        house.access.current(operator, "vaccination", key, reason=TRAVEL)
        before = len(last_reads(house, numbers[1]))

        with pytest.raises(NotPermitted):
            house.access.current(NOBODY, "vaccination", key)
        house.access.revisions(operator, "vaccination", [key])
        assert len(last_reads(house, numbers[1])) == before + 1

    def test_an_event_tells_how_often_and_not_of_whom(
        self, house: House, operator: Actor, numbers: Sequence[str]
    ) -> None:
        reason = Reason(purpose="counted")
        house.access.bodies(operator, numbers[0], reason=reason)

        with house.store.begin() as work:
            events = [e for e in work.outbox.after("test", 10_000) if "purpose" in e.facts]
        (event,) = [each for each in events if each.facts["purpose"] == "counted"]
        assert (event.type, event.kind) == ("credential.accessed", "vaccination")
        assert event.facts == {
            "outcome": "shown",
            "purpose": "counted",
            "channel": "api",
            "count": 1,
        }
        assert numbers[0] not in str(event)


class SlowStore:
    """A store whose transactions wait until they may begin, and that counts them."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.may_begin = Event()
        self.has_begun = Event()
        self.transactions = 0
        self.is_away = False

    @contextmanager
    def begin(self) -> Iterator[Work]:
        self.has_begun.set()
        self.may_begin.wait(10)
        if self.is_away:
            raise Unavailable("the database did not answer")
        self.transactions += 1
        with self.store.begin() as work:
            yield work


@pytest.fixture
def slow(tmp_path: Path) -> Iterator[SlowStore]:
    url = f"sqlite:///{tmp_path}/mohar.sqlite"
    make_schema(url)
    with Store.open(url, new_vault(), StandingClock()) as store:
        store.upgrade()
        yield SlowStore(store)


def a_read(number: int, outcome: ReadOutcome = "shown") -> NewRead:
    return NewRead(
        actor_id="a",
        reason=Reason(),
        outcome=outcome,
        kind="badge",
        asked_for=f"{number}",
        is_there=True,
    )


def written_together(slow: SlowStore, count: int) -> list[BaseException | None]:
    """Let one begin and the others come meanwhile; return what each of them got."""
    log: Any = ReadLog(slow, StandingClock())  # type: ignore[arg-type] # a store that can be held
    lock, waiting = Lock(), []

    def write(number: int) -> None:
        with lock:
            waiting.append(number)
        log.write([a_read(number)])

    with ThreadPoolExecutor(count) as pool:
        first = pool.submit(write, 0)
        slow.has_begun.wait(10)
        others = [pool.submit(write, number) for number in range(1, count)]
        while len(log._together._waiting) < count - 1:
            pass
        slow.may_begin.set()
        return [each.exception(10) for each in [first, *others]]


class TestTogether:
    def test_those_who_come_meanwhile_share_one_transaction(self, slow: SlowStore) -> None:
        ended = written_together(slow, 12)

        assert ended == [None] * 12
        assert slow.transactions == 2
        with slow.store.read() as work:
            found = [len(work.reads.of_credential(f"{number}")) for number in range(12)]
        assert found == [1] * 12

    def test_nobody_is_answered_when_nothing_could_be_written(self, slow: SlowStore) -> None:
        slow.is_away = True

        ended = written_together(slow, 5)

        assert [type(each) for each in ended[:2]] == [Unavailable, Unavailable]
        assert [type(each) for each in ended[2:]] == [NotDone] * 3

    def test_those_in_an_event_loop_hold_no_thread(self, slow: SlowStore) -> None:
        """
        A hundred wait while one batch is under way, and one of them leaves.
        """
        done = Together(lambda asked: [each * 2 for each in self.held(slow, asked)])

        async def asked_by_a_hundred() -> list[Any]:
            first = asyncio.create_task(done.ask_soon(0))
            await asyncio.to_thread(slow.has_begun.wait, 10)
            others = [asyncio.create_task(done.ask_soon(number)) for number in range(1, 100)]
            await asyncio.sleep(0)
            others[0].cancel()
            slow.may_begin.set()
            return await asyncio.gather(first, *others, return_exceptions=True)

        answers = asyncio.run(asked_by_a_hundred())

        assert isinstance(answers.pop(1), asyncio.CancelledError)
        assert answers == [0, *range(4, 200, 2)]
        assert slow.transactions == 2

    def test_the_first_of_them_is_told_why_and_the_others_that_it_failed(
        self, slow: SlowStore
    ) -> None:
        slow.may_begin.set()
        slow.is_away = True
        done = Together(lambda asked: self.held(slow, asked))

        async def asked_by_three() -> list[Any]:
            waiting = [asyncio.create_task(done.ask_soon(number)) for number in range(3)]
            return await asyncio.gather(*waiting, return_exceptions=True)

        first, *others = asyncio.run(asked_by_three())

        assert type(first) is Unavailable
        assert {type(each) for each in others} <= {NotDone, Unavailable}

    @staticmethod
    def held(slow: SlowStore, asked: Sequence[int]) -> Sequence[int]:
        with slow.begin():
            return asked

    def test_it_goes_on_after_trouble(self, slow: SlowStore) -> None:
        slow.may_begin.set()
        slow.is_away = True
        log = ReadLog(slow, StandingClock())  # type: ignore[arg-type] # a store that can be held
        with pytest.raises(Unavailable):
            log.write([a_read(1)])
        slow.is_away = False
        log.write([a_read(2)])

        with slow.store.read() as work:
            assert len(work.reads.of_credential("2")) == 1
            assert not work.reads.of_credential("1")
