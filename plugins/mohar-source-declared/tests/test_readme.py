"""The README says all there is, and its example reads what it says."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias, get_args

import pytest

from mohar.domain.record import Message
from mohar_source_declared import DeclaredSource
from mohar_source_declared import _converters as converters
from mohar_source_declared import _mapping as mapping

OpenSource: TypeAlias = Callable[..., DeclaredSource]


@pytest.fixture(scope="session")
def readme() -> str:
    return (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


class TestReadme:
    def test_its_example_reads_a_message_and_a_row(
        self, open_source: OpenSource, readme: str
    ) -> None:
        (text,) = re.findall(r"^```text\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL)
        source = open_source(text)
        message = {
            "id": 123456,
            "name": {"first": "Mari", "last": "Maasikas"},
            "born": "05/1990",
            "speaks": "ET; EN",
            "joinedAt": "2021-07-01T23:30:00Z",
            "type": "G",
            "offices": [{"title": "chair", "since": "2020"}],
        }
        row = {"No": "123456", "Name": "Mari Maasikas", "Born": "1990", "Chair since": "2020"}
        sent, from_row = source.read([Message(content=message), source.from_row(row)])

        assert (sent.findings, from_row.findings) == ((), ())
        assert sent.content == {
            "number": "123456",
            "person": {"name": "Mari Maasikas", "birth_date": "1990-05", "languages": ["et", "en"]},
            "joined": "2021-07-02",
            "standing": "guest",
            "offices": [{"title": "chair", "since": 2020}],
        }
        assert from_row.content["offices"] == [{"title": "chair", "since": 2020}]

    def test_every_converter_is_explained(self, readme: str) -> None:
        structs = [each for each in get_args(converters.Converter) if isinstance(each, type)]
        tags = [each.__struct_config__.tag for each in structs]  # type: ignore[attr-defined]
        names = [*get_args(converters.Plain), *tags]

        assert [
            name for name in names if f"`{name}`" not in readme and f"use: {name}" not in readme
        ] == []

    @pytest.mark.parametrize("part", [mapping.Mapping, mapping.Member, mapping.Csv, mapping.Column])
    def test_every_key_is_explained(self, part: type, readme: str) -> None:
        keys = part.__struct_encode_fields__  # type: ignore[attr-defined]

        assert [key for key in keys if not re.search(rf"`(csv\.)?{key}`|column: ", readme)] == []
