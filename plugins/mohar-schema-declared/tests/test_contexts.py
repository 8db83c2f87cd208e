from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from mohar.domain.credential import Credential
from mohar.domain.values import JsonObject
from mohar_schema_declared import DeclaredSchema

OpenType = Callable[..., DeclaredSchema]


@pytest.mark.parametrize(
    ("version", "file"),
    [
        ("divoc-v1", "DIVOCVaccinationContextV1.json"),
        ("divoc-v2", "DIVOCVaccinationContextV2.json"),
    ],
)
def test_a_legacy_context_is_json_equal_to_the_published_one(
    version: str, file: str, open_type: OpenType, vectors: Path
) -> None:
    published = msgspec.json.decode((vectors / "divoc/shared/contexts" / file).read_bytes())

    for content in open_type(version).contexts().values():
        assert published == msgspec.json.decode(content)


def test_a_legacy_context_is_known_under_every_address_it_was_published_at(
    open_type: OpenType,
) -> None:
    assert list(open_type("divoc-v1").contexts()) == [
        "https://cowin.gov.in/credentials/vaccination/v1",
        "https://divoc.dev/credentials/vaccination/v1",
    ]


def test_an_own_context_is_served_below_the_deployments_domain(open_type: OpenType) -> None:
    assert list(open_type("core-1").contexts()) == [
        "https://contexts.example.in/vaccination/core-1"
    ]


def scopes(context: JsonObject) -> Iterator[JsonObject]:
    yield context
    for definition in context.values():
        if isinstance(definition, dict) and "@context" in definition:
            yield from scopes(definition["@context"])


def test_every_term_of_ours_has_an_iri_of_its_own(open_type: OpenType) -> None:
    [content] = open_type("core-1").contexts().values()
    iris = [
        definition["@id"] if isinstance(definition, dict) else definition
        for scope in scopes(msgspec.json.decode(content)["@context"])
        for name, definition in scope.items()
        if not name.startswith("@")
    ]

    assert sorted(set(iris)) == sorted(iris)


def test_every_scope_is_protected(open_type: OpenType) -> None:
    [content] = open_type("core-1").contexts().values()

    for scope in scopes(msgspec.json.decode(content)["@context"]):
        assert scope["@version"] == 1.1
        assert scope["@protected"] is True


def leaves(tree: Any) -> Iterator[Any]:
    if isinstance(tree, dict):
        for name, value in tree.items():
            if name != "@context":
                yield from leaves(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from leaves(value)
    else:
        yield tree


@pytest.mark.parametrize("profile", ["domestic", "international"])
def test_json_ld_keeps_every_value_of_our_documents(
    profile: str,
    open_type: OpenType,
    compose: Callable[..., Credential],
    content: JsonObject,
    vectors: Path,
) -> None:
    """No term is left undefined: what is in the document is in the RDF graph that gets signed."""
    jsonld = pytest.importorskip("pyld.jsonld", reason="PyLD is not installed")
    schema = open_type("core-1")
    base = vectors / "contexts/shared/www_w3_org_ns_credentials_v2.jsonld"
    known = {"https://www.w3.org/ns/credentials/v2": base.read_bytes(), **schema.contexts()}

    def load(url: str, _: Any) -> JsonObject:
        return {
            "contentType": "application/ld+json",
            "contextUrl": None,
            "documentUrl": url,
            "document": msgspec.json.decode(known[url]),
        }

    document = compose(schema, content, profile).document
    expanded = jsonld.expand(document, {"documentLoader": load})

    types = {"VaccinationCredential", "VerifiableCredential", "VaccinatedPerson"}
    values = {str(leaf) for leaf in leaves(document)} - types - {"BitstringStatusListEntry"}
    assert values <= {str(leaf) for leaf in leaves(expanded)}
    assert len(list(leaves(document))) <= len(list(leaves(expanded)))
