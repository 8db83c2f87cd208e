from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mohar.domain.credential import Credential
from mohar.domain.record import Record
from mohar.domain.values import JsonObject, at_path
from mohar_schema_declared import DeclaredSchema

OpenType = Callable[..., DeclaredSchema]
Compose = Callable[..., Credential]
BODIES = [("core-1", "domestic"), ("core-1", "international"), ("divoc-v1", ""), ("divoc-v2", "")]
TEXTS = {
    "recipient.name": ("credentialSubject.name", "credentialSubject.name"),
    "vaccination.batch": ("credentialSubject.vaccination.lot", "evidence.0.batch"),
    "vaccination.manufacturer": (
        "credentialSubject.vaccination.manufacturer",
        "evidence.0.manufacturer",
    ),
    "facility.name": ("credentialSubject.vaccination.centre", "evidence.0.facility.name"),
    "pre_enrollment_code": (None, "credentialSubject.refId"),
    "recipient.gender": (None, "credentialSubject.gender"),
    "recipient.nationality": (None, "credentialSubject.nationality"),
    "recipient.address.line1": (None, "credentialSubject.address.streetAddress"),
    "legacy.subject_id": (None, "credentialSubject.id"),
    "vaccinator.name": (None, "evidence.0.verifier.name"),
}
hostile = st.text(max_size=60) | st.sampled_from(
    ['"', "'", "}", "{{name}}", "${x}", '","dose":9,"x":"', "\\", "\u202e", "नाम", "👩‍⚕️", "a\nb",
     "@type", "</script>", "\ud800", "", " "]
)  # fmt: skip
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
relaxed = settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def put(content: JsonObject, path: str, value: Any) -> None:
    *steps, last = path.split(".")
    for step in steps:
        content = content.setdefault(step, {})
    content[last] = value


def paths(tree: Any, above: str = "") -> Iterator[str]:
    for name, value in tree.items():
        if isinstance(value, dict):
            yield from paths(value, f"{above}{name}.")
        else:
            yield f"{above}{name}"


@pytest.mark.parametrize(("version", "profile"), [*BODIES, ("core-1", "")])
def test_a_derived_json_schema_is_one_of_2020_12(
    version: str, profile: str, open_type: OpenType
) -> None:
    schema = open_type(version).json_schema(profile)

    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize(("version", "profile"), BODIES)
def test_every_object_of_a_derived_json_schema_is_closed(
    version: str, profile: str, open_type: OpenType
) -> None:
    def closed(schema: Any) -> bool:
        if not isinstance(schema, dict):
            return True
        is_open = schema.get("type") == "object" and schema.get("additionalProperties") is not False
        return not is_open and all(closed(part) for part in schema.values())

    assert closed(open_type(version).json_schema(profile))


@pytest.mark.parametrize(("version", "profile"), BODIES)
@given(texts=st.dictionaries(st.sampled_from(sorted(TEXTS)), hostile, min_size=1))
@relaxed
def test_hostile_text_is_refused_or_arrives_unchanged(
    version: str,
    profile: str,
    open_type: OpenType,
    compose: Compose,
    content: JsonObject,
    texts: dict[str, str],
) -> None:
    schema, changed = open_type(version), copy.deepcopy(content)
    for path, text in texts.items():
        put(changed, path, text)
    [findings] = schema.check([Record(content=changed)], profile)
    if any(finding.is_error for finding in findings):
        return
    document = compose(schema, changed, profile).document

    jsonschema.Draft202012Validator(schema.json_schema(profile)).validate(document)
    assert {"passed"} == {
        check.outcome
        for check in schema.examine(document)
        if check.name in {"context", "structure"}
    }
    for path, text in texts.items():
        target = TEXTS[path][version != "core-1"]
        if target is not None and text:
            assert text == at_path(document, target)


@pytest.mark.parametrize(("version", "profile"), BODIES)
@given(data=st.data())
@relaxed
def test_whatever_stands_in_a_record_is_refused_or_composed(
    version: str,
    profile: str,
    open_type: OpenType,
    compose: Compose,
    content: JsonObject,
    data: st.DataObject,
) -> None:
    """What passes `check` can be composed, and what is composed has the derived structure."""
    schema, changed = open_type(version), copy.deepcopy(content)
    for path in data.draw(st.lists(st.sampled_from(sorted(paths(content))), max_size=4)):
        put(changed, path, data.draw(anything))
    [findings] = schema.check([Record(content=changed)], profile)
    if any(finding.is_error for finding in findings):
        return
    document = compose(schema, changed, profile).document

    assert {"passed"} == {
        check.outcome for check in schema.examine(document) if check.name == "structure"
    }


