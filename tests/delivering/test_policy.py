from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mohar.delivering.policy import (
    LONGEST_ASKED_SECONDS,
    LONGEST_REST_SECONDS,
    DeliveryPolicy,
    next_try,
    rest_seconds,
)

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
POLICY = DeliveryPolicy(first_seconds=4, longest_seconds=60)


def wait(attempt: int, luck: float = 0.0, asked: float | None = None) -> float:
    return (next_try(attempt, NOON, POLICY, luck, asked) - NOON).total_seconds()


class TestNextTry:
    @pytest.mark.parametrize(("attempt", "seconds"), [(1, 4), (2, 8), (3, 16), (5, 60), (99, 60)])
    def test_it_doubles_up_to_the_cap(self, attempt: int, seconds: float) -> None:
        assert wait(attempt) == seconds

    def test_luck_takes_up_to_half_of_it_away(self) -> None:
        assert (wait(2, 1.0), wait(2, 0.5)) == (4, 6)

    def test_what_the_other_side_asks_for_is_honoured(self) -> None:
        assert wait(1, 0.0, 120) == 120

    def test_an_earlier_moment_than_ours_is_not_taken(self) -> None:
        assert wait(3, 0.0, 1) == 16

    def test_nobody_can_ask_for_more_than_a_day(self) -> None:
        assert wait(1, 0.0, 1e9) == LONGEST_ASKED_SECONDS

    @settings(deadline=None, max_examples=100)
    @given(
        attempt=st.integers(0, 10**6),
        luck=st.floats(0, 1),
        asked=st.none() | st.floats(0, 1e12),
    )
    def test_it_is_never_before_now_and_never_after_a_day(
        self, attempt: int, luck: float, asked: float | None
    ) -> None:
        due = next_try(attempt, NOON, POLICY, luck, asked)

        assert NOON < due <= NOON + timedelta(days=1)


class TestRest:
    @pytest.mark.parametrize(
        ("asked", "is_stuck", "seconds"),
        [
            ([], False, 0),
            ([None], False, 0),
            ([None], True, 4),
            ([None, 30.0], False, 30),
            ([1e9], True, LONGEST_REST_SECONDS),
        ],
    )
    def test_a_channel_rests_where_it_is_stuck_or_asks_to(
        self, asked: list[float | None], *, is_stuck: bool, seconds: float
    ) -> None:
        assert rest_seconds(asked, POLICY, is_stuck=is_stuck) == seconds
