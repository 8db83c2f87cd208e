from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mohar.domain.record import Record
from mohar.domain.values import JsonObject
from mohar_schema_declared import DeclaredSchema

OpenType = Callable[..., DeclaredSchema]


def put(content: JsonObject, path: str, value: Any) -> None:
    *steps, last = path.split(".")
    for step in steps:
        content = content.setdefault(step, {})
    if value is None:
        content.pop(last, None)
    else:
        content[last] = value


def found(schema: DeclaredSchema, content: JsonObject, profile: str) -> list[tuple[str, str, str]]:
    [findings] = schema.check([Record(content=content)], profile)
    return [(each.code, each.where, each.severity) for each in findings]


@pytest.mark.parametrize(
    ("version", "profile"),
    [("core-1", "domestic"), ("core-1", "international"), ("divoc-v1", ""), ("divoc-v2", "")],
)
def test_a_good_record_has_no_findings(
    version: str, profile: str, open_type: OpenType, content: JsonObject
) -> None:
    assert found(open_type(version), content, profile) == []


@pytest.mark.parametrize(
    ("profile", "path", "value", "code"),
    [
        ("domestic", "pre_enrollment_code", None, "no-code"),
        ("domestic", "recipient.name", None, "no-name"),
        ("domestic", "recipient.name", "", "no-name"),
        ("domestic", "recipient.name", 12, "name-length"),
        ("domestic", "recipient.name", "x" * 151, "name-length"),
        ("domestic", "recipient.age", "-4", "age-range"),
        ("domestic", "recipient.age", 151, "age-range"),
        ("domestic", "recipient.age", "forty", "age-range"),
        ("domestic", "recipient.age", True, "age-range"),
        ("domestic", "recipient.birth_date", "1980-13-01", "birth-date-form"),
        ("domestic", "recipient.birth_date", "2030", "birth-date-future"),
        ("domestic", "recipient.birth_date", "2022-01", "birth-after-vaccination"),
        ("international", "recipient.birth_date", None, "birth-date-incomplete"),
        ("international", "recipient.birth_date", "1980", "birth-date-incomplete"),
        ("international", "recipient.birth_date", "1980-05", "birth-date-incomplete"),
        ("domestic", "vaccination.vaccine_code", None, "no-vaccine"),
        ("domestic", "vaccination.vaccine_code", "covid", "unknown-vaccine"),
        ("domestic", "vaccination.batch", None, "no-batch"),
        ("domestic", "vaccination.date", "2030-01-01T00:00:00Z", "date-future"),
        ("domestic", "vaccination.date_local", "2019-01-01", "date-early"),
        ("domestic", "vaccination.dose", None, "no-dose"),
        ("domestic", "vaccination.dose", 0, "dose-range"),
        ("domestic", "vaccination.dose", 10, "dose-range"),
        ("domestic", "vaccination.total_doses", "two", "total-doses-range"),
        ("domestic", "vaccination.dose", 1.5, "dose-range"),
        ("domestic", "vaccination.effective_start", "tomorrow", "value-unfit"),
    ],
)
def test_a_mistake_in_a_record_refuses_it_and_names_the_place(
    profile: str,
    path: str,
    value: Any,
    code: str,
    open_type: OpenType,
    content: JsonObject,
) -> None:
    put(content, path, value)

    assert (code, path, "error") in found(open_type("core-1"), content, profile)


def test_a_dose_off_the_schedule_of_its_day_is_only_a_warning_in_our_own_type(
    open_type: OpenType, content: JsonObject
) -> None:
    content["vaccination"]["dose"] = 3

    assert found(open_type("core-1"), content, "domestic") == [
        ("off-schedule", "vaccination.dose", "warning")
    ]


def test_a_legacy_type_refuses_what_its_own_guards_would_not_believe(
    open_type: OpenType, content: JsonObject
) -> None:
    content["vaccination"]["dose"] = 3

    assert found(open_type("divoc-v1"), content, "") == [
        ("off-schedule", "vaccination.dose", "error")
    ]


@pytest.mark.parametrize("age", [None, "", "41"])
def test_the_domestic_profile_takes_an_age_or_a_birth_date(
    age: str | None, open_type: OpenType, content: JsonObject
) -> None:
    put(content, "recipient.age", age)

    assert found(open_type("core-1"), content, "domestic") == []


def test_without_age_and_birth_date_the_domestic_profile_is_refused_once(
    open_type: OpenType, content: JsonObject
) -> None:
    put(content, "recipient.age", None)
    put(content, "recipient.birth_date", None)

    assert found(open_type("core-1"), content, "domestic") == [("no-age", "recipient.age", "error")]


def test_all_findings_come_at_once(open_type: OpenType) -> None:
    codes = [code for code, _, _ in found(open_type("divoc-v1"), {}, "")]

    assert codes == ["no-code", "no-name", "no-phone", "no-vaccine", "no-date", "no-dose"]


