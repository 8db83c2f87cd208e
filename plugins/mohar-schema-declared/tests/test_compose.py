from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from mohar.domain.credential import Credential, Issue
from mohar.domain.findings import Refusal
from mohar.domain.record import Record
from mohar.domain.values import JsonObject, at_path
from mohar_schema_declared import DeclaredSchema

OpenType = Callable[..., DeclaredSchema]
Compose = Callable[..., Credential]


def test_the_two_profiles_show_what_each_may(
    open_type: OpenType, compose: Compose, content: JsonObject
) -> None:
    schema = open_type("core-1")
    domestic = compose(schema, content, "domestic").document["credentialSubject"]
    abroad = compose(schema, content, "international").document["credentialSubject"]

    assert (domestic["photoIdType"], domestic["photoId"]) == ("passport", "XXXX4567")
    assert "Z1234567" not in str(domestic)
    assert {
        "age",
        "beneficiaryReference",
        "photoId",
        "photoIdType",
    } == domestic.keys() - abroad.keys()
    assert {"birthDate", "identifier"} == abroad.keys() - domestic.keys()
    assert {"district", "state", "vaccinator"} == (
        domestic["vaccination"].keys() - abroad["vaccination"].keys()
    )


def test_the_health_id_is_told_at_home_only(
    open_type: OpenType, compose: Compose, content: JsonObject
) -> None:
    content["recipient"]["uhid"] = "91-1234"
    schema = open_type("core-1")

    told = [
        compose(schema, content, profile).document["credentialSubject"].get("healthId")
        for profile in ("domestic", "international")
    ]

    assert told == ["91-1234", None]


@pytest.mark.parametrize("profile", ["domestic", "international"])
def test_an_identity_that_is_no_passport_is_never_signed(
    profile: str, open_type: OpenType, compose: Compose, content: JsonObject
) -> None:
    content["recipient"]["identity"] = "Aadhaar # 234567890123"
    content["legacy"]["subject_id"] = "did:india:234567890123"
    del content["recipient"]["passport"]
    document = compose(open_type("core-1"), content, profile).document

    assert b"234567890123" not in msgspec.json.encode(document)
    assert "identifier" not in document["credentialSubject"]


def test_no_telephone_number_or_mail_address_is_signed(
    open_type: OpenType, compose: Compose, content: JsonObject
) -> None:
    for version, profile in (("core-1", "domestic"), ("divoc-v1", ""), ("divoc-v2", "")):
        document = compose(open_type(version), content, profile).document

        assert b"5550000001" not in msgspec.json.encode(document)


def test_a_vaccination_at_half_past_eleven_at_night_keeps_its_day(
    open_type: OpenType, compose: Compose, content: JsonObject
) -> None:
    content["vaccination"]["date"] = "2021-03-03T18:00:00Z"
    del content["vaccination"]["date_local"]
    schema = open_type("core-1")

    assert at_path(
        compose(schema, content, "domestic").document, "credentialSubject.vaccination.date"
    ) == ("2021-03-03")


@pytest.mark.parametrize(
    ("birth_date", "age"),
    [("1980-03-04", 41), ("1980-03-05", 40), ("1980-03", 41), ("1980-04", 40), ("1980", 41)],
)
def test_an_age_is_computed_at_the_day_of_vaccination(
    birth_date: str, age: int, open_type: OpenType, compose: Compose, content: JsonObject
) -> None:
    content["recipient"] |= {"birth_date": birth_date, "age": ""}
    document = compose(open_type("core-1"), content, "domestic").document

    assert age == document["credentialSubject"]["age"]


@pytest.mark.parametrize(
    ("age", "birth_date", "text"),
    [
        ("40", "1980-05-02", "40"),
        (40, "1980-05-02", "40"),
        ("", "1980-05-02", "46"),
        ("", "1980", "46"),
        ("", "1900-05-02", ""),
        ("", "", ""),
    ],
)
def test_a_legacy_age_follows_divocs_rule(
    age: Any, birth_date: str, text: str, open_type: OpenType, compose: Compose, content: JsonObject
) -> None:
    content["recipient"] |= {"age": age, "birth_date": birth_date}
    document = compose(open_type("divoc-v1"), content).document

    assert text == document["credentialSubject"]["age"]


