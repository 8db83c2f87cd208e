"""`mohar reconcile`: told without values, approved by one, done by another."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Mohar = Callable[..., Any]


@pytest.fixture
def corrected(few: Path, tmp_path: Path) -> Path:
    """The two records, the first with another batch and a maker in capitals."""
    lines = [json.loads(line) for line in few.read_text("utf-8").splitlines()]
    vaccination = lines[0]["message"]["vaccination"]
    vaccination["batch"] = "=MARKED"
    vaccination["manufacturer"] = vaccination["manufacturer"].upper()
    path = tmp_path / "corrected.jsonl"
    path.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    return path


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "rules.yaml"
    path.write_text(
        "fields:\n  - {path: vaccination.batch}\n"
        "  - {path: vaccination.manufacturer, compare: [letters]}\n",
        encoding="utf-8",
    )
    return path


@pytest.fixture
def command(
    mohar: Mohar,
    deployed: Callable[..., Path],
    few: Path,
    corrected: Path,
    rules: Path,
    tmp_path: Path,
) -> Mohar:
    """Return a function that runs the command, with two credentials issued."""
    folder = deployed()
    assert mohar("db", "upgrade", folder).status == 0
    issued = mohar("issue", "--deployment", folder, few, "--out", tmp_path / "issued")
    assert issued.status == 0, issued

    def run(*more: object) -> Any:
        return mohar(
            "reconcile", "--deployment", folder, "--kind", "vaccination", "--rules", rules,
            corrected, *more,
        )  # fmt: skip

    return run


def digest(told: str) -> str:
    found = re.search(r"digest of this plan: ([0-9a-f]{64})", told)
    assert found
    return found[1]


def test_it_is_planned_approved_and_done_and_then_there_is_nothing_left(
    command: Mohar, tmp_path: Path
) -> None:
    out, values = tmp_path / "out.csv", tmp_path / "values.csv"

    dry = command("--dry-run", "--out", out)
    shown = command("--out", values, "--show-values")
    plan = digest(dry.out)
    approved = command("--approve", plan, "--by", "Mina")
    same = command("--apply", plan, "--by", "Mina", "--reason", "letter")
    done = command("--apply", plan, "--by", "Ravi", "--reason", "letter")
    again = command("--apply", plan, "--by", "Ravi", "--reason", "letter")

    assert [each.status for each in (dry, shown, approved, same, done, again)] == [1, 1, 0, 2, 0, 0]
    assert "1 differs, 1 unchanged" in dry.out
    assert "1 corrected, 1 unchanged" in done.out
    assert "2 unchanged" in again.out
    assert "MARKED" not in dry.out + shown.out + done.out + out.read_text("utf-8")
    (row,) = csv.DictReader(values.read_text("utf-8").splitlines())
    assert (row["field"], row["after"]) == ("vaccination.batch", "'=MARKED")
    assert values.stat().st_mode & 0o777 == 0o600


def test_what_cannot_be_done_is_said_in_one_line(command: Mohar) -> None:
    told = [
        command(*more.split())
        for more in (
            "--show-values",
            "--approve 00",
            "--approve 00 --by Mina",
            "--apply 00 --by Ravi",
            "--apply 00 --by Ravi --reason letter",
        )
    ]

    assert {each.status for each in told} == {2}
    assert {len(each.err.strip().splitlines()) for each in told} == {1}
