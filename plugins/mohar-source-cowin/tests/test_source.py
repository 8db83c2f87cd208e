"""Messages → records: what is read, what is noticed, and that nothing is ever raised."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mohar.domain.errors import ConfigError
from mohar.domain.record import Message, Record
from mohar.domain.values import JsonObject, at_path
from mohar_source_cowin.samples import generate
from mohar_source_cowin.source import CowinSource

Read = Callable[..., Record]

_LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
_NAMES = st.sampled_from(
    [
        "preEnrollmentCode",
        "recipient",
        "vaccination",
        "vaccinator",
        "facility",
        "meta",
        "name",
        "dob",
        "age",
        "identity",
        "contact",
        "address",
        "pincode",
        "date",
        "dose",
        "totalDoses",
        "effectiveStart",
        "vaccinations",
        "vaccinationApp",
        "comorbidities",
        "id",
        "uploadTimestamp",
    ]
) | st.text(max_size=8)
_TEXTS = st.sampled_from(
    ["2021-03-03T18:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "tel:", "1"]
)
_TREES = st.recursive(
    _LEAVES | _TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=5),
    max_leaves=25,
)
_OBJECTS = st.dictionaries(_NAMES, _TREES, max_size=6)


def codes(record: Record, severity: str = "error") -> set[str]:
    return {finding.code for finding in record.findings if finding.severity == severity}


def places(record: Record) -> set[tuple[str, str]]:
    return {(finding.code, finding.where) for finding in record.findings}


class TestReading:
    def test_a_right_message_has_no_findings(self, read: Read, message: JsonObject) -> None:
        record = read(message)

        assert record.findings == ()
        assert record.variant == "v3"

    def test_every_part_stands_where_the_record_has_it(
        self, read: Read, message: JsonObject
    ) -> None:
        content = read(message).content

        assert content["pre_enrollment_code"] == "12346"
        assert content["recipient"] == {
            "name": "Asha Namuna",
            "birth_date": "1994-11-30",
            "gender": "Female",
            "nationality": "Indian",
            "identity": "did:Passport:Z0000001",
            "passport": "Z0000001",
            "mobile": "5550000001",
            "email": "sample@example.org",
            "address": {"line1": "1", "district": "Pune", "state": "M", "pincode": "411001"},
        }
        assert content["vaccination"] == {
            "vaccine_code": "covishield",
            "vaccine_name": "COVISHIELD",
            "batch": "SAMPLE1",
            "manufacturer": "Serum Institute of India",
            "date": "2021-03-03T18:00:00Z",
            "date_local": "2021-03-03",
            "effective_start": "2021-03-03",
            "effective_until": "2031-03-03",
            "dose": 1,
            "total_doses": 2,
        }
        assert content["legacy"] == {
            "subject_id": "did:passport:Z0000001",
            "recipient_pincode": 411001,
            "facility_pincode": "411001",
            "icd11_code": "XM9QW8",
            "prophylaxis": "COVID-19 vaccine, non-replicating viral vector",
        }

    def test_every_member_of_the_full_message_is_kept(self, read: Read) -> None:
        """The sample "with everything" has all members of the original's interface."""
        [full] = [each for each in generate(1, 200) if each["group"] == "with everything"]

        record = read(full["message"])

        assert record.findings == ()
        assert record.content["meta"]["vaccination_app"]["os_version"] == "11"
        assert record.content["meta"]["vaccinations"][0]["dose"] == 1
        assert record.content["facility"]["operator_id"] == "OS-1"
        [earlier] = record.content["meta"]["vaccinations"]
        # What an earlier dose's own record would say of it, that it can be compared.
        assert (earlier.pop("vaccine_code"), earlier.pop("date_local")) == ("covaxin", "2021-06-09")
        assert _leaves(record.content["meta"]) == _leaves(full["message"]["meta"])

    def test_the_original_end_to_end_message_is_read(self, read: Read, vectors: Path) -> None:
        """Its vaccine is an invention, which is all there is to say against it."""
        [sent] = json.loads((vectors / "divoc/shared/e2e/certify.json").read_text("utf-8"))

        record = read(sent)

        assert codes(record) == {"unknown-vaccine"}
        assert codes(record, "warning") == set()
        assert record.content["legacy"]["subject_id"] == "did:in.gov.uidai.aadhaar:2342343334"

    @pytest.mark.parametrize(
        ("sent", "day"),
        [
            ("2021-03-03T18:00:00Z", "2021-03-03"),
            ("2021-03-03T23:30:00+05:30", "2021-03-03"),
            ("2021-03-03T18:30:00.000Z", "2021-03-04"),
            ("2021-03-03", "2021-03-03"),
        ],
    )
    def test_a_dose_keeps_the_day_it_had_where_it_was_given(
        self, read: Read, message: JsonObject, sent: str, day: str
    ) -> None:
        message["vaccination"]["date"] = sent

        assert read(message).content["vaccination"]["date_local"] == day

    @pytest.mark.parametrize("dob", ["1994", "1994-11", "1994-11-30"])
    def test_a_birth_date_keeps_its_precision(
        self, read: Read, message: JsonObject, dob: str
    ) -> None:
        message["recipient"]["dob"] = dob

        assert read(message).content["recipient"]["birth_date"] == dob

    @pytest.mark.parametrize("pincode", [11001, "011001", 560001.0])
    def test_a_pin_code_may_be_a_number_or_text(
        self, read: Read, message: JsonObject, pincode: object
    ) -> None:
        message["recipient"]["address"]["pincode"] = pincode

        record = read(message)

        assert record.findings == ()
        assert int(record.content["recipient"]["address"]["pincode"]) == int(str(pincode)[:6])
        assert record.content["legacy"]["recipient_pincode"] == pincode

    @pytest.mark.parametrize("age", [27, "27"])
    def test_an_age_may_be_a_number_or_text(
        self, read: Read, message: JsonObject, age: object
    ) -> None:
        message["recipient"]["age"] = age

        record = read(message)

        assert record.findings == ()
        assert record.content["recipient"]["age"] == "27"

    def test_a_dose_written_as_text_is_understood_and_told(
        self, read: Read, message: JsonObject
    ) -> None:
        message["vaccination"] |= {"dose": "1", "totalDoses": 2.0}

        record = read(message)

        assert record.content["vaccination"]["dose"] == 1
        assert record.content["vaccination"]["total_doses"] == 2
        assert places(record) == {("text-for-number", "vaccination.dose")}

    def test_a_missing_total_is_the_configured_one(
        self, open_source: Callable[..., CowinSource], message: JsonObject
    ) -> None:
        del message["vaccination"]["totalDoses"]

        [record] = open_source(default_total_doses=3).read([Message(content=message)])

        assert record.content["vaccination"]["total_doses"] == 3
        assert codes(record, "warning") == {"total-doses-assumed"}

    def test_a_missing_total_may_be_left_to_the_schedule(
        self, open_source: Callable[..., CowinSource], message: JsonObject
    ) -> None:
        del message["vaccination"]["totalDoses"]

        [record] = open_source(default_total_doses=None).read([Message(content=message)])

        assert "total_doses" not in record.content["vaccination"]
        assert record.findings == ()

    def test_a_message_without_variant_is_the_newest(self, read: Read, message: JsonObject) -> None:
        assert read(message, variant="").variant == "v3"

    def test_another_variant_is_refused(self, read: Read, message: JsonObject) -> None:
        assert codes(read(message, variant="v9")) == {"unknown-variant"}


