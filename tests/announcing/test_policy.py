from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from mohar.announcing import RelayPolicy, next_try

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ATTEMPTS = st.integers(min_value=1, max_value=10_000)
POLICIES = st.builds(
    RelayPolicy,
    first_wait_seconds=st.floats(0.01, 60),
    longest_wait_seconds=st.floats(60, 86_400),
)


class TestNextTry:
    def test_the_wait_doubles(self) -> None:
        waits = [next_try(attempt, NOW) - NOW for attempt in (1, 2, 3)]

        assert waits == [timedelta(seconds=seconds) for seconds in (4, 8, 16)]

    @settings(deadline=None)
    @given(ATTEMPTS, POLICIES)
    def test_it_is_later_than_now_and_no_later_than_the_longest_wait(
        self, attempt: int, policy: RelayPolicy
    ) -> None:
        again_at = next_try(attempt, NOW, policy)

        assert NOW < again_at <= NOW + timedelta(seconds=policy.longest_wait_seconds)

    @settings(deadline=None)
    @given(ATTEMPTS, POLICIES)
    def test_a_further_failure_never_shortens_the_wait(
        self, attempt: int, policy: RelayPolicy
    ) -> None:
        assert next_try(attempt, NOW, policy) <= next_try(attempt + 1, NOW, policy)
