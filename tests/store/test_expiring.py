"""What is put aside for a while is found until it ends, and by nobody who only sees the database."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mohar.store import Store
from mohar.store.expiring_tables import expiring
from mohar.testing.stores import StandingClock

MINUTE = timedelta(minutes=1)


@pytest.fixture
def store(opened: Callable[[], Store]) -> Store:
    return opened()


class TestValues:
    def test_a_value_is_there_until_its_time_is_over(
        self, store: Store, clock: StandingClock
    ) -> None:
        with store.begin() as work:
            work.expiring.put("door:a", "key", b"value", MINUTE)
        with store.read() as work:
            before = work.expiring.get("door:a", "key")
        clock.move(60)
        with store.read() as work:
            after = work.expiring.get("door:a", "key")

        assert (before, after) == (b"value", None)

    def test_a_later_value_takes_the_place_of_an_earlier_one(self, store: Store) -> None:
        with store.begin() as work:
            work.expiring.put("door:a", "key", b"first", MINUTE)
            work.expiring.put("door:a", "key", b"second", MINUTE)

            assert work.expiring.get("door:a", "key") == b"second"

    def test_the_same_key_of_another_namespace_is_another_key(self, store: Store) -> None:
        with store.begin() as work:
            work.expiring.put("door:a", "key", b"value", MINUTE)

            assert work.expiring.get("door:b", "key") is None

    def test_only_the_first_of_two_is_added_until_it_is_over(
        self, store: Store, clock: StandingClock
    ) -> None:
        with store.begin() as work:
            first = work.expiring.add("door:a", "txn", b"1", MINUTE)
            second = work.expiring.add("door:a", "txn", b"2", MINUTE)
        clock.move(60)
        with store.begin() as work:
            third = work.expiring.add("door:a", "txn", b"3", MINUTE)
            kept = work.expiring.get("door:a", "txn")

        assert (first, second, third, kept) == (True, False, True, b"3")

    def test_a_value_is_taken_once(self, store: Store) -> None:
        with store.begin() as work:
            work.expiring.put("door:a", "key", b"value", MINUTE)
            taken = [work.expiring.take("door:a", "key") for _ in range(2)]

        assert taken == [b"value", None]

    def test_one_of_many_callers_takes_a_value(self, store: Store) -> None:
        with store.begin() as work:
            work.expiring.put("door:a", "key", b"value", MINUTE)

        def take(_: int) -> bytes | None:
            with store.begin() as work:
                return work.expiring.take("door:a", "key")

        with ThreadPoolExecutor(8) as pool:
            taken = list(pool.map(take, range(16)))

        assert taken.count(b"value") == 1

    def test_what_is_removed_is_gone(self, store: Store) -> None:
        with store.begin() as work:
            work.expiring.put("door:a", "key", b"value", MINUTE)
            work.expiring.remove("door:a", "key")

            assert work.expiring.get("door:a", "key") is None

    def test_neither_key_nor_value_stands_in_the_database(self, store: Store) -> None:
        with store.begin() as work:
            work.expiring.put("door:a", "9876543210", b"123456", MINUTE)
            (row,) = work.expiring._unit.connection.execute(sa.select(expiring)).all()

        assert b"9876543210" not in row.key_hash + row.content
        assert b"123456" not in row.content

    @given(key=st.text(max_size=40), value=st.binary(max_size=200))
    @settings(
        max_examples=25,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    def test_any_value_comes_back_under_any_key(self, store: Store, key: str, value: bytes) -> None:
        with store.begin() as work:
            work.expiring.put("door:a", key, value, MINUTE)

            assert work.expiring.take("door:a", key) == value


class TestCounts:
    def test_a_count_begins_anew_a_lifetime_after_its_first_addition(
        self, store: Store, clock: StandingClock
    ) -> None:
        totals = []
        for _ in range(4):
            with store.begin() as work:
                totals.append(work.expiring.count("door:a", "key", MINUTE))
            clock.move(30)

        assert totals == [1, 2, 1, 2]

    def test_an_amount_of_nothing_only_looks(self, store: Store) -> None:
        with store.begin() as work:
            unknown = work.expiring.count("door:a", "key", MINUTE, 0)
            work.expiring.count("door:a", "key", MINUTE, 5)

            assert (unknown, work.expiring.count("door:a", "key", MINUTE, 0)) == (0, 5)

    def test_no_addition_of_many_at_once_is_lost(self, store: Store) -> None:
        def add(_: int) -> int:
            with store.begin() as work:
                return work.expiring.count("door:a", "key", MINUTE)

        with ThreadPoolExecutor(8) as pool:
            totals = list(pool.map(add, range(24)))

        assert sorted(totals) == list(range(1, 25))


class TestSweeping:
    def test_only_what_is_over_is_swept_and_no_more_than_asked(
        self, store: Store, clock: StandingClock
    ) -> None:
        with store.begin() as work:
            for number in range(3):
                work.expiring.put("door:a", str(number), b"", MINUTE)
            work.expiring.put("door:a", "later", b"", 3 * MINUTE)
        clock.move(60)
        with store.begin() as work:
            swept = [work.expiring.sweep(2) for _ in range(3)]
            left = work.expiring.get("door:a", "later")

        assert (swept, left) == ([2, 1, 0], b"")