@pytest.mark.parametrize("nasty", ["a\nb", "a\tb", "a\x00b", "a\x7fb", "a\x85b", "a\ud800b"])
def test_a_control_character_is_refused_and_not_repeated(
    nasty: str, open_type: OpenType, content: JsonObject
) -> None:
    content["facility"]["name"] = nasty
    [findings] = open_type("core-1").check([Record(content=content)], "domestic")

    assert [(each.code, each.where) for each in findings] == [
        ("control-character", "facility.name")
    ]
    assert nasty not in findings[0].message


@pytest.mark.parametrize("version", ["core-1", "divoc-v1"])
def test_no_message_repeats_a_value_of_the_record(
    version: str, open_type: OpenType, content: JsonObject
) -> None:
    marked = {
        path: f"Marked{position}\n"
        for position, path in enumerate(
            ["recipient.name", "recipient.birth_date", "recipient.age", "vaccination.date",
             "vaccination.date_local", "vaccination.batch", "vaccination.dose",
             "vaccination.vaccine_code", "facility.name", "pre_enrollment_code"]
        )
    }  # fmt: skip
    for path, value in marked.items():
        put(content, path, value)
    profile = "domestic" if version == "core-1" else ""
    [findings] = open_type(version).check([Record(content=content)], profile)

    assert findings
    assert not [each for each in findings if "Marked" in each.message + each.where]


def test_a_profile_that_the_type_does_not_have_refuses_every_record(
    open_type: OpenType, content: JsonObject
) -> None:
    assert found(open_type("core-1"), content, "abroad") == [("profile-unknown", "", "error")]


def with_check(type_tree: Callable[[str], JsonObject], check: JsonObject) -> JsonObject:
    tree = type_tree("core-1")
    tree["checks"] = [{"code": "asked", "message": "asked", **check}]
    return {"schemas/vaccination/core-1/type.yaml": tree}


@pytest.mark.parametrize(
    ("check", "passes", "fails"),
    [
        ({"rule": "pattern", "pattern": "[a-z]+"}, ["abc", "", None], ["ab1", "abc\n", 5]),
        ({"rule": "length", "min": 2, "max": 3}, ["ab", "नम"], ["a", "abcd", 12]),
        ({"rule": "range", "min": 2}, [2, "3", 900], [1, "x", 2.5, True]),
        ({"rule": "one-of", "values": ["a", 1]}, ["a", 1], ["b", 2, ["a"]]),
        ({"rule": "form", "form": "date"}, ["2021-02-28"], ["2021-02-29", "2021-02", "20210228"]),
        (
            {"rule": "form", "form": "date-time"},
            ["2021-02-28T01:02:03Z", "2021-02-28T01:02:03.123+05:30"],
            ["2021-02-28T01:02:03", "2021-02-28", "2021-02-30T01:02:03Z", 7],
        ),
        ({"rule": "form", "form": "partial-date"}, ["2021", "2021-02"], ["21", "2021-00"]),
        (
            {"rule": "not-in-future"},
            ["2026", "2026-11", "2026-11-25", "2026-11-25T06:30:00Z", "2026-11-25T12:00:00+05:30"],
            ["2027", "2026-12", "2026-11-26", "2026-11-25T06:31:00Z", "x"],
        ),
        (
            {"rule": "not-before", "date": "2021-01-16"},
            ["2021-01-16", "2021-01-15T18:30:00Z"],
            ["2021-01-15", "2021-01-15T18:29:59Z", "2021"],
        ),
        ({"rule": "in-set", "set": "vaccines"}, ["covishield", "Covi Shield"], ["cov", 3]),
        (
            {"rule": "before-or-equal", "other": "vaccination.date_local"},
            ["2021-03-04", "2021", "2021-03", "x"],
            ["2021-03-05", "2022", "2021-04"],
        ),
        (
            {"rule": "expression", "expression": "size(value) < 3 && has(record.recipient)"},
            ["ab"],
            ["abc", 5],
        ),
        ({"rule": "expression", "expression": "record.nothing.there"}, [""], ["a"]),
    ],
)
def test_each_rule_says_yes_and_no(
    check: JsonObject,
    passes: list[Any],
    fails: list[Any],
    open_type: OpenType,
    type_tree: Callable[[str], JsonObject],
    content: JsonObject,
) -> None:
    files = with_check(type_tree, {"path": "asked.for", **check})
    schema = open_type("core-1", files=files)

    def is_told(value: Any) -> bool:
        put(content, "asked.for", value)
        return ("asked", "asked.for", "error") in found(schema, content, "domestic")

    assert [value for value in passes if is_told(value)] == []
    assert [value for value in fails if not is_told(value)] == []


def test_a_check_may_be_for_one_profile_and_only_warn(
    open_type: OpenType, type_tree: Callable[[str], JsonObject], content: JsonObject
) -> None:
    check = {"rule": "required", "path": "a.b", "does": "warn", "profiles": ["international"]}
    schema = open_type("core-1", files=with_check(type_tree, check))

    assert found(schema, content, "domestic") == []
    assert found(schema, content, "international") == [("asked", "a.b", "warning")]
