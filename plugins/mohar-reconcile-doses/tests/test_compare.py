"""DIVOC's rule, dose by dose, on records as the source of Co-WIN keeps them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mohar.domain.reconciling import Comparison, Earlier
from mohar.domain.record import Record
from mohar_reconcile_doses import mohar_reconcile

FIRST = {
    "dose": 1,
    "vaccine_name": "COVISHIELD",
    "vaccine_code": "covishield",
    "manufacturer": "Serum Institute of India",
    "batch": "SAMPLE1",
    "date": "2021-03-03T18:00:00Z",
    "date_local": "2021-03-03",
}


def issued(number: str = "11", **more: Any) -> Earlier:
    return Earlier(
        credential_id=number,
        issued_at=datetime(2021, 4, 1, tzinfo=UTC),
        record=Record(content={"vaccination": FIRST | more}),
    )


def later(*said: dict[str, Any], dose: int = 2) -> Record:
    own = {"dose": dose, "date_local": "2021-06-10"}
    return Record(content={"vaccination": own, "meta": {"vaccinations": list(said)}})


def entry(**more: Any) -> dict[str, Any]:
    changed = FIRST | more
    return {name: value for name, value in changed.items() if value is not None}


def compared(record: Record, *earlier: Earlier) -> list[Comparison]:
    (answer,) = mohar_reconcile([record], [earlier])
    return list(answer)


def changes(*said: dict[str, Any]) -> dict[str, Any]:
    (comparison,) = compared(later(*said), issued())
    return comparison.changes


class TestWhatDiffers:
    @pytest.mark.parametrize(
        ("said", "changed"),
        [
            ({"batch": "SAMPLE2"}, {"vaccination.batch": "SAMPLE2"}),
            ({"manufacturer": "Dr. Reddy's"}, {"vaccination.manufacturer": "Dr. Reddy's"}),
            (
                {"date": "2021-03-04T18:00:00Z", "date_local": "2021-03-04"},
                {"vaccination.date": "2021-03-04T18:00:00Z"},
            ),
            (
                {"vaccine_name": "COVAXIN", "vaccine_code": "covaxin", "manufacturer": "Bharat"},
                {"vaccination.vaccine_name": "COVAXIN", "vaccination.manufacturer": "Bharat"},
            ),
        ],
    )
    def test_what_a_later_dose_says_otherwise_is_changed_and_nothing_else(
        self, said: dict[str, Any], changed: dict[str, Any]
    ):
        assert changes(entry(**said)) == changed

    @pytest.mark.parametrize(
        "said",
        [
            {},
            {"batch": " sample-1 "},
            {"manufacturer": "SERUM INSTITUTE  of India."},
            {"vaccine_name": "Covishield (ChAdOx1 nCoV-19)"},
            {"date": "2021-03-03T06:30:00+05:30"},
        ],
    )
    def test_another_way_to_write_the_same_is_no_difference(self, said: dict[str, Any]):
        (comparison,) = compared(later(entry(**said)), issued())

        assert (comparison.changes, comparison.findings) == ({}, ())

    def test_each_dose_has_one_answer_of_its_own(self):
        said = [entry(batch="B1"), entry(dose=2, batch="B2")]

        answers = compared(later(*said, dose=3), issued(), issued("22", dose=2, batch="B2"))

        told = {each.credential_id: each.changes for each in answers}
        assert told == {"11": {"vaccination.batch": "B1"}, "22": {}}


class TestWhatIsUnknown:
    @pytest.mark.parametrize("batch", [None, "", " ", "NA", "n/a", "-", "Not Available", "unknown"])
    def test_an_unknown_batch_takes_the_place_of_none(self, batch: str | None):
        assert changes(entry(batch=batch)) == {}

    @pytest.mark.parametrize(
        ("date", "local", "code"),
        [
            (None, None, "unknown-date"),
            ("yesterday", None, "unknown-date"),
            ("1970-01-01", "1970-01-01", "implausible-date"),
            ("2021-06-11", "2021-06-11", "implausible-date"),
        ],
    )
    def test_an_unknown_date_never_becomes_an_update(
        self, date: str | None, local: str | None, code: str
    ):
        said = entry(date=date, date_local=local, batch="SAMPLE2")

        (comparison,) = compared(later(said), issued())

        assert comparison.changes == {"vaccination.batch": "SAMPLE2"}
        assert [each.code for each in comparison.findings] == [code]

    def test_a_vaccine_that_nobody_knows_takes_the_place_of_none(self):
        said = entry(vaccine_name="NOSUCH", vaccine_code=None)

        (comparison,) = compared(later(said), issued())

        assert comparison.changes == {}
        assert [each.code for each in comparison.findings] == ["unknown-vaccine"]

    def test_another_vaccine_does_not_keep_the_maker_of_the_first(self):
        said = entry(vaccine_name="COVAXIN", vaccine_code="covaxin", manufacturer=None)

        (comparison,) = compared(later(said), issued())

        assert comparison.changes == {}
        assert [each.code for each in comparison.findings] == ["maker-missing"]

    def test_two_entries_that_disagree_say_nothing(self):
        (comparison,) = compared(later(entry(batch="B1"), entry(batch="B2")), issued())

        assert comparison.changes == {}
        assert [each.code for each in comparison.findings] == ["entries-disagree"]

    def test_what_was_unknown_when_it_was_issued_is_filled_in(self):
        (comparison,) = compared(later(entry()), issued(batch=None))

        assert comparison.changes == {"vaccination.batch": "SAMPLE1"}


class TestWhatIsSkipped:
    @pytest.mark.parametrize("dose", [0, -1, 2, 3, None, True, "1"])
    def test_only_doses_before_its_own_are_compared(self, dose: Any):
        assert compared(later(entry(dose=dose, batch="B9")), issued(), issued("22", dose=2)) == []

    def test_a_dose_that_was_not_issued_is_not_compared(self):
        assert compared(later(entry(dose=1, batch="B9"), dose=3), issued("22", dose=2)) == []

    @pytest.mark.parametrize("meta", [None, {}, {"vaccinations": None}, {"vaccinations": "x"}])
    def test_a_record_that_names_no_earlier_dose_says_nothing(self, meta: Any):
        record = Record(content={"vaccination": {"dose": 2}, "meta": meta})

        assert compared(record, issued()) == []


@settings(max_examples=40, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["vaccine_name", "vaccine_code", "manufacturer", "batch", "date", "dose"]),
        st.one_of(st.none(), st.text(max_size=12), st.integers(-2, 4), st.lists(st.text())),
    )
)
def test_no_entry_makes_it_fail_or_makes_a_blank_of_a_value(said: dict[str, Any]):
    for comparison in compared(later(said), issued()):
        assert all(isinstance(each, str) and each.strip() for each in comparison.changes.values())
