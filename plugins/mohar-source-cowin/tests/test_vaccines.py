"""The value set of vaccines, as the source and everyone else reads it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from mohar.domain.record import Message
from mohar.domain.values import JsonObject
from mohar.domain.valueset import ValueSet
from mohar_source_cowin.source import CowinSource

CLASSES = {"XM1NL1", "XM9QW8", "XM5JC5", "XM6AT1", "XM0GQ8"}
ONE_MORE = """
  - code: samplevax
    name: SAMPLEVAX
    aliases: [Sample Vaccine]
    manufacturers: [Sample Makers]
    legacy_icd11: XM1NL1
    legacy_prophylaxis: COVID-19 vaccine, inactivated virus
    schedules:
      - {effective_from: "2021-01-01", doses: 2, interval_days: [28, 28]}
"""


@pytest.fixture(scope="module")
def vaccines(source: CowinSource) -> ValueSet:
    return source._vaccines


class TestVaccines:
    @pytest.mark.parametrize(
        ("name", "code"),
        [
            ("Covishield", "covishield"),
            ("covaxin", "covaxin"),
            ("Sputnik V", "sputnik-v"),
            ("Sputnik Light", "sputnik-light"),
            ("ZyCov-D", "zycov-d"),
            ("Covovax", "covovax"),
            ("Corbevax", "corbevax"),
            ("Gemcovac", "gemcovac-19"),
            ("gemcovac®-om", "gemcovac-om"),
            ("iNCOVACC", "incovacc"),
            ("Spike Vax", "moderna"),
            ("modema", "moderna"),
            ("Janssen", "janssen"),
            ("Pfizer", "comirnaty"),
            ("AstraZeneca", "vaxzevria"),
            ("Covilo", "sinopharm-bibp"),
            ("Sinovac", "coronavac"),
            ("Novavax", "nuvaxovid"),
            ("Convidecia", "convidecia"),
        ],
    )
    def test_each_is_found_by_the_names_it_came_under(
        self, vaccines: ValueSet, name: str, code: str
    ) -> None:
        found = vaccines.find(name)

        assert found is not None
        assert found.code == code

    def test_each_says_all_there_is_to_say(self, vaccines: ValueSet) -> None:
        for entry in vaccines.entries:
            assert set(entry.more) - {"exceptions"} == {
                "manufacturers",
                "icd11",
                "icd11_class",
                "prophylaxis",
                "legacy_icd11",
                "legacy_prophylaxis",
                "schedules",
                "eu",
                "cvx",
                "snomed",
                "authorised_from",
            }
            assert entry.more["icd11_class"] in CLASSES

    def test_schedules_are_dated_and_in_order(self, vaccines: ValueSet) -> None:
        for entry in vaccines.entries:
            periods: list[JsonObject] = entry.more["schedules"]
            days = [date.fromisoformat(period["effective_from"]) for period in periods]
            assert days == sorted(set(days))
            for period in periods:
                assert period["doses"] == 1 or sorted(period["interval_days"])

    def test_only_the_byte_compatible_janssen_replicates(self, vaccines: ValueSet) -> None:
        """DIVOC has its vector down as replicating; only what must repeat that may."""
        differing = {
            entry.code
            for entry in vaccines.entries
            if entry.more["legacy_icd11"] != entry.more["icd11_class"]
        }

        assert differing == {"janssen"}

    def test_a_vaccine_is_added_by_one_entry(
        self,
        tmp_path: Path,
        value_set_file: Path,
        open_source: Callable[..., CowinSource],
        message: JsonObject,
    ) -> None:
        extended = tmp_path / "vaccines.yaml"
        extended.write_text(value_set_file.read_text("utf-8") + ONE_MORE, "utf-8")
        message["vaccination"] |= {"name": "sample vaccine", "manufacturer": "Sample Makers"}

        [before] = open_source().read([Message(content=message)])
        [after] = open_source(extended).read([Message(content=message)])

        assert [each.code for each in before.findings] == ["unknown-vaccine"]
        assert after.findings == ()
        assert after.content["vaccination"]["vaccine_code"] == "samplevax"
