"""Quotas hold for all processes together, and a restart gives nothing more."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mohar.access.quota import Quota, block_of, granted, windows
from mohar.assembly.house import House
from mohar.config.access import Quotas
from mohar.domain.errors import TooManyRequests

NOW = datetime(2026, 3, 1, 20, 0, tzinfo=UTC)


def used(quota: Quota, actor_id: str, quotas: Quotas, most: int) -> int:
    for count in range(most):
        try:
            quota.must_have_left(actor_id, quotas)
        except TooManyRequests:
            return count
    return most


class TestQuota:
    @pytest.mark.parametrize("limit", [1, 7, 120])
    def test_two_processes_and_a_restart_get_no_more_than_it(
        self, house: House, limit: int
    ) -> None:
        quotas, name = Quotas(per_day=limit), f"apikey:{limit}"
        processes = [Quota(house.store, house.clock, "Asia/Kolkata") for _ in range(2)]

        counts = [used(each, name, quotas, limit // 2) for each in processes]
        counts.append(used(Quota(house.store, house.clock, "Asia/Kolkata"), name, quotas, 500))

        assert limit - 3 * block_of(limit) <= sum(counts) <= limit

    def test_without_a_quota_nothing_is_counted(self, house: House) -> None:
        assert used(Quota(house.store, house.clock, "Etc/UTC"), "x", Quotas(), 300) == 300

    def test_a_day_begins_at_midnight_of_the_deployment(self) -> None:
        minute, day = windows(Quotas(per_minute=1, per_day=1), NOW, ZoneInfo("Asia/Kolkata"))

        assert minute.ends_at == datetime(2026, 3, 1, 20, 1, tzinfo=UTC)
        assert day.ends_at == datetime(2026, 3, 2, 18, 30, tzinfo=UTC)

    @given(st.integers(1, 10_000), st.integers(1, 300))
    @settings(deadline=None, max_examples=50)
    def test_blocks_never_add_up_to_more_than_the_limit(self, limit: int, blocks: int) -> None:
        block = block_of(limit)

        given_out = sum(granted(number * block, block, limit) for number in range(1, blocks + 1))

        assert given_out == min(limit, blocks * block)