def shape(tree: Any) -> Any:
    if isinstance(tree, dict):
        return [(name, shape(value)) for name, value in tree.items()]
    return [shape(value) for value in tree] if isinstance(tree, list) else None


def test_a_legacy_document_has_the_members_of_the_production_sample_in_its_order(
    open_type: OpenType, compose: Compose, content: JsonObject, legacy_document: JsonObject
) -> None:
    """`uhid` came later than the sample, so it is left out of the comparison."""
    document = compose(open_type("divoc-v1"), content).document
    del document["credentialSubject"]["uhid"], legacy_document["proof"]

    assert shape(legacy_document) == shape(document)


def test_a_legacy_document_equals_the_production_sample_given_its_record(
    open_type: OpenType,
    make_issue: Callable[[str], Issue],
    content: JsonObject,
    legacy_document: JsonObject,
) -> None:
    subject, evidence = legacy_document["credentialSubject"], legacy_document["evidence"][0]
    content["recipient"] |= {
        "name": subject["name"], "age": "65", "gender": "Male",
        "address": {"district": "Chamba", "state": "Himachal"},
    }  # fmt: skip
    content["legacy"] = {"subject_id": subject["id"], "recipient_pincode": 176207}
    content["vaccination"] |= {
        "batch": evidence["batch"], "date": evidence["date"],
        "effective_start": "2021-03-03", "effective_until": "2021-03-03",
    }  # fmt: skip
    content["facility"] = {
        "name": evidence["facility"]["name"],
        "address": {"line1": "Address Of Site 176207", "district": "Chamba", "state": "Himachal"},
    }
    issued_at = msgspec.convert(
        legacy_document["issuanceDate"], type=type(make_issue("").issued_at)
    )
    issue = msgspec.structs.replace(make_issue(""), issued_at=issued_at)
    [credential] = open_type("divoc-v1").compose([Record(content=content)], [issue])
    assert isinstance(credential, Credential)
    del credential.document["credentialSubject"]["uhid"], legacy_document["proof"]

    assert msgspec.json.encode(legacy_document) == msgspec.json.encode(credential.document)


@pytest.mark.parametrize("pincode", [176207, "176207", None])
def test_a_legacy_postal_code_keeps_the_type_it_was_sent_with(
    pincode: Any, open_type: OpenType, compose: Compose, content: JsonObject
) -> None:
    content["legacy"]["recipient_pincode"] = pincode
    address = compose(open_type("divoc-v1"), content).document["credentialSubject"]["address"]

    assert address["postalCode"] == ("176207" if pincode is None else pincode)


def test_a_legacy_document_keeps_empty_texts_and_divocs_defaults(
    open_type: OpenType, compose: Compose, content: JsonObject
) -> None:
    for name in ("vaccinator", "facility"):
        del content[name]
    for name in ("total_doses", "manufacturer", "effective_start"):
        del content["vaccination"][name]
    del content["recipient"]["address"]
    document = compose(open_type("divoc-v2"), content).document
    [evidence] = document["evidence"]

    assert evidence["totalDoses"] == 2
    assert [evidence["manufacturer"], evidence["effectiveStart"]] == ["", ""]
    assert evidence["verifier"] == {"name": ""}
    assert evidence["facility"]["address"]["addressCountry"] == "IND"
    assert document["credentialSubject"]["address"]["city"] == ""


def test_a_credential_without_a_status_slot_says_nothing_of_status(
    open_type: OpenType, make_issue: Callable[[str], Issue], content: JsonObject
) -> None:
    issue = msgspec.structs.replace(make_issue("domestic"), status=None)
    [credential] = open_type("core-1").compose([Record(content=content)], [issue])

    assert isinstance(credential, Credential)
    assert "credentialStatus" not in credential.document


