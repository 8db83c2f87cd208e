"""
Documents, contexts, schemas and pages of the three types, exactly as they leave the house.

`MOHAR_WRITE_VECTORS=1 pytest plugins/mohar-schema-declared/tests/test_golden.py` rewrites them.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from mohar.domain.credential import Credential
from mohar.domain.values import JsonObject
from mohar_schema_declared import DeclaredSchema

GOLDEN = Path(__file__).parent / "golden"
BODIES = [
    ("core-1", "domestic"),
    ("core-1", "international"),
    ("divoc-v1", ""),
    ("divoc-v2", ""),
]
VERSIONS = ["core-1", "divoc-v1", "divoc-v2"]


def pretty(tree: JsonObject) -> str:
    return msgspec.json.format(msgspec.json.encode(tree), indent=2).decode() + "\n"


def assert_golden(name: str, text: str) -> None:
    path = GOLDEN / name
    if os.environ.get("MOHAR_WRITE_VECTORS"):
        path.write_text(text, encoding="utf-8")

    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize(("version", "profile"), BODIES)
def test_a_record_becomes_the_same_document_every_time(
    version: str,
    profile: str,
    open_type: Callable[..., DeclaredSchema],
    compose: Callable[..., Credential],
    content: JsonObject,
) -> None:
    document = compose(open_type(version), content, profile).document

    assert_golden(f"{version}{'-' if profile else ''}{profile}.json", pretty(document))


@pytest.mark.parametrize(("version", "profile"), BODIES)
def test_the_json_schema_of_a_profile_stays_as_it_is(
    version: str, profile: str, open_type: Callable[..., DeclaredSchema]
) -> None:
    schema = open_type(version).json_schema(profile)

    assert_golden(f"{version}{'-' if profile else ''}{profile}.schema.json", pretty(schema))


@pytest.mark.parametrize("version", VERSIONS)
def test_the_context_is_served_as_the_same_bytes(
    version: str, open_type: Callable[..., DeclaredSchema]
) -> None:
    [content, *_] = open_type(version).contexts().values()

    assert_golden(f"{version}.context.json", content.decode() + "\n")


@pytest.mark.parametrize("version", VERSIONS)
def test_the_documentation_table_follows_the_file(
    version: str, open_type: Callable[..., DeclaredSchema]
) -> None:
    assert_golden(f"{version}.md", open_type(version).documentation())
