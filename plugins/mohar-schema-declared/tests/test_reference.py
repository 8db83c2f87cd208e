from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import msgspec
import pytest
from ruamel.yaml import YAML

from mohar_schema_declared import DeclaredSchema
from mohar_schema_declared._converters import Converter, Plain
from mohar_schema_declared._rules import Guard, RecordRule
from mohar_schema_declared._typefile import ContextPart, Term, TypeFile

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "type-files.md"
SOURCES = Path(__file__).parents[1] / "src" / "mohar_schema_declared"


@pytest.fixture(scope="module")
def page() -> str:
    return PAGE.read_text(encoding="utf-8")


def tags(union: object) -> list[str]:
    return [
        str(each.__struct_config__.tag)
        for each in get_args(union)
        if hasattr(each, "__struct_config__")
    ]


def keys(shape: type[msgspec.Struct]) -> list[str]:
    return [field.encode_name for field in msgspec.structs.fields(shape)]


def test_the_page_names_every_converter_rule_and_key(page: str) -> None:
    converters = [*get_args(Plain), *(f"{{use: {tag}" for tag in tags(Converter))]
    rules = [*tags(RecordRule), *tags(Guard)]
    heads = [key for key in keys(TypeFile) if key not in {"members", "checks", "guards"}]
    names = [*converters, *rules, *keys(Term), *heads, *keys(ContextPart)]

    assert [name for name in names if name not in page] == []


def test_the_page_names_every_code_of_the_linter(page: str) -> None:
    source = (SOURCES / "_lint.py").read_text() + (SOURCES / "_meaning.py").read_text()
    codes = set(
        re.findall(r'_wrong\(\s*"([a-z-]+)"|code="([a-z-]+)"|type_file,\s*"([a-z-]+)"', source)
    )

    assert codes
    assert [code for found in codes for code in found if code and f"`{code}`" not in page] == []


def test_the_example_is_a_type_without_a_finding(
    page: str, open_type: Callable[..., DeclaredSchema]
) -> None:
    example = next(
        block for block in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL) if "members" in block
    )
    tree = YAML(typ="safe", pure=True).load(example)
    schema = open_type("core-1", files={"schemas/vaccination/core-1/type.yaml": tree})

    assert list(schema.findings()) == []
