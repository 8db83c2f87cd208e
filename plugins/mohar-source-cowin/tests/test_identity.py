"""The identity rule of byte-compatible credentials, and passports named as such."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mohar.testing.conformance import Conformance
from mohar_source_cowin.identity import IdentityRule, is_url, passport_number

RULE = IdentityRule("did:india", re.compile("^NA$|^.?$"))


class TestIdentityRule:
    @pytest.mark.parametrize(
        ("identity", "subject"),
        [
            ("did:in.gov.uidai.aadhaar:2342343334", "did:in.gov.uidai.aadhaar:2342343334"),
            ("12345", "did:india:12345"),
            ("did:Aadhar Card:12345", "did:aadharcard:12345"),
            ("NA", "did:india:12346"),
            ("na", "did:india:12346"),
            ("_", "did:india:12346"),
            ("i", "did:india:12346"),
            ("6", "did:india:12346"),
            ("", "did:india:12346"),
            ("ANAMIKA", "did:india:ANAMIKA"),
            ("http://www.aadhar.co.in/id/12346", "http://www.aadhar.co.in/id/12346"),
            ("https://www.aadhar.co.in/id/12346", "https://www.aadhar.co.in/id/12346"),
            ("aadhar.co.in/id/12346", "did:india:aadhar.co.in/id/12346"),
            ("http://", "did:india:http://"),
            ("Driving License # XX00", "did:india:12346"),
            ("Aadhaar: 1234 5678", "did:india:12346"),
        ],
    )
    def test_golden_cases(self, identity: str, subject: str) -> None:
        assert RULE.subject(identity, "12346") == subject

    def test_the_original_cases(self, vectors: Path, mohar_conformance: Conformance) -> None:
        listed = json.loads((vectors / "divoc/cases.json").read_bytes())["cases"]
        chosen = [case for case in listed if case["group"] == "subject-id-normalisation"]

        for case in chosen:
            told = json.loads((vectors / "divoc" / case["files"][0]).read_bytes())
            subject = RULE.subject(told["recipient_identity"] or "", told["preEnrollmentCode"])
            assert subject == case["expect"]["credentialSubject_id"]
            mohar_conformance.passed("divoc", case["id"])
        assert len(chosen) >= 8

    @settings(max_examples=200, deadline=None)
    @given(identity=st.text(max_size=20) | st.text(max_size=9).map("did:a b:{}".format))
    def test_every_subject_is_an_iri(self, identity: str) -> None:
        subject = RULE.subject(identity, "12346")

        assert is_url(subject)
        assert not set(subject) & set(' \t\n<>"{}|\\^`')


class TestIsUrl:
    @pytest.mark.parametrize(
        "text",
        ["did:a:b", "http:example.org", "https://u:p@example.org:8080/x", "file:", "a://[::1]/"],
    )
    def test_what_a_browser_takes(self, text: str) -> None:
        assert is_url(text)

    @pytest.mark.parametrize(
        "text", ["", "no scheme", "1a:b", "http://", "https://a b/", "http://a:port/", "a://b c"]
    )
    def test_what_a_browser_refuses(self, text: str) -> None:
        assert not is_url(text)


class TestPassportNumber:
    @pytest.mark.parametrize(
        "identity", ["did:Passport:Z123456", "did:in.gov.passport:Z123456", "Passport # Z123456"]
    )
    def test_an_identity_that_says_so(self, identity: str) -> None:
        assert passport_number(identity) == "Z123456"

    @pytest.mark.parametrize(
        "identity",
        [
            "",
            "Z123456",
            "did:PAN Card:Z123456",
            "did:Passport:",
            "Passportz Z123456",
            "did:x:passport",
        ],
    )
    def test_an_identity_that_does_not(self, identity: str) -> None:
        assert passport_number(identity) is None