@given(document=st.dictionaries(st.text(max_size=8), anything, max_size=6))
@relaxed
def test_no_document_makes_a_type_raise(open_type: OpenType, document: JsonObject) -> None:
    for version in ("core-1", "divoc-v1"):
        schema = open_type(version)
        schema.shown(document)

        assert not schema.recognises(document)
        assert "failed" in {check.outcome for check in schema.examine(document)}


@pytest.mark.parametrize(("version", "profile"), BODIES)
def test_a_member_more_or_a_required_one_less_is_a_wrong_structure(
    version: str, profile: str, open_type: OpenType, compose: Compose, content: JsonObject
) -> None:
    schema = open_type(version)
    document = compose(schema, content, profile).document
    more = {**document, "covidStatus": "x"}
    less = {name: value for name, value in document.items() if name != "credentialSubject"}

    for changed in (more, less):
        outcomes = {check.name: check.outcome for check in schema.examine(changed)}
        assert outcomes["structure"] == "failed"


@pytest.mark.parametrize("version", ["core-1", "divoc-v1"])
@pytest.mark.parametrize(
    "spoil_it",
    [
        lambda urls: [*urls, {"name": "https://schema.org/alternateName"}],
        lambda urls: [*reversed(urls)],
        lambda urls: [*urls, urls[-1]],
        lambda urls: [*urls, "https://example.org/other"],
    ],
)
def test_another_list_of_contexts_is_recognised_and_failed(
    version: str,
    spoil_it: Callable[[list[str]], list[Any]],
    open_type: OpenType,
    compose: Compose,
    content: JsonObject,
) -> None:
    schema = open_type(version)
    document = compose(schema, content, "domestic" if version == "core-1" else "").document
    document["@context"] = spoil_it(document["@context"])
    outcomes = {check.name: check.outcome for check in schema.examine(document)}

    assert schema.recognises(document)
    assert outcomes["context"] == "failed"
    assert outcomes["structure"] == "failed"


def test_a_context_below_the_top_is_a_wrong_structure(
    open_type: OpenType, compose: Compose, content: JsonObject
) -> None:
    schema = open_type("core-1")
    document = compose(schema, content, "domestic").document
    document["credentialSubject"]["@context"] = {"name": "https://example.org/x"}
    checks = {check.name: check for check in schema.examine(document)}

    assert checks["structure"].outcome == "failed"


def test_a_type_does_not_recognise_the_others(
    open_type: OpenType, compose: Compose, content: JsonObject
) -> None:
    for version, profile in BODIES:
        document = compose(open_type(version), content, profile).document
        recognising = [
            other
            for other in ("core-1", "divoc-v1", "divoc-v2")
            if open_type(other).recognises(document)
        ]

        assert recognising == [version]


def test_a_proof_is_left_aside(open_type: OpenType, compose: Compose, content: JsonObject) -> None:
    schema = open_type("core-1")
    document = compose(schema, content, "domestic").document | {"proof": {"type": "x"}}

    assert {"passed"} == {check.outcome for check in schema.examine(document)}


def test_no_detail_repeats_a_value_of_the_document(
    open_type: OpenType, compose: Compose, content: JsonObject
) -> None:
    schema = open_type("divoc-v1")
    document = compose(schema, content).document
    document["evidence"][0] |= {"Marked Name": 1, "dose": "Marked", "date": "Marked"}
    document["credentialSubject"] |= {"refId": "Marked", "gender": ["Marked"]}

    assert "Marked" not in repr(list(schema.examine(document)))


@pytest.mark.parametrize(("version", "profile"), BODIES)
def test_facts_tell_nothing_that_tells_whose_it_is(
    version: str, profile: str, open_type: OpenType, compose: Compose, content: JsonObject
) -> None:
    schema = open_type(version)
    [facts] = schema.facts([compose(schema, content, profile)])

    assert facts["vaccine"] == "covishield"
    assert facts["month"] == "2021-03"
    assert facts["age_band"] == "18-44"
    known = {"vaccine", "dose", "total_doses", "month", "district", "state", "sex", "age_band"}
    assert known | {"stage"} >= facts.keys()


def test_what_is_shown_stands_in_the_files_order_under_public_names(
    open_type: OpenType, compose: Compose, content: JsonObject
) -> None:
    schema = open_type("core-1")
    shown = schema.shown(compose(schema, content, "international").document)

    assert list(shown) == [
        "name", "birth_date", "sex", "passport", "vaccine", "vaccine_type", "manufacturer", "batch",
        "date", "dose", "total_doses", "country", "facility", "certificate_id", "issuer",
    ]  # fmt: skip
    assert shown["birth_date"] == "1980-05-02"
