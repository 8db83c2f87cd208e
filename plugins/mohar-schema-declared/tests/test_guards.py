"""The guards of the legacy types, on the credential that India's production key signed."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from mohar.domain.credential import Credential
from mohar.domain.values import JsonObject
from mohar_schema_declared import DeclaredSchema

OpenType = Callable[..., DeclaredSchema]
MAKER = "Serum Institute of India"
DAY, MOMENT = "2021-03-03", "2021-03-03T04:28:43.134Z"


def outcomes(schema: DeclaredSchema, document: JsonObject) -> dict[str, str]:
    return {check.name: check.outcome for check in schema.examine(document)}


def test_the_production_sample_passes_every_guard(
    open_type: OpenType, legacy_document: JsonObject
) -> None:
    schema = open_type("divoc-v1")

    assert schema.recognises(legacy_document)
    assert {"passed"} == set(outcomes(schema, legacy_document).values())


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"dose": 2, "totalDoses": 1}, {"guard:schedule": "failed"}),
        ({"dose": 3}, {"guard:schedule": "failed"}),
        ({"dose": 0}, {"guard:schedule": "failed"}),
        ({"dose": "1"}, {"guard:integers": "failed", "structure": "failed"}),
        ({"dose": 1.0}, {"guard:integers": "failed"}),
        ({"dose": True}, {"guard:integers": "failed", "structure": "failed"}),
        ({"dose": None}, {"guard:integers": "failed", "structure": "failed"}),
        ({"date": "2020-01-01T00:00:00Z"}, {"guard:schedule": "unknown"}),
        ({"vaccine": MAKER, "manufacturer": "COVISHIELD"}, {"guard:vaccine": "failed"}),
        ({"vaccine": "Dummy-TGN-Chamba", "batch": "COVISHIELD"}, {"guard:vaccine": "failed"}),
        ({"batch": MAKER, "manufacturer": "Dummy-TGN-Chamba"}, {"guard:manufacturer": "failed"}),
        ({"manufacturer": "Bharat Biotech"}, {"guard:manufacturer": "failed"}),
        ({"manufacturer": ""}, {"guard:manufacturer": "unknown"}),
        ({"batch": "COVAXIN"}, {"guard:vaccine": "unknown"}),
        ({"batch": "SII"}, {"guard:manufacturer": "unknown"}),
        (
            {"vaccine": "Unheard Of"},
            {"guard:vaccine": "unknown", "guard:manufacturer": "unknown",
             "guard:schedule": "unknown"},
        ),
        (
            {"batch": "92047670169", "certificateId": "Dummy-TGN-Chamba"},
            {"guard:certificate-id": "failed", "guard:certificate-id-form": "failed"},
        ),
        ({"batch": "12345678901"}, {"guard:certificate-id": "unknown"}),
        ({"certificateId": "9204767016"}, {"guard:certificate-id": "failed"}),
        ({"date": DAY, "effectiveStart": MOMENT},
         {"guard:date-form": "failed", "guard:effective-start-form": "failed"}),
        ({"date": DAY, "effectiveUntil": MOMENT},
         {"guard:date-form": "failed", "guard:effective-until-form": "failed"}),
        ({"effectiveStart": "2021-03-02"}, {"guard:dates-in-order": "failed"}),
        ({"effectiveStart": "2021-04-02", "effectiveUntil": "2021-04-01"},
         {"guard:dates-in-order": "failed"}),
        ({"effectiveStart": ""}, {"guard:effective-together": "unknown"}),
        ({"infoUrl": "https://cowin.gov.in/?1"}, {"guard:urls": "unknown"}),
    ],
)  # fmt: skip
def test_what_the_signature_cannot_tell_a_guard_does(
    changes: JsonObject, told: dict[str, str], open_type: OpenType, legacy_document: JsonObject
) -> None:
    legacy_document["evidence"][0] |= changes
    found = outcomes(open_type("divoc-v1"), legacy_document)

    assert told == {name: found[name] for name in told}


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"uhid": ""}, "passed"),
        ({"uhid": "12-3456-7890-1234"}, "passed"),
        ({"uhid": "39791185041847"}, "passed"),
        ({"uhid": "12345678901234"}, "unknown"),
        ({"refId": "short", "uhid": "39791185041847"}, "failed"),
        ({"refId": "3979118504184"}, "failed"),
    ],
)
def test_a_reference_and_a_health_id_are_told_apart(
    changes: JsonObject, outcome: str, open_type: OpenType, legacy_document: JsonObject
) -> None:
    legacy_document["credentialSubject"] |= changes

    assert outcome == outcomes(open_type("divoc-v1"), legacy_document)["guard:ref-id"]


def test_dates_may_be_absent_together(open_type: OpenType, legacy_document: JsonObject) -> None:
    del legacy_document["evidence"][0]["effectiveStart"]
    del legacy_document["evidence"][0]["effectiveUntil"]

    assert {"passed"} == set(outcomes(open_type("divoc-v1"), legacy_document).values())


@pytest.mark.parametrize("evidence", [[], "x", {}, None])
def test_no_evidence_or_a_strange_one_fails(
    evidence: Any, open_type: OpenType, legacy_document: JsonObject
) -> None:
    legacy_document["evidence"] = evidence
    found = outcomes(open_type("divoc-v1"), legacy_document)

    assert found["structure"] == "failed"
    assert found["guard:one-evidence"] in {"failed", "unknown"}


def test_two_evidences_fail(open_type: OpenType, legacy_document: JsonObject) -> None:
    legacy_document["evidence"] *= 2
    found = outcomes(open_type("divoc-v1"), legacy_document)

    assert [found["structure"], found["guard:one-evidence"]] == ["failed", "failed"]


@pytest.mark.parametrize(
    ("date", "outcome"),
    [
        ("2022-01-09T23:59:00+05:30", "failed"),
        ("2022-01-10T00:01:00+05:30", "passed"),
    ],
)
def test_a_precaution_dose_is_believed_from_the_day_there_were_any(
    date: str, outcome: str, open_type: OpenType, legacy_document: JsonObject
) -> None:
    legacy_document["evidence"][0] |= {"dose": 3, "date": date}

    assert outcome == outcomes(open_type("divoc-v1"), legacy_document)["guard:schedule"]


def test_a_maker_of_the_vaccines_own_name_does_no_harm(
    open_type: OpenType, legacy_document: JsonObject
) -> None:
    day = "2021-08-01"
    legacy_document["evidence"][0] |= {
        "vaccine": "MODERNA", "manufacturer": "Moderna", "date": f"{day}T09:30:00+05:30",
        "effectiveStart": day, "effectiveUntil": day,
    }  # fmt: skip

    assert {"passed"} == set(outcomes(open_type("divoc-v1"), legacy_document).values())


def test_a_deployment_brings_its_own_patterns(
    open_type: OpenType, legacy_document: JsonObject
) -> None:
    schema = open_type("divoc-v1", patterns=[{"name": "certificate-id", "pattern": "[0-9]{9}"}])
    before = outcomes(schema, legacy_document)["guard:certificate-id-form"]
    legacy_document["evidence"][0]["certificateId"] = "920476701"

    assert [before, outcomes(schema, legacy_document)["guard:certificate-id-form"]] == [
        "failed",
        "passed",
    ]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"icd11Code": "XM1NL1"}, "failed"),
        ({"icd11Code": ""}, "unknown"),
        ({"icd11Code": "4121Z001", "batch": "XM9QW8"}, "failed"),
    ],
)
def test_the_vaccine_code_of_v2_belongs_to_the_vaccine(
    changes: JsonObject,
    told: str,
    open_type: OpenType,
    compose: Callable[..., Credential],
    content: JsonObject,
) -> None:
    schema = open_type("divoc-v2")
    document = compose(schema, content).document
    before = outcomes(schema, document)
    document["evidence"][0] |= changes

    assert {"passed"} == set(before.values())
    assert told == outcomes(schema, document)["guard:icd11-code"]


@pytest.mark.parametrize(
    "group",
    [
        ("certificateId", "batch", "vaccine", "manufacturer"),
        ("date", "effectiveStart", "effectiveUntil"),
        ("dose", "totalDoses"),
    ],
)
def test_no_exchange_of_values_within_a_group_passes_every_guard(
    group: tuple[str, ...], open_type: OpenType, legacy_document: JsonObject
) -> None:
    """The signature stays right whichever of these values stands where."""
    schema, evidence = open_type("divoc-v1"), legacy_document["evidence"][0]
    evidence["effectiveUntil"] = "2031-03-03"
    signed = [evidence[name] for name in group]

    for values in itertools.permutations(signed):
        evidence |= dict(zip(group, values, strict=True))
        passed = {"passed"} == set(outcomes(schema, legacy_document).values())
        assert passed == (list(values) == signed)


def test_what_rdf_does_not_detect_is_never_all_passed(open_type: OpenType, vectors: Any) -> None:
    files = sorted((vectors / "divoc" / "tampered-undetected-by-rdf").glob("*.json"))
    schema = open_type("divoc-v1")

    assert files
    for file in files:
        document = msgspec.json.decode(file.read_bytes())
        assert schema.recognises(document)
        assert {"failed", "unknown"} & set(outcomes(schema, document).values()), file.name
