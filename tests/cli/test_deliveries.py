"""`mohar deliveries`: what channels were told, without anything about anybody."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mohar.assembly.opening import open_store
from mohar.domain.delivery import Told
from mohar.store.delivery_rows import Attempted, NewDelivery

Mohar = Callable[..., Any]
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MARKED = "Marked Person 9876543210"


@pytest.fixture
def folder(deployed: Callable[..., Path]) -> Path:
    """A deployment with one delivery that is dead, and one that waits."""
    folder = deployed()
    with open_store(folder) as store, store.begin() as work:
        work.deliveries.add(
            [
                NewDelivery(
                    delivery_id=number,
                    channel=channel,
                    event="issued",
                    kind="vaccination",
                    occurred_at=NOON,
                    submission_id="s1",
                    position=0,
                    credential_id="10000000001",
                    told=Told(fields={"name": MARKED}),
                )
                for number, channel in (("d1", "partner"), ("d2", "other"))
            ]
        )
        work.deliveries.settle(
            [
                Attempted(
                    delivery_id="d1",
                    number=24,
                    result="retry",
                    state="dead",
                    detail="http 503",
                    due_at=NOON,
                )
            ]
        )
    return folder


def listed(mohar: Mohar, folder: Path, *more: str) -> list[str]:
    ran = mohar("deliveries", "list", "--deployment", folder, *more)
    return [line.split()[0] for line in ran.out.splitlines()]


class TestDeliveries:
    def test_they_are_listed_by_state_channel_and_submission(
        self, mohar: Mohar, folder: Path
    ) -> None:
        ran = mohar("deliveries", "list", "--deployment", folder, "--state", "dead")

        assert ran.out == "d1  partner  issued  dead  2026-03-01T12:00:00Z  http 503\n"
        assert listed(mohar, folder) == ["d1", "d2"]
        assert listed(mohar, folder, "--channel", "other") == ["d2"]
        assert listed(mohar, folder, "--submission", "s2") == []
        assert listed(mohar, folder, "--limit", "1") == ["d1"]

    def test_one_is_shown_with_every_attempt_and_nothing_of_what_it_says(
        self, mohar: Mohar, folder: Path
    ) -> None:
        ran = mohar("deliveries", "show", "--deployment", folder, "d1", "d2")

        assert "d1: dead\n" in ran.out
        assert "retry http 503\n" in ran.out
        assert "  due         " in ran.out
        assert MARKED not in ran.out

    def test_one_that_is_not_there_is_told(self, mohar: Mohar, folder: Path) -> None:
        ran = mohar("deliveries", "show", "--deployment", folder, "d3")

        assert ran.status == 2
        assert "there is no such delivery; see `mohar deliveries list`" in ran.err

    def test_what_is_dead_is_told_again(self, mohar: Mohar, folder: Path) -> None:
        ran = mohar("deliveries", "redeliver", "--deployment", folder, "d1")

        assert (ran.status, ran.out) == (0, "1 are due now\n")
        assert listed(mohar, folder, "--state", "waiting") == ["d1", "d2"]

    def test_all_that_is_dead_of_a_channel_is_told_again(self, mohar: Mohar, folder: Path) -> None:
        again = ["deliveries", "redeliver", "--deployment", folder, "--dead", "--channel"]

        assert mohar(*again, "other").out == "0 are due now\n"
        assert mohar(*again, "partner").out == "1 are due now\n"

    def test_what_waits_already_is_told(self, mohar: Mohar, folder: Path) -> None:
        ran = mohar("deliveries", "redeliver", "--deployment", folder, "d2", "d3")

        assert (ran.status, ran.out) == (1, "0 are due now, 2 wait already or are not there\n")

    @pytest.mark.parametrize("more", [[], ["d1", "--dead"], ["d1", "--channel", "partner"]])
    def test_it_wants_to_know_which(self, mohar: Mohar, folder: Path, more: list[str]) -> None:
        ran = mohar("deliveries", "redeliver", "--deployment", folder, *more)

        assert ran.status == 2
