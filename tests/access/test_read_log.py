"""No read is answered before it is written down."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import count
from pathlib import Path
from threading import Barrier, Event
from typing import Any

import pytest

from mohar.access.read_log import ReadLog
from mohar.access.together import NotDone, Together
from mohar.assembly.house import House
from mohar.domain.access import Actor, ReadOutcome, Reason
from mohar.domain.errors import NotFound, NotPermitted, Unavailable
from mohar.domain.rendition import Wanted
from mohar.store import Store
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


@pytest.fixture
def slow(tmp_path: Path, held: Callable[[Store], Any]) -> Iterator[Any]:
    """A store of its own, whose transactions can be held."""
    url = f"sqlite:///{tmp_path}/mohar.sqlite"
    make_schema(url)
    with Store.open(url, new_vault(), StandingClock()) as store:
        store.upgrade()
        yield held(store)


def a_read(number: int, outcome: ReadOutcome = "shown") -> NewRead:
    return NewRead(
        actor_id="a",
        reason=Reason(),
        outcome=outcome,
        kind="badge",
        asked_for=f"{number}",
        is_there=True,
    )


@pytest.fixture
def written_together(
    slow: Any, meanwhile: Callable[..., list[Future[None]]]
) -> Callable[[int], list[BaseException | None]]:
    """Return a function that lets one begin and others come meanwhile; it tells what each got."""

    def written(count: int) -> list[BaseException | None]:
        log = ReadLog(slow, StandingClock())
        reads = [[a_read(number)] for number in range(count)]
        return [each.exception() for each in meanwhile(slow, log._together, log.write, reads)]

    return written


class TestTogether:
    def test_those_who_come_meanwhile_share_one_transaction(
        self, slow: Any, written_together: Callable[[int], list[BaseException | None]]
    ) -> None:
        ended = written_together(12)

        assert ended == [None] * 12
        assert slow.transactions == 2
        with slow.store.read() as work:
            found = [len(work.reads.of_credential(f"{number}")) for number in range(12)]
        assert found == [1] * 12

    def test_nobody_is_answered_when_nothing_could_be_written(
        self, slow: Any, written_together: Callable[[int], list[BaseException | None]]
    ) -> None:
        slow.is_away = True

        ended = written_together(5)

        assert [type(each) for each in ended[:2]] == [Unavailable, Unavailable]
        assert [type(each) for each in ended[2:]] == [NotDone] * 3

    def test_those_in_an_event_loop_hold_no_thread(self, slow: Any) -> None:
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

    def test_the_first_of_them_is_told_why_and_the_others_that_it_failed(self, slow: Any) -> None:
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
    def held(slow: Any, asked: Sequence[int]) -> Sequence[int]:
        with slow.begin():
            return asked

    def test_a_batch_is_no_larger_than_it_may_be(
        self, stand_in_line: Callable[[Any, int], None]
    ) -> None:
        may_begin, has_begun, batches = Event(), Event(), []

        def work(asked: Sequence[int]) -> Sequence[int]:
            has_begun.set()
            may_begin.wait(10)
            batches.append(list(asked))
            return asked

        done = Together(work, at_once=lambda: 3)
        with ThreadPoolExecutor(8) as pool:
            callers = [pool.submit(done.ask, 0)]
            has_begun.wait(10)
            for number in range(1, 8):
                callers.append(pool.submit(done.ask, number))
                stand_in_line(done, number)
            may_begin.set()
            answers = [each.result(10) for each in callers]

        assert answers == list(range(8))
        assert batches == [[0], [1, 2, 3], [4, 5, 6], [7]]

    def test_so_many_batches_are_under_way_as_there_are_lanes(
        self, stand_in_line: Callable[[Any, int], None]
    ) -> None:
        """
        Both wait for each other; those who come meanwhile wait for either.
        """
        both, calls = Barrier(2), count(1)

        def work(asked: Sequence[int]) -> Sequence[int]:
            if next(calls) <= both.parties:
                stand_in_line(done, 3)
                both.wait(10)
            return asked

        done = Together(work, lanes=2, at_once=lambda: 2)
        with ThreadPoolExecutor(5) as pool:
            answers = list(pool.map(done.ask, range(5)))

        assert answers == list(range(5))
        assert done.ask(5) == 5

    def test_it_goes_on_after_trouble(self, slow: Any) -> None:
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
