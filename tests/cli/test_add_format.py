"""`mohar add-format`: a credential issued before gets the form that a border wants."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
Deployed = Callable[..., Path]


@pytest.fixture
def folder(deployed: Deployed) -> Path:
    return deployed()


@pytest.fixture
def numbers(mohar: Run, folder: Path, samples: Path, tmp_path: Path) -> list[str]:
    """Credentials for use at home: one whose record has a name in Latin letters, one without."""
    records = [json.loads(line) for line in samples.read_bytes().splitlines()]
    without = next(each for each in records if each["expect"] == "partly")
    file, out = tmp_path / "two.json", tmp_path / "issued"
    file.write_text(json.dumps([records[0], without]))
    mohar("issue", "--deployment", folder, "--formats", "domestic", "--out", out, file)
    lines = (out / "report.jsonl").read_bytes().splitlines()
    return [json.loads(line)["credential_id"] for line in lines]


@pytest.fixture
def add(mohar: Run, folder: Path) -> Run:
    """Return a function that adds formats to a credential."""

    def run(number: str, formats: str, *more: object) -> Any:
        given = ["--deployment", folder, "--credential", number, "--formats", formats]
        return mohar("add-format", *given, *more)

    return run


class TestStatus:
    def test_0_when_what_was_asked_for_is_there_and_again(
        self, add: Run, numbers: list[str]
    ) -> None:
        first, again = (add(numbers[0], "eu,domestic") for _ in range(2))

        assert (first.status, first.out) == (0, "domestic: there\neu: there\n")
        assert again == first

    def test_1_when_some_are_refused_and_each_finding_is_told(
        self, add: Run, numbers: list[str]
    ) -> None:
        ran = add(numbers[1], "domestic,eu")

        assert ran.status == 1
        assert ran.out.startswith("domestic: there\neu: refused\n  error latin-name-missing at eu ")

    @pytest.mark.parametrize(
        ("formats", "told"),
        [
            ("international", "international can only be issued together with the record"),
            ("dcc", "no body or format of vaccination is named at place 1"),
            (",", "name the formats to add, at least one"),
        ],
    )
    def test_2_when_it_could_not(
        self, add: Run, numbers: list[str], formats: str, told: str
    ) -> None:
        ran = add(numbers[0], formats)

        assert ran.status == 2
        assert told in ran.err

    def test_1_when_none_can_be_made_and_why(self, add: Run, numbers: list[str]) -> None:
        ran = add(numbers[1], "eu")

        assert (ran.status, ran.err) == (1, "")
        assert ran.out.startswith("none of them can be made from the record of this credential\n")
        assert "\n  error latin-name-missing at eu " in ran.out

    def test_2_for_a_number_that_is_none(self, add: Run, numbers: list[str]) -> None:
        ran = add(f"{numbers[0]}0", "eu")

        assert (ran.status, ran.err) == (
            2,
            "mohar: there is no such credential for this caller\n",
        )


class TestOut:
    def test_what_is_there_now_is_written(
        self, add: Run, mohar: Run, folder: Path, numbers: list[str], tmp_path: Path
    ) -> None:
        """And a verifier takes it, from its picture, too."""
        out = tmp_path / "added"

        add(numbers[0], "eu", "--out", out, "--write", "json,png")

        names = sorted(path.name for path in out.iterdir())
        assert names == [f"{numbers[0]}.eu.qr.png", f"{numbers[0]}.eu.txt"]
        ran = mohar("verify", "--deployment", folder, *sorted(out.iterdir()))
        assert ran.status == 0
