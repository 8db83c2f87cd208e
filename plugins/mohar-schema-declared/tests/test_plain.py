"""Types of the model `plain`: the EU's certificate and WHO's core data set, from the same record."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import jsonschema
import msgspec
import pytest

from mohar.domain.credential import Credential, Issue
from mohar.domain.findings import Refusal
from mohar.domain.record import Record
from mohar.domain.values import JsonObject
from mohar.testing.conformance import Conformance
from mohar_schema_declared import DeclaredSchema

OpenType: TypeAlias = Callable[..., DeclaredSchema]
Compose: TypeAlias = Callable[..., Credential]

LATIN = {"family": "OBRIEN", "given": "ANAMIKA<ANU"}
# The members of such a name under the names that the EU's schema gives them.
LATIN_MEMBERS = {
    "fn": "family_as_written",
    "fnt": "family",
    "gn": "given_as_written",
    "gnt": "given",
}
DIFFERENT = {
    "eu-request-05": "a forename without its passport form is taken, since the surname has one; "
    "the EU's schema asks for no more"
}
PROFILES = ["proof-of-vaccination", "continuity-of-care"]


@pytest.fixture
def eu(open_type: OpenType) -> DeclaredSchema:
    return open_type("eu-dcc")


@pytest.fixture
def ddcc(open_type: OpenType) -> DeclaredSchema:
    return open_type("ddcc-vs")


@pytest.fixture
def confirmed(content: JsonObject) -> JsonObject:
    """A record whose holder gave the name as in the passport."""
    content["recipient"]["latin"] = dict(LATIN)
    return content


def codes(schema: DeclaredSchema, content: JsonObject, profile: str = "") -> list[str]:
    [findings] = schema.check([Record(content=content)], profile)
    return [finding.code for finding in findings if finding.is_error]


def passes(schema: DeclaredSchema, document: JsonObject) -> bool:
    return all(check.outcome == "passed" for check in schema.examine(document))


class TestEu:
    def test_a_record_becomes_the_document_that_borders_read(
        self, eu: DeclaredSchema, confirmed: JsonObject, compose: Compose
    ):
        assert codes(eu, confirmed) == []
        assert compose(eu, confirmed).document == {
            "ver": "1.3.0",
            "nam": {"fnt": "OBRIEN", "gnt": "ANAMIKA<ANU"},
            "dob": "1980-05-02",
            "v": [
                {
                    "tg": "840539006",
                    "vp": "29061000087103",
                    "mp": "Covishield",
                    "ma": "ORG-100001981",
                    "dn": 1,
                    "sd": 2,
                    "dt": "2021-03-04",
                    "co": "IN",
                    "is": "Ministry of Health and Family Welfare",
                    "ci": "URN:UVCI:01:IN:92047670169",
                }
            ],
        }

    def test_what_is_composed_fits_the_schema_that_the_eu_published(
        self, eu: DeclaredSchema, confirmed: JsonObject, compose: Compose, vectors: Path
    ):

        published = json.loads((vectors / "eu-dcc/shared/DCC.combined-schema.json").read_bytes())
        document = compose(eu, confirmed).document

        jsonschema.Draft202012Validator(published).validate(document)
        assert eu.recognises(document)
        assert passes(eu, document)

    def test_a_name_is_never_made_from_another_script(
        self, eu: DeclaredSchema, content: JsonObject
    ):
        assert codes(eu, content) == ["latin-name-missing"]
        content["recipient"]["name"] = "अनामिका"
        assert codes(eu, content) == ["latin-name-missing"]

    @pytest.mark.parametrize(
        "name", ["Obrien", "O'BRIEN", "A<<B", "<A", "A<", "ÉTÉ", "A B", "A\nB"]
    )
    def test_only_the_letters_of_a_passport_are_taken(
        self, eu: DeclaredSchema, confirmed: JsonObject, name: str
    ):
        confirmed["recipient"]["latin"]["family"] = name

        assert "latin-name-form" in codes(eu, confirmed)

    def test_what_a_holder_may_confirm_is_as_the_legacy_service_asked_it_but_for_one_case(
        self,
        eu: DeclaredSchema,
        content: JsonObject,
        vectors: Path,
        mohar_conformance: Conformance,
    ):
        """
        The requests that DIVOC's service for EU certificates took and refused.
        """
        listed = json.loads((vectors / "divoc/cases.json").read_bytes())["cases"]
        chosen = [case for case in listed if case["group"] == "eu-certificate-request"]
        different = []
        for case in chosen:
            told = json.loads((vectors / "divoc" / case["files"][0]).read_bytes())["body"]
            content["recipient"]["latin"] = {LATIN_MEMBERS[name]: told[name] for name in told}
            if (codes(eu, content) == []) is not case["expect"]["valid"]:
                different.append(case["id"])
            mohar_conformance.all_passed("divoc", [case["id"]], but=DIFFERENT)

        assert different == list(DIFFERENT)
        assert len(chosen) == 5

    def test_one_name_is_enough(self, eu: DeclaredSchema, confirmed: JsonObject, compose: Compose):
        del confirmed["recipient"]["latin"]["family"]

        assert codes(eu, confirmed) == []
        assert compose(eu, confirmed).document["nam"] == {"gnt": "ANAMIKA<ANU"}

    @pytest.mark.parametrize("vaccine", ["corbevax", "zycov-d", "gemcovac-om", "incovacc"])
    def test_a_vaccine_without_an_eu_product_is_refused_and_says_so(
        self, eu: DeclaredSchema, ddcc: DeclaredSchema, confirmed: JsonObject, vaccine: str
    ):
        confirmed["vaccination"]["vaccine_code"] = vaccine

        assert set(codes(eu, confirmed)) == {"no-eu-product"}
        assert codes(ddcc, confirmed, PROFILES[0]) == []

    @pytest.mark.parametrize(
        ("vaccine", "dose", "total", "told"),
        [
            ("covishield", 1, 2, (1, 2)),
            ("covishield", 2, 2, (2, 2)),
            ("covishield", 3, 2, (3, 3)),
            ("covishield", 3, None, (3, 3)),
            ("janssen", 1, 1, (1, 1)),
            ("janssen", 2, 1, (2, 1)),
        ],
    )
    def test_a_dose_beyond_the_course_is_told_as_the_eu_asks_for(
        self,
        eu: DeclaredSchema,
        confirmed: JsonObject,
        compose: Compose,
        vaccine: str,
        dose: int,
        total: int | None,
        told: tuple[int, int],
    ):
        confirmed["vaccination"] |= {"vaccine_code": vaccine, "dose": dose, "total_doses": total}
        [event] = compose(eu, confirmed).document["v"]

        assert told == (event["dn"], event["sd"])

    @pytest.mark.parametrize("born", ["1980", "1980-05", "1980-05-02"])
    def test_a_date_of_birth_keeps_its_precision(
        self, eu: DeclaredSchema, confirmed: JsonObject, compose: Compose, born: str
    ):
        confirmed["recipient"]["birth_date"] = born

        assert compose(eu, confirmed).document["dob"] == born

    def test_an_issuer_that_does_not_fit_is_refused(
        self, eu: DeclaredSchema, confirmed: JsonObject, make_issue: Callable[[str], Issue]
    ):

        issue = msgspec.structs.replace(make_issue(""), issuer_name="M" * 81)
        [answer] = eu.compose([Record(content=confirmed)], [issue])

        assert isinstance(answer, Refusal)
        assert "at most 80 characters" in answer.findings[0].message

    @pytest.mark.parametrize(
        "change",
        [
            {"v": []},
            {"t": [{}]},
            {"dob": "02.05.1980"},
            {"dob": "2023-01-01"},
            {"nam": {"fn": "Obrien"}},
            {"nam": {"fnt": "Obrien"}},
            {"ver": "1"},
        ],
    )
    def test_a_document_out_of_shape_does_not_pass(
        self,
        eu: DeclaredSchema,
        confirmed: JsonObject,
        compose: Compose,
        change: JsonObject,
    ):
        assert not passes(eu, compose(eu, confirmed).document | change)

    def test_members_that_others_add_are_signed_and_not_shown(
        self, eu: DeclaredSchema, confirmed: JsonObject, compose: Compose
    ):
        document = compose(eu, confirmed).document
        more = document | {"extra": "Z1234567"}

        assert passes(eu, more)
        assert eu.shown(more) == eu.shown(document)


class TestDdcc:
    def test_each_use_tells_what_it_needs(
        self, ddcc: DeclaredSchema, content: JsonObject, compose: Compose
    ):
        proof, care = (compose(ddcc, content, profile).document for profile in PROFILES)

        assert {"sex", "hw"} == care.keys() - proof.keys()
        assert proof["brand"] == {
            "code": "XM97T2",
            "system": "http://id.who.int/icd11/mms",
            "display": "COVISHIELD",
        }
        assert proof["country"] == {"code": "IND", "system": "urn:iso:std:iso:3166"}
        assert proof["valid_from"] == "2026-11-25"
        assert proof["valid_until"] == "2027-11-25"
        assert all(ddcc.recognises(each) and passes(ddcc, each) for each in (proof, care))

    def test_a_product_without_a_code_is_told_in_words(
        self, ddcc: DeclaredSchema, content: JsonObject, compose: Compose
    ):
        content["vaccination"]["vaccine_code"] = "corbevax"

        assert compose(ddcc, content, PROFILES[0]).document["brand"] == {"display": "CORBEVAX"}

    def test_continuity_of_care_needs_the_centre(self, ddcc: DeclaredSchema, content: JsonObject):
        del content["facility"]["name"]

        assert codes(ddcc, content, PROFILES[0]) == []
        assert codes(ddcc, content, PROFILES[1]) == ["no-centre"]


class TestPlain:
    @pytest.mark.parametrize("version", ["eu-dcc", "ddcc-vs"])
    def test_the_types_are_without_a_finding(self, open_type: OpenType, version: str):
        assert list(open_type(version).findings()) == []

    def test_there_is_no_context(self, eu: DeclaredSchema):
        assert eu.contexts() == {}
        assert "@context" not in eu.json_schema()["properties"]
        assert "of the data model" not in eu.documentation()

    def test_a_document_with_a_context_is_somebody_elses(
        self, eu: DeclaredSchema, confirmed: JsonObject, compose: Compose
    ):
        document = compose(eu, confirmed).document

        assert not eu.recognises(document | {"@context": []})
        assert not eu.recognises({"ver": "1.3.0", "nam": {}, "v": None})

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"marks": []}, "marks-missing"),
            ({"marks": ["nothing"]}, "path-unknown"),
            ({"context": {"base": ["https://example.org/c"]}}, "context-unused"),
            ({"model": "vc-2.0"}, "context-missing"),
            ({"model": "vc-2.0"}, "marks-unused"),
        ],
    )
    def test_the_linter_says_what_does_not_go_together(
        self,
        open_type: OpenType,
        type_tree: Callable[[str], JsonObject],
        changes: dict[str, Any],
        code: str,
    ):
        path = "schemas/vaccination/eu-dcc/type.yaml"
        schema = open_type("eu-dcc", files={path: type_tree("eu-dcc") | changes})

        assert code in [finding.code for finding in schema.findings()]

    def test_an_iri_in_a_plain_type_means_nothing(
        self, open_type: OpenType, type_tree: Callable[[str], JsonObject]
    ):
        tree = type_tree("eu-dcc")
        tree["members"][0]["iri"] = "https://example.org/ver"
        schema = open_type("eu-dcc", files={"schemas/vaccination/eu-dcc/type.yaml": tree})

        assert "iri-unused" in [finding.code for finding in schema.findings()]
