"""`mohar qr`: how large codes are, before anybody prints one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mohar.codec.qr import LEAST_MODULE_MM, QUIET_ZONE

Mohar = Callable[..., Any]


@pytest.fixture
def school(deployed: Callable[..., Path]) -> Path:
    return deployed("school", keys=False)


def say(folder: Path, before: str, after: str) -> None:
    file = folder / "deployment.yaml"
    text = file.read_text("utf-8")
    assert before in text
    file.write_text(text.replace(before, after), encoding="utf-8")


def codes(ran: Any) -> dict[str, dict[str, Any]]:
    return {each["carrier"]: each for each in json.loads(ran.out)["codes"]}


class TestReport:
    def test_every_carrier_is_measured(self, mohar: Mohar, school: Path) -> None:
        ran = mohar("qr", "report", school, "--json")

        found = codes(ran)
        assert ran.status == 0
        assert set(found) == {"packed", "zip"}
        for code in found.values():
            width = code["modules"] + 2 * QUIET_ZONE
            assert code["modules"] == 17 + 4 * code["version"]
            assert code["least_mm"] == pytest.approx(width * LEAST_MODULE_MM, abs=0.01)

    def test_the_printed_one_is_told_with_its_size_on_the_page(
        self, mohar: Mohar, school: Path
    ) -> None:
        drawn, printed = codes(mohar("qr", "report", school, "--json"))["packed"]["prints"]

        assert (printed["rendering"], printed["mm"]) == ("certificate", 55)
        assert printed["module_mm"] >= LEAST_MODULE_MM
        assert (drawn["rendering"], drawn["mm"]) == ("qr", None)

    def test_the_compact_code_is_smaller_by_a_third(self, mohar: Mohar, school: Path) -> None:
        found = codes(mohar("qr", "report", school, "--json"))

        assert found["packed"]["modules"] ** 2 < 0.7 * found["zip"]["modules"] ** 2

    def test_a_table_is_printed_for_people(self, mohar: Mohar, school: Path) -> None:
        ran = mohar("qr", "report", school)

        assert ran.out.splitlines()[0].split()[:3] == ["body", "carrier", "sample"]
        assert "certificate 55 mm, module 0." in ran.out
        assert "what is longer than these is larger" in ran.out

    def test_a_code_too_fine_for_paper_ends_with_1(self, mohar: Mohar, school: Path) -> None:
        say(school, "{name: qr, uses: qr-png}", "{name: qr, uses: qr-png, settings: {mm: 20}}")

        ran = mohar("qr", "report", school)

        assert ran.status == 1
        assert "qr 20 mm, module 0.2" in ran.out
        assert "TOO FINE" in ran.out

    def test_a_kind_that_is_not_there_is_told_with_those_that_are(
        self, mohar: Mohar, school: Path
    ) -> None:
        ran = mohar("qr", "report", school, "--kind", "poster")

        assert (ran.status, "there are school-leaving" in ran.err) == (2, True)


class TestDictionary:
    def test_it_is_written_as_the_type_is_now(self, mohar: Mohar, school: Path) -> None:
        kept = school.parents[1] / "schemas/education/school-leaving-1/dictionaries/1.txt"

        ran = mohar("qr", "dictionary", school, "--kind", "school-leaving", "--body", "certificate")

        assert (ran.status, ran.out) == (0, kept.read_text("utf-8"))

    def test_a_body_that_is_not_there_is_told(self, mohar: Mohar, school: Path) -> None:
        ran = mohar("qr", "dictionary", school, "--kind", "school-leaving", "--body", "none")

        assert (ran.status, "school-leaving/certificate" in ran.err) == (2, True)