def test_bodies_of_one_record_share_a_number_and_are_named_apart(
    open_type: OpenType, make_issue: Callable[[str], Issue], content: JsonObject
) -> None:
    issues = [make_issue("domestic"), make_issue("international")]
    composed = open_type("core-1").compose([Record(content=content)] * 2, issues)

    assert [each.document["id"] for each in composed if isinstance(each, Credential)] == [
        "https://certificates.example.in/v1/credentials/92047670169#domestic",
        "https://certificates.example.in/v1/credentials/92047670169#international",
    ]


def test_what_cannot_be_composed_is_refused_and_its_neighbour_is_not(
    open_type: OpenType, make_issue: Callable[[str], Issue], content: JsonObject
) -> None:
    refused, composed = open_type("core-1").compose(
        [Record(content={}), Record(content=content)], [make_issue("domestic")] * 2
    )

    assert isinstance(refused, Refusal)
    assert isinstance(composed, Credential)
    assert "vaccination.dose" in {finding.where for finding in refused.findings}


def test_two_documents_share_no_mutable_part(
    open_type: OpenType, compose: Compose, content: JsonObject
) -> None:
    schema = open_type("divoc-v1")
    compose(schema, content).document["evidence"][0]["type"].append("Spoilt")
    again = compose(schema, content).document

    assert again["evidence"][0]["type"] == ["Vaccination"]


def test_a_new_term_is_a_change_of_the_file_alone(
    open_type: OpenType,
    compose: Compose,
    type_tree: Callable[[str], JsonObject],
    content: JsonObject,
) -> None:
    tree = type_tree("core-1")
    subject = next(each for each in tree["members"] if each["term"] == "credentialSubject")
    subject["members"].append(
        {"term": "nationality", "iri": "nationality", "about": "The holder's nationality.",
         "from": "recipient.nationality", "with": ["upper"], "profiles": ["international"]}
    )  # fmt: skip
    tree["shown"].append({"name": "nationality", "from": "credentialSubject.nationality"})
    schema = open_type("core-1", files={"schemas/vaccination/core-1/type.yaml": tree})
    document = compose(schema, content, "international").document
    [context] = schema.contexts().values()

    assert list(schema.findings()) == []
    assert document["credentialSubject"]["nationality"] == "INDIAN"
    assert schema.shown(document)["nationality"] == "INDIAN"
    assert b"https://w3id.org/mohar/vaccination#nationality" in context
    assert "`credentialSubject.nationality`" in schema.documentation()
    assert {"passed"} == {check.outcome for check in schema.examine(document)}


def test_a_new_vaccine_is_a_change_of_the_value_set_alone(
    open_type: OpenType, compose: Compose, content: JsonObject
) -> None:
    entry = {
        "code": "novel", "name": "NOVEL-20", "manufacturers": ["Novel Makers"], "icd11": None,
        "icd11_class": "XM5JC5", "prophylaxis": "COVID-19 vaccine, virus protein subunit",
        "legacy_icd11": "XM5JC5", "legacy_prophylaxis": "x",
        "schedules": [{"effective_from": "2021-01-01", "doses": 1}],
    }  # fmt: skip
    files = {
        "schemas/vaccination/value-sets/vaccines.yaml": {
            "value_set": "vaccines", "version": "test", "entries": [entry],
        }
    }  # fmt: skip
    content["vaccination"] |= {
        "vaccine_code": "novel", "vaccine_name": "Novel 20", "manufacturer": "", "total_doses": "",
    }  # fmt: skip
    document = compose(open_type("core-1", files=files), content, "domestic").document
    vaccination = document["credentialSubject"]["vaccination"]

    assert vaccination["brand"] == "NOVEL-20"
    assert vaccination["manufacturer"] == "Novel Makers"
    assert vaccination["totalDoses"] == 1
    assert "brandCode" not in vaccination
