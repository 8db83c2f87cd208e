"""Photo IDs: known by their names, judged by their form, and never shown more than they may be."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mohar.domain.errors import ConfigError
from mohar.domain.record import Message, Record
from mohar.domain.values import JsonObject
from mohar.domain.valueset import Entry, ValueSet
from mohar.testing.tools import tools_for
from mohar_source_cowin.photo_id import PhotoIds, is_verhoeff, masked
from mohar_source_cowin.source import CowinSource

ROOT = Path(__file__).parents[3]
TYPES = tools_for(ROOT).files.value_set("schemas/vaccination/value-sets/identity-types.yaml")
PHOTO_IDS = PhotoIds(TYPES)
# Checked by its last digit; UIDAI's own numbers for trials begin like this.
AADHAAR = "999941057058"

NUMBERS = st.text("ABCXYZ0123456789 -/", max_size=30) | st.from_regex(
    r"[2-9][0-9]{11}", fullmatch=True
)
NAMED = st.sampled_from([name for each in TYPES.entries for name in (each.name, *each.aliases)])
FORMS = st.sampled_from(["did:{}:{}", "{} # {}", "{}: {}", "{} No. {}"])


def read(identity: str) -> tuple[str, str | None] | None:
    found = PHOTO_IDS.read(identity)
    return None if found is None else (found.type, found.masked)


def capitals(text: str) -> str:
    return re.sub(r"[\s/-]", "", text).upper()


class TestRead:
    @pytest.mark.parametrize(
        ("identity", "told"),
        [
            (f"did:in.gov.uidai.aadhaar:{AADHAAR}", ("aadhaar", "XXXXXXXX7058")),
            ("did:Aadhar Card:9999 4105 7058", ("aadhaar", "XXXXXXXX7058")),
            ("Aadhaar # 9999-4105-7058", ("aadhaar", "XXXXXXXX7058")),
            ("did:Passport:Z0000001", ("passport", "XXXX0001")),
            ("Passport No. Z0000001", ("passport", "XXXX0001")),
            ("Passport number: Z0000001", ("passport", "XXXX0001")),
            ("did:PAN Card:ABCDE1234F", ("pan", "XXXXXX234F")),
            ("Driving License # XX00 00000000001", ("driving-licence", "XXXXXXXXXXX0001")),
            ("did:Voter ID:XXX0000001", ("voter", "XXXXXX0001")),
            ("did:Ration Card with Photo:AB12345678", ("ration", "XXXXXX5678")),
            ("did:UDID:KA1234567890123456", ("disability", "XXXXXXXXXXXXXX3456")),
            ("did:MNREGA Job Card:KA-05-008-002-002/12", ("job-card", "XXXXXXXXXXX0212")),
        ],
    )
    def test_the_type_is_told_and_its_number_masked(
        self, identity: str, told: tuple[str, str]
    ) -> None:
        assert read(identity) == told

    @pytest.mark.parametrize(
        ("identity", "code"),
        [
            ("did:Aadhar Card:000000000001", "aadhaar"),
            ("did:Aadhar Card:999941057059", "aadhaar"),
            ("did:PAN Card:999941057058", "pan"),
            ("did:Passport:", "passport"),
            ("did:Library Card:AB12345678", "other"),
            ("did:Japan Card:AB12345678", "other"),
        ],
    )
    def test_a_number_without_the_form_of_its_type_is_not_shown(
        self, identity: str, code: str
    ) -> None:
        assert read(identity) == (code, None)

    @pytest.mark.parametrize(
        "identity", ["", "NA", "12345", "ANAMIKA", "http://www.aadhar.co.in/id/12346", "#", ":"]
    )
    def test_an_identity_that_names_no_type_tells_nothing(self, identity: str) -> None:
        assert read(identity) is None

    @settings(max_examples=200, deadline=None)
    @given(identity=st.text(max_size=200))
    def test_no_text_is_an_error(self, identity: str) -> None:
        found = PHOTO_IDS.read(identity)

        assert found is None or found.type in {each.code for each in TYPES.entries}

    @settings(max_examples=200, deadline=None)
    @given(form=FORMS, name=NAMED, number=NUMBERS)
    def test_no_more_than_four_characters_and_half_of_them_are_ever_seen(
        self, form: str, name: str, number: str
    ) -> None:
        found = PHOTO_IDS.read(form.format(name, number))

        assert found is not None
        if found.masked is not None:
            whole = capitals(number)
            hidden = len(whole) - min(4, len(whole) // 2)
            assert found.masked == "X" * hidden + whole[hidden:]


class TestMasked:
    @settings(max_examples=100, deadline=None)
    @given(number=st.text("ABC0123456789", max_size=40), shown_last=st.integers(0, 4))
    def test_what_is_seen_is_the_end_and_at_most_half(self, number: str, shown_last: int) -> None:
        shown = masked(number, shown_last)

        seen = len(shown.lstrip("X"))
        assert len(shown) == len(number)
        assert seen <= min(shown_last, len(number) / 2)
        assert number.endswith(shown[len(shown) - seen :])


class TestVerhoeff:
    @pytest.mark.parametrize("digits", ["2363", "123451", AADHAAR])
    def test_a_right_last_digit_passes(self, digits: str) -> None:
        assert is_verhoeff(digits)

    @settings(max_examples=100, deadline=None)
    @given(digits=st.text("0123456789", min_size=1, max_size=20), data=st.data())
    def test_one_wrong_digit_or_two_exchanged_are_found(self, digits: str, data: Any) -> None:
        right = next(f"{digits}{last}" for last in range(10) if is_verhoeff(f"{digits}{last}"))
        at = data.draw(st.integers(0, len(right) - 2))
        wrong = data.draw(st.sampled_from("0123456789").filter(lambda each: each != right[at]))
        exchanged = right[:at] + right[at + 1] + right[at] + right[at + 2 :]

        assert not is_verhoeff(right[:at] + wrong + right[at + 1 :])
        assert exchanged == right or not is_verhoeff(exchanged)

    def test_what_is_no_digit_has_no_check(self) -> None:
        assert not is_verhoeff("99994105705²")


class TestSource:
    @pytest.fixture
    def masking(self, open_source: Callable[..., CowinSource]) -> Callable[[JsonObject], Record]:
        source = open_source(identity_types="identity-types.yaml")
        return lambda message: source.read([Message(content=message, variant="v3")])[0]

    def test_the_record_tells_what_may_be_seen(
        self, masking: Callable[[JsonObject], Record], message: JsonObject
    ) -> None:
        record = masking(message)

        assert record.content["recipient"]["photo_id"] == {"type": "passport", "masked": "XXXX0001"}
        assert record.findings == ()

    def test_a_number_that_cannot_be_right_is_left_out_with_a_warning(
        self, masking: Callable[[JsonObject], Record], message: JsonObject
    ) -> None:
        message["recipient"]["identity"] = "did:PAN Card:999941057058"

        record = masking(message)

        (finding,) = record.findings
        assert record.content["recipient"]["photo_id"] == {"type": "pan"}
        assert (finding.code, finding.severity) == ("identity-form", "warning")
        assert "9999" not in finding.message

    def test_without_the_value_set_nothing_is_told(
        self, read: Callable[..., Record], message: JsonObject
    ) -> None:
        assert "photo_id" not in read(message).content["recipient"]

    @pytest.mark.parametrize(
        ("more", "why"),
        [
            ({"label": "a", "patterns": ["("], "shown_last": 4}, "no regular expression"),
            ({"label": "a", "patterns": [], "shown_last": 5}, "shown_last"),
            ({"label": "a", "patterns": [], "shown_last": 4, "mask": "X"}, "mask"),
        ],
    )
    def test_a_wrong_type_is_a_mistake_of_the_deployment(self, more: JsonObject, why: str) -> None:
        types = ValueSet("identity-types", "1", [Entry(code="card", name="Card", more=more)])

        with pytest.raises(ConfigError, match=why):
            PhotoIds(types)
