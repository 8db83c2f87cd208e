"""The source over mappings that a test writes, and one upstream that uses all there is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from mohar.domain.record import Message, Record
from mohar.domain.values import JsonObject
from mohar.testing.tools import tools_for
from mohar_source_declared import DeclaredSource, Settings

OpenSource: TypeAlias = Callable[..., DeclaredSource]

HEAD = "mapping: trial\nabout: A trial.\n"
SUBJECTS = """\
value_set: subjects
version: "1"
entries:
  - {code: MAT, name: Mathematics, aliases: [Maths], area: {name: Science}}
  - {code: LAN, name: Language}
"""
REGISTER = """\
mapping: register
about: A school register.
variants: [one, two, csv]
unmapped: refuse
ignored: [internal]
value_sets: [{name: subjects, file: sets/subjects.yaml}]
record:
  - {path: number, from: id, with: [text], required: true, pattern: "[0-9]{4}"}
  - {path: pupil.name, from: pupil.full, with: [trim], or: [{from: pupil.names, with: [join]}], required: true}
  - {path: pupil.birth_date, from: pupil.born, variants: [one], with: [date]}
  - {path: pupil.birth_date, from: pupil.born, variants: [two, csv], with: [{use: date, formats: [D/M/YYYY]}]}
  - {path: school, const: S1}
  - {path: language, from: language, default: en}
  - path: results
    from: marks
    required: true
    each:
      - {path: subject, from: subject, with: [{use: lookup, set: subjects}], required: true}
      - {path: grade, from: grade, required: true, variants: [one, csv]}
csv:
  columns:
    - {column: No, to: id}
    - {column: Name, to: pupil.full}
    - {column: Born, to: pupil.born}
    - {column: Maths, to: marks.0.grade, also: [{to: marks.0.subject, value: MAT}]}
    - {column: Language, to: marks.1.grade, also: [{to: marks.1.subject, value: LAN}]}
    - {column: internal}
"""


def message(**changes: Any) -> JsonObject:
    """Return a message that the register reads whole; a change of None leaves a member out."""
    content = {
        "id": 1234,
        "pupil": {"full": "  Mari   Maasikas ", "born": "2008-02-29"},
        "marks": [{"subject": "maths", "grade": "A+"}, {"subject": "LAN", "grade": "B"}],
        "internal": {"whatever": [1]},
    } | changes
    return {name: value for name, value in content.items() if value is not None}


@pytest.fixture
def open_source(tmp_path: Path) -> OpenSource:
    """Return a function that opens the source over the text of a mapping."""

    def opened(text: str) -> DeclaredSource:
        (tmp_path / "sets").mkdir(exist_ok=True)
        (tmp_path / "sets" / "subjects.yaml").write_text(SUBJECTS, encoding="utf-8")
        (tmp_path / "mapping.yaml").write_text(text, encoding="utf-8")
        return DeclaredSource.open(Settings(mapping="mapping.yaml"), tools_for(tmp_path))

    return opened


@pytest.fixture
def register(open_source: OpenSource) -> DeclaredSource:
    """Return the source over the register's mapping."""
    return open_source(REGISTER)


@pytest.fixture
def right() -> Callable[..., JsonObject]:
    """Return a function that makes a message with nothing wrong, but for what it is told."""
    return message


@pytest.fixture
def read(register: DeclaredSource) -> Callable[..., Record]:
    """Return a function that reads one message of the register."""

    def read_one(content: JsonObject, variant: str = "one") -> Record:
        (record,) = register.read([Message(content=content, variant=variant)])
        return record

    return read_one


@pytest.fixture
def convert(open_source: OpenSource) -> Callable[[str, Any], Record]:
    """Return a function that sends one value, as member `v`, through a chain of converters."""

    def converted(chain: str, value: Any) -> Record:
        source = open_source(
            f"{HEAD}value_sets: [{{name: subjects, file: sets/subjects.yaml}}]\nunmapped: ignore\n"
            f"record:\n  - {{path: v, from: v, with: {chain}}}\n"
        )
        (record,) = source.read([Message(content={"v": value, "w": "W", "n": 7})])
        return record

    return converted