class TestFindings:
    def test_all_mistakes_are_told_together(self, read: Read) -> None:
        spoilt = {
            "recipient": {"contact": ["mailto:a@example.org"], "dob": "30-11-1994"},
            "vaccination": {"name": "SAMPLEVAX", "date": "yesterday", "dose": 0},
        }

        assert places(read(spoilt)) >= {
            ("no-code", "preEnrollmentCode"),
            ("no-phone", "recipient.contact"),
            ("bad-date", "recipient.dob"),
            ("unknown-vaccine", "vaccination.name"),
            ("bad-date", "vaccination.date"),
            ("bad-dose", "vaccination.dose"),
        }

    def test_an_empty_message_is_a_record_with_findings(self, read: Read) -> None:
        assert codes(read({})) == {"no-code", "no-dose", "no-phone", "no-vaccine"}

    @pytest.mark.parametrize("date", ["2021-02-30T10:00:00Z", "2021-03-03T10:00:00", "20210303", 1])
    def test_a_date_that_cannot_be_placed_is_refused(
        self, read: Read, message: JsonObject, date: object
    ) -> None:
        message["vaccination"]["date"] = date

        record = read(message)

        assert places(record) == {("bad-date", "vaccination.date")}
        assert "date_local" not in record.content["vaccination"]

    @pytest.mark.parametrize("name", ["covishield", " CoviShield® ", "COVI SHIELD"])
    def test_a_vaccine_is_known_by_its_normalised_name(
        self, read: Read, message: JsonObject, name: str
    ) -> None:
        message["vaccination"]["name"] = name

        assert read(message).content["vaccination"]["vaccine_code"] == "covishield"

    @pytest.mark.parametrize("name", ["COVI", "COVISHIELD 2", "gemcovac-x", "®"])
    def test_part_of_a_name_is_no_name(self, read: Read, message: JsonObject, name: str) -> None:
        message["vaccination"]["name"] = name

        record = read(message)

        assert codes(record) == {"unknown-vaccine"}
        assert "vaccine_code" not in record.content["vaccination"]

    def test_a_maker_who_does_not_make_it_is_a_warning(
        self, read: Read, message: JsonObject
    ) -> None:
        message["vaccination"]["manufacturer"] = "Somebody else"

        assert codes(read(message), "warning") == {"unexpected-manufacturer"}

    def test_unknown_members_are_told_by_name_and_place(
        self, read: Read, message: JsonObject
    ) -> None:
        message["recipient"] |= {"bloodGroup": "O", "shoeSize": 42}

        [finding] = read(message).findings

        assert (finding.code, finding.where, finding.severity) == (
            "unknown-field",
            "recipient",
            "warning",
        )
        assert finding.message.endswith("does not keep: bloodGroup, shoeSize.")

    def test_what_is_wrong_in_meta_refuses_nothing(self, read: Read, message: JsonObject) -> None:
        message["meta"] = {"verificationAttempts": "many", "vaccinations": 7}

        record = read(message)

        assert codes(record) == set()
        assert codes(record, "warning") == {"wrong-type"}

    def test_no_finding_repeats_a_value(self, read: Read, message: JsonObject) -> None:
        """A sender's mistake must not carry a person's data into a report or a log."""
        marked = _marked(message)

        told = " ".join(f"{each.message} {each.where}" for each in read(marked).findings)

        assert "MARK" not in told

    def test_a_pattern_that_is_none_stops_the_start(
        self, open_source: Callable[..., CowinSource]
    ) -> None:
        with pytest.raises(ConfigError, match="identity_rejection_pattern"):
            open_source(identity_rejection_pattern="(")


