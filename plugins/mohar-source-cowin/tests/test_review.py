from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from mohar.domain.credential import Credential
from mohar.domain.record import Record
from mohar_source_cowin import mohar_ready, mohar_review

NUMBER = "234123412346"


def credential(document: dict[str, Any], schema: str = "vaccination/core-1") -> Credential:
    return Credential(
        kind="vaccination",
        body="domestic",
        credential_id="1",
        revision=1,
        schema=schema,
        issued_at=datetime(2026, 1, 31, tzinfo=UTC),
        document=document,
    )


def record(identity: str) -> Record:
    return Record(content={"recipient": {"identity": identity}})


class TestReview:
    @pytest.mark.parametrize("written", [NUMBER, "2341 2341 2346", "No. 2341-2341-2346!"])
    @pytest.mark.parametrize("identity", [f"did:in.gov.uidai.aadhaar:{NUMBER}", "2341 2341 2346"])
    def test_a_national_number_is_not_signed(self, identity: str, written: str):
        """
        However it is written, the identity's number refuses the credential that repeats it.
        """
        document = {"credentialSubject": {"name": "A", "list": [1, {"id": written}]}}

        ((finding,),) = mohar_review([credential(document)], [record(identity)])

        assert finding.code == "identity-in-credential"
        assert finding.where == "credentialSubject.list.1.id"
        assert finding.is_error
        assert NUMBER not in finding.message

    def test_a_longer_number_is_another_number(self):
        """
        A reference of fourteen digits that begins like the identity is not the identity.
        """
        document = {"reference": f"{NUMBER}00", "id": 12}

        assert mohar_review([credential(document)], [record(NUMBER)]) == [[]]

    def test_the_old_format_carries_it_as_its_verifiers_know_it(self):
        """
        The byte-compatible types keep DIVOC's identity rule.
        """
        old = credential({"id": f"did:india:{NUMBER}"}, schema="vaccination/divoc-v1")

        assert mohar_review([old], [record(NUMBER)]) == [[]]


class TestReady:
    @pytest.mark.parametrize(
        ("key", "codes"),
        [
            (["pre_enrollment_code", "vaccination.dose"], []),
            (["pre_enrollment_code"], ["natural-key-too-wide"]),
            (["recipient.mobile"], ["natural-key-too-wide"]),
        ],
    )
    def test_the_natural_key_tells_doses_apart(self, key: list[str], codes: list[str]):
        """
        Without the person's code or the dose, records would be taken for one another.
        """
        kind = {"name": "vaccination", "source": {"uses": "cowin-certify"}, "key": key}

        assert [each.code for each in mohar_ready({"credentials": [kind]})] == codes
