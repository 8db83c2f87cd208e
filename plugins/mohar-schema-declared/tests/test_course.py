"""What a dose means is judged by the schedule of its own day: the tables of the Indian programme."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mohar.domain.valueset import Entry
from mohar_schema_declared._schedules import Given, schedule_on

VACCINES = "schemas/vaccination/value-sets/vaccines.yaml"


@pytest.fixture(scope="module")
def entries(read_tree: Any) -> dict[str, Entry]:
    """Return the vaccines by their codes."""
    return {
        tree["code"]: Entry(code=tree["code"], name=tree["name"], more=tree)
        for tree in read_tree(VACCINES)["entries"]
    }


@pytest.fixture
def told(entries: dict[str, Entry]) -> Any:
    """Return a function that tells something about a dose of a vaccine on a day."""

    def tell(
        code: str, on: str, number: Any, take: str, *, of: Any = None, reason: str | None = None
    ) -> Any:
        day = date.fromisoformat(on)
        schedule = schedule_on(entries[code], day, reason)
        if schedule is None:
            return None
        return Given(schedule=schedule, on=day, number=number, of=of).told(take)

    return tell


class TestGap:
    @pytest.mark.parametrize(
        ("code", "on", "first", "last"),
        [
            # Covishield: 28 days and a bit, then 42 to 56, then 84 to 112, then 56 to 112.
            ("covishield", "2021-01-16", "2021-02-13", "2021-02-27"),
            ("covishield", "2021-03-21", "2021-04-18", "2021-05-02"),
            ("covishield", "2021-03-22", "2021-05-03", "2021-05-17"),
            ("covishield", "2021-05-12", "2021-06-23", "2021-07-07"),
            ("covishield", "2021-05-13", "2021-08-05", "2021-09-02"),
            ("covishield", "2022-03-19", "2022-06-11", "2022-07-09"),
            ("covishield", "2022-03-20", "2022-05-15", "2022-07-10"),
            ("covaxin", "2021-01-16", "2021-02-13", "2021-02-27"),
            ("covaxin", "2022-08-01", "2022-08-29", "2022-09-12"),
            ("sputnik-v", "2021-05-01", "2021-05-22", "2021-07-30"),
            ("zycov-d", "2021-09-01", "2021-09-29", "2021-09-29"),
            ("covovax", "2022-01-01", "2022-01-22", "2022-01-22"),
            ("corbevax", "2022-01-01", "2022-01-29", "2022-01-29"),
            ("gemcovac-19", "2022-07-01", "2022-07-29", "2022-07-29"),
            ("incovacc", "2022-10-01", "2022-10-29", "2022-10-29"),
        ],
    )
    def test_the_second_is_due_by_the_rule_of_the_day_of_the_first(
        self, told: Any, code: str, on: str, first: str, last: str
    ) -> None:
        assert [told(code, on, 1, take) for take in ("due-from", "due-until")] == [first, last]
        assert told(code, on, 1, "stage") == "provisional"

    def test_who_had_to_travel_was_given_it_sooner_from_june_2021_on(self, told: Any) -> None:
        dues = [
            told("covishield", on, 1, "due-from", reason=reason)
            for on, reason in [
                ("2021-06-06", "travel-study-sport"),
                ("2021-06-07", "travel-study-sport"),
                ("2021-06-07", "a reason that nobody knows"),
            ]
        ]

        assert dues == ["2021-08-29", "2021-07-05", "2021-08-30"]


class TestStage:
    @pytest.mark.parametrize("code", ["sputnik-light", "janssen"])
    def test_one_dose_is_the_course_where_one_is_enough(self, told: Any, code: str) -> None:
        on = "2022-03-01"

        assert (told(code, on, 1, "total"), told(code, on, 1, "stage")) == (1, "final")
        assert told(code, on, 1, "due-until") is None

    @pytest.mark.parametrize(
        ("on", "number", "total", "stage"),
        [
            ("2022-04-25", 2, 3, "provisional"),
            ("2022-04-25", 3, 3, "final"),
            ("2022-04-26", 2, 2, "final"),
            ("2022-04-26", 3, 2, "additional"),
        ],
    )
    def test_zycov_d_came_from_three_to_two(
        self, told: Any, on: str, number: int, total: int, stage: str
    ) -> None:
        said = told("zycov-d", on, number, "total"), told("zycov-d", on, number, "stage")

        assert said == (total, stage)

    def test_what_the_record_says_of_the_course_has_the_word(self, told: Any) -> None:
        assert told("zycov-d", "2022-05-01", 2, "stage", of=3) == "provisional"

    @pytest.mark.parametrize(
        ("code", "on", "stage"),
        [
            ("covishield", "2022-01-09", "additional"),
            ("covishield", "2022-01-10", "precaution"),
            ("covaxin", "2022-01-10", "precaution"),
            ("corbevax", "2022-08-10", "precaution"),
            ("incovacc", "2022-09-06", "precaution"),
        ],
    )
    def test_the_third_of_two_is_a_precaution_from_the_day_there_was_one(
        self, told: Any, code: str, on: str, stage: str
    ) -> None:
        assert told(code, on, 3, "stage") == stage

    @pytest.mark.parametrize(
        ("on", "due"),
        [("2022-01-09", None), ("2022-01-10", "2022-10-10"), ("2022-07-06", "2023-01-04")],
    )
    def test_the_precaution_is_due_after_39_weeks_and_later_after_26(
        self, told: Any, on: str, due: str | None
    ) -> None:
        assert told("covaxin", on, 2, "due-from") == due
        assert told("covaxin", on, 3, "due-from") is None

    def test_the_finished_course_counts_after_14_days_and_no_other_does(self, told: Any) -> None:
        days = [told("covishield", "2021-08-10", number, "valid-from") for number in (1, 2, 3)]

        assert days == [None, "2021-08-24", "2021-08-24"]


class TestUnknown:
    @pytest.mark.parametrize("number", [None, 0, -1, "1", True, 1.5])
    def test_what_is_no_number_of_a_dose_tells_nothing(self, told: Any, number: Any) -> None:
        takes = ("stage", "due-from", "due-until", "valid-from")

        assert {told("covaxin", "2021-03-01", number, take) for take in takes} == {None}

    def test_before_the_first_schedule_nobody_can_tell(self, told: Any) -> None:
        assert told("covaxin", "2021-01-15", 1, "stage") is None

    @settings(max_examples=60, deadline=None)
    @given(
        st.dictionaries(
            st.sampled_from(["interval_days", "booster", "valid_after_days"]),
            st.one_of(
                st.none(),
                st.integers(-5, 10**9),
                st.lists(st.one_of(st.integers(-5, 10**9), st.text(max_size=2)), max_size=3),
                st.just({"after_days": 10**9}),
                st.just({"after_days": "soon", "homologous": True}),
            ),
        ),
        st.integers(1, 4),
        st.sampled_from(["due-from", "due-until", "valid-from"]),
    )
    def test_whatever_a_table_says_the_answer_is_a_day_or_none(
        self, schedule: dict[str, Any], number: int, take: str
    ) -> None:
        if isinstance(schedule.get("booster"), list):
            del schedule["booster"]
        given_dose = Given(schedule={"doses": 2, **schedule}, on=date(2022, 1, 31), number=number)

        told = given_dose.told(take)

        assert told is None or date.fromisoformat(str(told)) >= date(2022, 1, 31)


def test_a_type_says_it_where_it_wants_it(
    type_tree: Any, open_type: Any, compose: Any, content: Any
) -> None:
    """By converters in the type file, from the record's own date and doses."""
    tree = type_tree("core-1")
    vaccination = next(m for m in tree["members"] if m["term"] == "credentialSubject")["members"]
    inner = next(m for m in vaccination if m["term"] == "vaccination")["members"]
    course = {
        "use": "course", "set": "vaccines", "at": "vaccination.date_local",
        "number": "vaccination.dose", "of": "vaccination.total_doses", "take": "due-from",
    }  # fmt: skip
    inner.append(
        {
            "term": "nextDue",
            "iri": "nextDue",
            "datatype": "date",
            "about": "When the next is due.",
            "from": "vaccination.vaccine_code",
            "with": [course],
        }
    )
    content["vaccination"] |= {
        "vaccine_code": "covishield", "date": "2021-03-02T06:30:00Z", "date_local": "2021-03-02",
        "dose": 1, "total_doses": 2,
    }  # fmt: skip

    schema = open_type("core-1", files={"schemas/vaccination/core-1/type.yaml": tree})
    document = compose(schema, content, "domestic").document

    assert list(schema.findings()) == []
    assert document["credentialSubject"]["vaccination"]["nextDue"] == "2021-03-30"


def test_the_stage_is_counted(open_type: Any, compose: Any, content: Any) -> None:
    schema = open_type("core-1")

    (facts,) = schema.facts([compose(schema, content, "domestic")])

    assert facts["stage"] in {"provisional", "final", "precaution"}


def test_a_course_over_a_value_set_that_is_not_declared_is_a_mistake(
    type_tree: Any, open_type: Any
) -> None:
    tree = type_tree("core-1")
    fact = next(each for each in tree["facts"] if each["name"] == "stage")
    fact["with"][0]["set"] = "nosuch"

    schema = open_type("core-1", files={"schemas/vaccination/core-1/type.yaml": tree})

    assert "value-set-unknown" in {each.code for each in schema.findings()}
