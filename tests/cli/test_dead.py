"""`mohar dead`: what led to no credential, without anything about anybody."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mohar.assembly.opening import open_store
from mohar.domain.findings import Finding

Mohar = Callable[..., Any]


@pytest.fixture
def folder(deployed: Callable[..., Path], mohar: Mohar, few: Path) -> Path:
    """A deployment whose two items were set aside."""
    folder = deployed()
    mohar("pause", "--deployment", folder, "--kind", "vaccination")
    mohar("issue", "--deployment", folder, few)
    mohar("resume", "--deployment", folder, "--kind", "vaccination")
    finding = Finding(code="tried-too-often", message="8 attempts failed, the last with `failed`")
    with open_store(folder) as store, store.begin() as work:
        numbers = [each.intake_id for each in work.intake.claim(10, 60, "w")]
        work.intake.release(numbers, trouble="failed: issuing broke with KeyError at a.b:7")
        work.intake.give_up(numbers, finding)
    return folder


def listed(mohar: Mohar, folder: Path, *more: str) -> list[str]:
    return [
        line.split()[0]
        for line in mohar("dead", "list", "--deployment", folder, *more).out.splitlines()
    ]


class TestDead:
    def test_what_was_set_aside_is_listed_with_its_code(self, mohar: Mohar, folder: Path) -> None:
        ran = mohar("dead", "list", "--deployment", folder)

        first, second = ran.out.splitlines()
        assert first.split()[1:3] == ["vaccination", "failed"]
        assert first.endswith("  tried-too-often")
        assert first != second
        assert len(listed(mohar, folder, "--limit", "1")) == 1
        assert listed(mohar, folder, "--kind", "diploma") == []

    def test_it_shows_why_how_often_and_when_and_nothing_of_what_was_sent(
        self, mohar: Mohar, folder: Path, few: Path
    ) -> None:
        first, second = listed(mohar, folder)

        ran = mohar("dead", "show", "--deployment", folder, first, second)

        lines = [line.split(maxsplit=1) for line in ran.out.splitlines()]
        assert [each[0] for each in lines[1:8]] == [
            "kind",
            "submission",
            "received",
            "settled",
            "attempts",
            "last",
            "reason",
        ]
        assert "failed: issuing broke with KeyError at a.b:7" in ran.out
        assert "reason      tried-too-often: 8 attempts failed" in ran.out
        for line in few.read_text(encoding="utf-8").splitlines():
            recipient = json.loads(line)["message"]["recipient"]
            assert recipient["name"] not in ran.out

    @pytest.mark.parametrize("chosen", ["items", "submission", "kind", "all"])
    def test_what_is_replayed_is_issued(self, mohar: Mohar, folder: Path, chosen: str) -> None:
        items = listed(mohar, folder)
        submission = items[0].rpartition("-")[0]
        named = {
            "items": items,
            "submission": ["--submission", submission],
            "kind": ["--kind", "vaccination"],
            "all": ["--all"],
        }

        replayed = mohar("dead", "replay", "--deployment", folder, *named[chosen])
        mohar("worker", "--deployment", folder, "--once")

        assert (replayed.status, replayed.out) == (0, "2 wait again\n")
        assert listed(mohar, folder) == []
        again = mohar("dead", "replay", "--deployment", folder, *items)
        assert (again.status, again.out) == (1, "0 wait again, 2 are not dead\n")

    def test_what_was_refused_is_found_by_its_submission(
        self, mohar: Mohar, folder: Path, mixed: Path
    ) -> None:
        mohar("issue", "--deployment", folder, mixed)
        with open_store(folder) as store, store.read() as work:
            submission = work.intake.find_submission(_latest(work))

        ran = mohar(
            "dead", "list", "--deployment", folder, "--submission", submission.submission_id
        )

        assert [line.split()[2] for line in ran.out.splitlines()] == ["refused"] * 4

    def test_what_is_not_dead_and_a_choice_of_nothing_are_told(
        self, mohar: Mohar, folder: Path
    ) -> None:
        shown = mohar("dead", "show", "--deployment", folder, "none-0")
        replayed = mohar("dead", "replay", "--deployment", folder)

        assert (shown.status, replayed.status) == (2, 2)
        assert "none-0: there is no such item, or it is not dead" in shown.err
        assert "name items, or one of --kind, --submission and --all" in replayed.err


def _latest(work: Any) -> str:
    connection = work.intake._unit.connection
    newest = "SELECT submission_id FROM submission ORDER BY received_at DESC LIMIT 1"
    number: str = connection.exec_driver_sql(newest).scalar_one()
    return number