class TestAnything:
    @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(content=_OBJECTS)
    def test_any_object_gives_a_record(self, source: CowinSource, content: JsonObject) -> None:
        [record] = source.read([Message(content=content, variant="v1")])

        assert isinstance(record.content["legacy"], dict)
        assert all(finding.code and finding.message for finding in record.findings)

    @settings(max_examples=100, deadline=None)
    @given(
        path=st.sampled_from(["recipient.dob", "recipient.contact", "vaccination", "meta"]),
        value=_TREES,
    )
    def test_one_spoilt_member_spoils_no_other(
        self, source: CowinSource, path: str, value: Any
    ) -> None:
        [sample] = generate(3, 1)
        _put(sample["message"], path, value)

        [record] = source.read([Message(content=sample["message"])])

        assert at_path(record.content, "facility.name") is not None

    def test_records_come_in_the_order_of_messages(self, source: CowinSource) -> None:
        messages = [Message(content=each["message"]) for each in generate(5, 40)]

        sent = [each.content["preEnrollmentCode"] for each in messages]

        assert [each.content["pre_enrollment_code"] for each in source.read(messages)] == sent


def _leaves(tree: Any) -> int:
    if isinstance(tree, dict):
        return sum(_leaves(each) for each in tree.values())
    if isinstance(tree, list):
        return sum(_leaves(each) for each in tree)
    return 1


def _marked(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {name: _marked(each) for name, each in tree.items()} | {"MARK 1": "MARK"}
    if isinstance(tree, list):
        return ["MARK" for _ in tree]
    return "MARK"


def _put(tree: JsonObject, path: str, value: Any) -> None:
    *steps, last = path.split(".")
    for step in steps:
        tree = tree[step]
    tree[last] = value
