"""A list whose members are declared one by one, and a health card that is made of such lists."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import pytest

from mohar.domain.credential import Credential
from mohar.domain.record import Record
from mohar.domain.values import JsonObject
from mohar_schema_declared import DeclaredSchema

OpenType: TypeAlias = Callable[..., DeclaredSchema]
Compose: TypeAlias = Callable[..., Credential]


@pytest.fixture
def shc(open_type: OpenType) -> DeclaredSchema:
    return open_type("shc")


@pytest.fixture
def document(shc: DeclaredSchema, content: JsonObject, compose: Compose) -> JsonObject:
    return compose(shc, content).document


def entries(document: JsonObject) -> list[Any]:
    found: list[Any] = document["vc"]["credentialSubject"]["fhirBundle"]["entry"]
    return found


def outcome(shc: DeclaredSchema, document: JsonObject) -> str:
    return shc.examine(document)[0].outcome


class TestHealthCard:
    def test_the_patient_and_the_immunization_stand_in_one_list(self, document: JsonObject):
        assert [each["resource"]["resourceType"] for each in entries(document)] == [
            "Patient",
            "Immunization",
        ]
        assert document["vc"]["type"][0] == "https://smarthealth.cards#health-card"

    def test_its_own_document_is_recognised_and_right(
        self, shc: DeclaredSchema, document: JsonObject
    ):
        assert shc.recognises(document)
        assert outcome(shc, document | {"nbf": 1}) == "passed"

    def test_a_list_that_is_short_or_out_of_order_is_not(
        self, shc: DeclaredSchema, document: JsonObject
    ):
        entries(document).pop(0)

        assert outcome(shc, document) == "failed"

    def test_others_may_add_entries_and_leave_out_what_is_lenient(
        self, shc: DeclaredSchema, document: JsonObject
    ):
        entries(document).append(entries(document)[1])
        entries(document)[0]["resource"]["name"] = [{"family": "A", "given": ["B", "C"]}]
        del document["vc"]["type"][1:]

        assert outcome(shc, document) == "passed"

    def test_a_vaccine_without_a_cvx_code_is_refused_for_this_format(
        self, shc: DeclaredSchema, content: JsonObject
    ):
        content["vaccination"]["vaccine_code"] = "nobody knows it"
        [findings] = shc.check([Record(content=content)])

        assert "no-cvx-code" in [finding.code for finding in findings]


class TestLint:
    @pytest.mark.parametrize("change", [{"term": "one"}, {"cardinality": "optional"}])
    def test_a_list_with_a_hole_or_another_name_in_it_is_refused(
        self, open_type: OpenType, type_tree: Callable[[str], JsonObject], change: JsonObject
    ):
        tree = type_tree("shc")
        tree["members"][1]["members"][0]["members"][1] |= change
        schema = open_type("shc", files={"schemas/vaccination/shc/type.yaml": tree})

        assert [finding.code for finding in schema.findings()] == ["list-shape"]
