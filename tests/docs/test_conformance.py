"""The conformance page: made from what tests note, of every case, with a reason for every exception."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from mohar.testing.conformance import Collected, Conformance, Told, read_told

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "conformance.md"
FORMATS = {
    *("eu-dcc", "ddcc", "shc", "gdhcn", "data-integrity", "cose", "base45", "jcs"),
    *("rdf-canon", "json-ld", "vcdm1", "vcdm2", "did", "divoc"),
}


@pytest.fixture
def vectors() -> Path:
    folder = ROOT / os.environ.get("MOHAR_VECTORS", "../shared/vectors")
    if not folder.is_dir():
        pytest.skip("no third-party vectors here; set MOHAR_VECTORS to their folder")
    return folder


@pytest.fixture
def suites(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(ROOT / "tools")
    from reference_parts import suites

    return suites


@pytest.fixture
def listed(suites: Any) -> dict[str, list[Any]]:
    """Two cases, and empty suites beside."""
    source = suites.Source("github.com/maker/suite", "0123456789abcdef")
    made = [
        suites.Case(id=name, group="groups", files=[f"{name}.json"], source=source)
        for name in ("one", "two")
    ]
    return {name: made if name == "jcs" else [] for name in suites.SUITES}


class TestCommittedPage:
    """
    That it says what a run showed, the run itself tells when it ends: see `tests/conftest.py`.
    """

    def test_it_counts_every_case_of_every_suite(self, vectors: Path, suites: Any):
        rows = re.findall(
            r"^\| \[(.+)\]\(#.+\) \| (\d+) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE
        )
        listed = suites.cases(vectors)

        assert {suites.SUITES[name][0]: len(found) for name, found in listed.items()} == {
            title: int(count) for title, count in rows
        }

    def test_every_format_is_among_the_suites(self, suites: Any):
        assert suites.SUITES.keys() == FORMATS

    def test_no_file_of_a_suite_is_outside_its_cases(self, vectors: Path, suites: Any):
        """
        A case that no list names would never be missed.
        """
        for name, found in suites.cases(vectors).items():
            named = {file for case in found for file in case.files} | {"cases.json"}
            paths = (path for path in (vectors / name).rglob("*") if path.is_file())
            there = {path.relative_to(vectors / name).as_posix() for path in paths}

            assert {file for file in there - named if not file.startswith("shared/")} == set()


class TestPage:
    def test_an_exception_stands_with_its_reason_and_what_passed_does_not(
        self, suites: Any, listed: Any
    ):
        told = [Told("jcs", "one", "passed"), Told("jcs", "two", "failed", "a reason")]
        page = suites.page(listed, told)

        assert "| groups | 2 | 1 | 1 |  |" in page
        assert "| **all** | 2 | 1 | 1 |  |" in page
        assert "- a reason: `two`" in page
        assert "`one`" not in page
        assert "[maker/suite](https://github.com/maker/suite) at `0123456789`" in page

    def test_a_case_that_no_test_took_up_is_told_as_is_one_that_is_in_no_list(
        self, suites: Any, listed: Any
    ):
        told = [Told("jcs", "one", "passed"), Told("jcs", "three", "passed")]

        assert suites.not_run(listed, told) == ["jcs: three", "jcs: two"]

    def test_the_tool_writes_nothing_where_a_case_was_not_run(self, vectors: Path, tmp_path: Path):
        file = tmp_path / "told.json"
        file.write_text("[]")
        before = PAGE.read_bytes()
        ran = subprocess.run(
            [sys.executable, ROOT / "tools" / "conformance.py", "--from", file],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "MOHAR_VECTORS": str(vectors)},
        )

        assert ran.returncode == 1
        assert "run by no test" in ran.stderr
        assert before == PAGE.read_bytes()

    def test_the_tool_is_content_where_there_are_no_suites(self, tmp_path: Path):
        ran = subprocess.run(
            [sys.executable, ROOT / "tools" / "conformance.py", "--check"],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "MOHAR_VECTORS": str(tmp_path / "gone")},
        )

        assert ran.returncode == 0
        assert "not here" in ran.stdout


class TestNotes:
    def test_of_what_is_noted_twice_the_worst_is_told(self):
        notes: list[tuple[str, object]] = []
        noting = Conformance(notes)
        noting.failed("jcs", "one", "a reason")
        noting.all_passed("jcs", ["one", "two"])
        noting.not_applicable("jcs", "two", "another")
        noting.all_passed("jcs", ["three", "four"], but={"four": "a third"})
        collected = Collected()
        collected.add(notes)

        assert [(each.case, each.outcome, each.reason) for each in collected.told] == [
            ("four", "failed", "a third"),
            ("one", "failed", "a reason"),
            ("three", "passed", ""),
            ("two", "not-applicable", "another"),
        ]

    def test_of_two_reasons_the_fuller_is_told_whichever_test_came_first(self):
        reasons = ["a reason", "a fuller reason"]
        told = []
        for order in (reasons, reversed(reasons)):
            collected = Collected()
            for reason in order:
                notes: list[tuple[str, object]] = []
                Conformance(notes).failed("jcs", "one", reason)
                collected.add(notes)
            told.append(collected.told)

        assert told == [[Told("jcs", "one", "failed", "a fuller reason")]] * 2

    @pytest.mark.parametrize("more", [(), ("-n", "1")])
    def test_a_run_writes_what_the_tests_that_passed_noted(self, tmp_path: Path, more: Any):
        (tmp_path / "test_cases.py").write_text(
            "def test_right(mohar_conformance):\n"
            "    mohar_conformance.passed('jcs', 'one')\n"
            "def test_wrong(mohar_conformance):\n"
            "    mohar_conformance.passed('jcs', 'two')\n"
            "    assert False\n"
            "def test_other():\n"
            "    assert False\n"
        )
        file = tmp_path / "made" / "told.json"
        ran = subprocess.run(
            [
                *(sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *more),
                *("-m", "mohar_vectors", f"--mohar-conformance={file}", f"--rootdir={tmp_path}"),
                tmp_path,
            ],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
        )

        assert "1 failed, 1 passed" in ran.stdout
        assert read_told(file) == [Told("jcs", "one", "passed")]
