from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from mohar.domain.errors import ConfigError
from mohar.domain.values import JsonObject
from mohar_schema_declared import DeclaredSchema

OpenType = Callable[..., DeclaredSchema]
Tree = Callable[[str], JsonObject]


def term(tree: JsonObject, path: str) -> JsonObject:
    for name in path.split("."):
        tree = next(each for each in tree["members"] if each["term"] == name)
    return tree


def codes(open_type: OpenType, tree: JsonObject, version: str = "core-1") -> set[str]:
    schema = open_type(version, files={f"schemas/vaccination/{version}/type.yaml": tree})
    return {finding.code for finding in schema.findings() if finding.is_error}


def test_our_own_type_has_nothing_to_find(open_type: OpenType) -> None:
    assert list(open_type("core-1").findings()) == []


@pytest.mark.parametrize(
    ("version", "groups"),
    [
        (
            "divoc-v1",
            [
                "refId, uhid",
                "gender, sex",
                "feedbackUrl, infoUrl",
                "certificateId, batch, vaccine, manufacturer",
                "date, effectiveStart, effectiveUntil",
                "dose, totalDoses",
            ],
        ),
        (
            "divoc-v2",
            [
                "refId, uhid",
                "gender, sex",
                "feedbackUrl, infoUrl",
                "certificateId, batch, vaccine, manufacturer, icd11Code",
                "date, effectiveStart, effectiveUntil",
                "dose, totalDoses",
            ],
        ),
    ],
)
def test_a_legacy_type_shows_each_group_that_shares_an_iri_as_a_risk(
    version: str, groups: list[str], open_type: OpenType
) -> None:
    findings = open_type(version).findings()
    shared = [finding for finding in findings if finding.code == "terms-share-iri"]

    assert not any(finding.is_error for finding in findings)
    assert groups == [
        finding.message.removeprefix(f"type vaccination/{version}: ").partition(" all mean")[0]
        for finding in shared
    ]


def test_the_same_type_is_refused_when_nobody_acknowledged_it(
    open_type: OpenType, type_tree: Tree
) -> None:
    tree = type_tree("divoc-v1")
    del tree["legacy"]

    assert {"terms-share-iri", "term-protected"} == codes(open_type, tree, "divoc-v1")


def spoil(tree: JsonObject, path: str, **changes: Any) -> None:
    term(tree, path).update(changes)


def share_iri(tree: JsonObject) -> None:
    spoil(tree, "credentialSubject.vaccination.totalDoses", iri="dose")


def share_iri_written_differently(tree: JsonObject) -> None:
    spoil(
        tree,
        "credentialSubject.vaccination.totalDoses",
        iri="https://w3id.org/mohar/vaccination#dose",
    )


def lose_iri(tree: JsonObject) -> None:
    del term(tree, "credentialSubject.vaccination.lot")["iri"]


def lose_vocabulary(tree: JsonObject) -> None:
    del tree["vocabulary"]


def unknown_prefix(tree: JsonObject) -> None:
    spoil(tree, "credentialSubject.sex", iri="schema:gender")


def redefine_name(tree: JsonObject) -> None:
    spoil(tree, "credentialSubject.name", iri="name")


def redefine_evidence(tree: JsonObject) -> None:
    tree["members"].append(
        {"term": "evidence", "iri": "evidence", "about": "x", "from": "vaccination.batch"}
    )


def define_inside_a_model_term(tree: JsonObject) -> None:
    term(tree, "issuer")["members"].append(
        {"term": "place", "iri": "place", "about": "x", "from": "issue.issuer"}
    )


def no_documentation(tree: JsonObject) -> None:
    del term(tree, "credentialSubject.vaccination.lot")["about"]


def undeclared_class(tree: JsonObject) -> None:
    tree["classes"].pop()


def twin_classes(tree: JsonObject) -> None:
    tree["classes"][0]["iri"] = tree["classes"][1]["iri"]


def class_of_the_model(tree: JsonObject) -> None:
    tree["classes"].append({"name": "JsonSchema", "iri": "JsonSchema", "about": "x"})


def same_term_twice(tree: JsonObject) -> None:
    members = term(tree, "credentialSubject.vaccination")["members"]
    members.append(term(tree, "credentialSubject.vaccination.lot"))


def no_source(tree: JsonObject) -> None:
    del term(tree, "credentialSubject.vaccination.lot")["from"]


def members_of_a_text(tree: JsonObject) -> None:
    spoil(tree, "credentialSubject.vaccination", datatype="text")


def nameless_type(tree: JsonObject) -> None:
    del term(tree, "credentialSubject.type")["const"]


def unknown_profile(tree: JsonObject) -> None:
    spoil(tree, "credentialSubject.age", profiles=["domestik"])


