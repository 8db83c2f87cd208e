"""Whoever asks for many things and finds few is slowed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mohar.access.watch import EVENT, Tally, Watch, is_suspicious, wait_seconds
from mohar.assembly.house import House
from mohar.config.access import Alarm
from mohar.domain.errors import TooManyRequests

ALARM = Alarm(distinct=5, within_seconds=60, hit_share=0.5, first_seconds=1, longest_seconds=30)
counts = st.integers(0, 500)


class Seconds:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def watch(house: House, seconds: Seconds) -> Watch:
    return Watch(
        ALARM, store=house.store, telemetry=house.telemetry, clock=house.clock, seconds=seconds
    )


class TestDecision:
    @given(counts, counts)
    @settings(deadline=None, max_examples=50)
    def test_only_many_questions_with_few_answers_are_suspicious(
        self, asked: int, found: int
    ) -> None:
        judged = is_suspicious(Tally(asked=asked, found=found), ALARM)

        assert judged == (asked >= 5 and found < asked / 2)

    @given(st.integers(0, 10_000))
    @settings(deadline=None, max_examples=50)
    def test_the_wait_grows_and_ends_at_the_longest(self, strikes: int) -> None:
        assert wait_seconds(strikes, ALARM) <= wait_seconds(strikes + 1, ALARM) <= 30


class TestWatch:
    def test_trying_numbers_out_is_slowed_reported_and_forgiven(
        self, watch: Watch, seconds: Seconds
    ) -> None:
        for number in range(5):
            watch.must_not_be_slowed("apikey:a")
            watch.saw("apikey:a", str(number), hit=False)

        with pytest.raises(TooManyRequests):
            watch.must_not_be_slowed("apikey:a")
        assert watch.state() == "ok, slows 1 callers"
        watch.must_not_be_slowed("apikey:b")
        seconds.now += 1.1
        watch.must_not_be_slowed("apikey:a")
        assert watch.state() == "ok"

    def test_the_same_miss_again_and_again_is_no_enumeration(self, watch: Watch) -> None:
        for _ in range(100):
            watch.saw("apikey:a", "1", hit=False)

        watch.must_not_be_slowed("apikey:a")

    def test_at_a_door_each_client_is_a_caller_of_its_own(self, watch: Watch) -> None:
        for number in range(9):
            watch.saw("door:d", str(number), hit=False)
            watch.saw("door:d", str(number), hit=False, client="192.0.2.1")

        watch.must_not_be_slowed("door:d")
        watch.must_not_be_slowed("door:d", "192.0.2.2")
        with pytest.raises(TooManyRequests):
            watch.must_not_be_slowed("door:d", "192.0.2.1")

    def test_the_name_of_the_event_is_a_promise(self) -> None:
        assert EVENT == "access.enumeration"
