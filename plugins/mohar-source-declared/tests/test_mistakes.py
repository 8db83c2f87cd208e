"""Mistakes of a mapping are found when the deployment is opened, all together."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import pytest

from mohar.domain.errors import ConfigError
from mohar_source_declared import DeclaredSource

OpenSource: TypeAlias = Callable[..., DeclaredSource]

HEAD = "mapping: trial\nabout: A trial.\nrecord:\n"
ONE = "  - {path: a, from: a}\n"

MISTAKES = [
    ("  - {path: a}\n", "a: needs `from`, `const` or `default`"),
    ("  - {path: a, from: a, const: 1}\n", "exclude each other"),
    (ONE + ONE, "a and a cannot stand in one record"),
    (ONE + "  - {path: a.b, from: b}\n", "a and a.b cannot stand in one record"),
    ('  - {path: a, from: a, pattern: "("}\n', "no regular expression"),
    ("  - {path: a, from: a, variants: [x]}\n", "'x' is not among"),
    ("  - {path: a, from: a, default: 1, each: [{path: b, from: b}]}\n", "and nothing else"),
    ("  - {path: a, from: a, each: [{path: b}]}\n", "record: a: b: needs"),
    ("  - {path: a, from: a, with: [{use: lookup, set: x}]}\n", "no value set 'x'"),
    (
        "  - {path: a, from: a, with: [{use: map, values: [{is: A, to: 1}, {is: a, to: 2}]}]}\n",
        "twice",
    ),
    ("  - {path: a, from: a, with: [{use: date, formats: [DD/MM]}]}\n", "must name the year"),
    (
        '  - {path: a, from: a, with: [{use: date, formats: ["DD/MM/YYYY HH:mm"]}]}\n',
        "use date-time",
    ),
    (
        "  - {path: a, from: a, with: [{use: date-time, formats: [YYYY], zone: UTC}]}\n",
        "names no time",
    ),
    (
        '  - {path: a, from: a, with: [{use: date-time, formats: ["DD/MM/YYYY HH:mm"]}]}\n',
        "needs the `zone`",
    ),
    ("  - {path: a, from: a, with: [{use: local-date, zone: Mars/Base}]}\n", "is no time zone"),
    (ONE + "csv: {columns: [{column: a}, {column: a, to: b}]}\n", "column a stands there twice"),
    (ONE + "csv: {columns: [{column: a}, {column: b, to: a}]}\n", "path a stands there twice"),
    (ONE + "csv: {columns: [{column: a}, {column: b, to: a.c}]}\n", "cannot hold a cell and a.c"),
    (ONE + "csv: {columns: [{column: b, to: a.0}, {column: c, to: a.c}]}\n", "a list or an object"),
    (ONE + "csv: {columns: [{column: b, to: a.1000}]}\n", "at most 1000"),
    (ONE + "csv: {columns: [{column: a}, {column: b}]}\n", "nothing in `record` reads b"),
    (
        "  - {path: a, each: [{path: b, from: b}]}\ncsv: {columns: [{column: a.0.b}]}\n",
        "`each` goes",
    ),
    (ONE + "variants: [x]\ncsv: {columns: [{column: a}]}\n", "csv is not among"),
]


class TestMistakes:
    @pytest.mark.parametrize(("record", "told"), MISTAKES)
    def test_a_mistake_is_told(self, open_source: OpenSource, record: str, told: str) -> None:
        with pytest.raises(ConfigError) as caught:
            open_source(HEAD + record)

        assert told in str(caught.value)
        assert all(line.startswith("mapping.yaml: ") for line in str(caught.value).splitlines())

    def test_all_of_them_are_told_together(self, open_source: OpenSource) -> None:
        with pytest.raises(ConfigError) as caught:
            open_source(HEAD + "  - {path: a}\n  - {path: b}\n")

        assert len(str(caught.value).splitlines()) == 2

    def test_one_of_shape_has_its_line_and_a_hint(self, open_source: OpenSource) -> None:
        with pytest.raises(ConfigError, match=r"mapping.yaml:4:\d+.*form"):
            open_source(HEAD + "  - {path: a, form: a}\n")

    def test_an_unknown_converter_is_told_with_its_place(self, open_source: OpenSource) -> None:
        with pytest.raises(ConfigError, match=r"mapping.yaml:4:\d+"):
            open_source(HEAD + "  - {path: a, from: a, with: [shout]}\n")

    def test_a_value_that_no_entry_has_is_told(self, open_source: OpenSource) -> None:
        sets = "value_sets: [{name: subjects, file: sets/subjects.yaml}]\n"
        with pytest.raises(ConfigError, match="no entry of the value set 'subjects' has 'colour'"):
            open_source(
                HEAD
                + "  - {path: a, from: a, with: [{use: lookup, set: subjects, take: colour}]}\n"
                + sets
            )


class TestWithoutCsv:
    def test_it_has_no_columns(self, open_source: OpenSource) -> None:
        source = open_source(HEAD + ONE)

        assert list(source.columns()) == []
        with pytest.raises(ConfigError, match="add `csv`"):
            source.from_row({"a": "1"})