def unknown_set(tree: JsonObject) -> None:
    tree["checks"].append(
        {"rule": "in-set", "path": "a", "set": "vacines", "code": "x", "message": "x"}
    )


def unknown_set_of_a_converter(tree: JsonObject) -> None:
    term(tree, "credentialSubject.vaccination.brand")["with"][0]["set"] = "vacines"


def member_that_no_entry_has(tree: JsonObject) -> None:
    term(tree, "credentialSubject.vaccination.brand")["with"][0]["take"] = "nam"


def bad_pattern(tree: JsonObject) -> None:
    tree["patterns"] = [{"name": "x", "pattern": "("}]


def bad_date(tree: JsonObject) -> None:
    tree["checks"].append(
        {"rule": "not-before", "path": "a", "date": "2020", "code": "x", "message": "x"}
    )


def bad_expression(tree: JsonObject) -> None:
    tree["checks"].append(
        {"rule": "expression", "path": "a", "expression": "value ==", "code": "x", "message": "x"}
    )


def unknown_pattern(tree: JsonObject) -> None:
    tree["guards"] = [
        {"rule": "pattern", "name": "x", "about": "x", "path": "id", "pattern": "gone"}
    ]


def half_a_guard(tree: JsonObject) -> None:
    tree["guards"] = [{"rule": "stands-out", "name": "x", "about": "x", "path": "id", "among": []}]


def show_what_is_not_there(tree: JsonObject) -> None:
    tree["shown"].append({"name": "x", "from": "credentialSubject.lot"})


def count_what_is_not_there(tree: JsonObject) -> None:
    tree["facts"].append({"name": "x", "from": "credentialSubject.vaccination.0.lot"})


def guard_what_is_not_there(tree: JsonObject) -> None:
    tree["guards"] = [{"rule": "integers", "name": "x", "about": "x", "paths": ["evidence.0.dose"]}]


@pytest.mark.parametrize(
    ("spoil_it", "code"),
    [
        (share_iri, "terms-share-iri"),
        (share_iri_written_differently, "terms-share-iri"),
        (twin_classes, "terms-share-iri"),
        (lose_iri, "term-undefined"),
        (define_inside_a_model_term, "term-undefined"),
        (lose_vocabulary, "iri-invalid"),
        (unknown_prefix, "iri-invalid"),
        (redefine_name, "term-protected"),
        (redefine_evidence, "term-protected"),
        (class_of_the_model, "term-protected"),
        (no_documentation, "term-undocumented"),
        (undeclared_class, "class-undefined"),
        (same_term_twice, "term-twice"),
        (no_source, "term-without-source"),
        (members_of_a_text, "term-shape"),
        (nameless_type, "type-without-name"),
        (unknown_profile, "profile-unknown"),
        (unknown_set, "value-set-unknown"),
        (unknown_set_of_a_converter, "value-set-unknown"),
        (member_that_no_entry_has, "lookup-empty"),
        (bad_pattern, "pattern-invalid"),
        (bad_date, "date-invalid"),
        (bad_expression, "expression-invalid"),
        (unknown_pattern, "pattern-unknown"),
        (half_a_guard, "guard-incomplete"),
        (show_what_is_not_there, "path-unknown"),
        (count_what_is_not_there, "path-unknown"),
        (guard_what_is_not_there, "path-unknown"),
    ],
)
def test_a_mistake_in_a_type_is_an_error_that_stops_the_start(
    spoil_it: Callable[[JsonObject], None],
    code: str,
    open_type: OpenType,
    type_tree: Tree,
) -> None:
    tree = type_tree("core-1")
    spoil_it(tree)

    assert code in codes(open_type, tree)


@pytest.mark.parametrize(
    ("path", "change"),
    [
        ("credentialSubject.age", {"with": ["intger"]}),
        ("credentialSubject.age", {"with": [{"use": "agee"}]}),
        ("credentialSubject.age", {"from": "recipient..age"}),
        ("credentialSubject.age", {"datatype": "number"}),
        ("credentialSubject.age", {"itri": "age"}),
    ],
)
def test_an_unknown_converter_path_or_field_is_found_where_the_file_is_read(
    path: str, change: JsonObject, open_type: OpenType, type_tree: Tree
) -> None:
    tree = type_tree("core-1")
    term(tree, path).update(change)

    with pytest.raises(msgspec.ValidationError, match=r"members\[\d\]"):
        open_type("core-1", files={"schemas/vaccination/core-1/type.yaml": tree})


def test_a_pattern_in_the_settings_must_be_one_of_the_type(open_type: OpenType) -> None:
    with pytest.raises(ConfigError, match="no pattern certificat-id there; it has: certificate-id"):
        open_type("divoc-v1", patterns=[{"name": "certificat-id", "pattern": "[0-9]{9}"}])
