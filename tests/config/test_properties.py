"""Whatever stands in a file: a value, or a ConfigError that points into it."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mohar.config.deployment import Deployment
from mohar.config.emit import to_yaml
from mohar.config.mistakes import ConfigMistakes
from mohar.config.places import Text
from mohar.config.scalars import resolved
from mohar.config.shapes import converted
from mohar.config.tree import plain
from mohar.config.value_sets import value_set_of
from mohar.config.yaml import read_document
from mohar.domain.errors import ConfigError

MINIMAL = (Path(__file__).parents[2] / "config" / "minimal" / "deployment.yaml").read_text("utf-8")
FRAGMENTS = (
    "\n", "\n  ", "\t", " ", "- ", ": ", ":", "? ", "[", "]", "{", "}", ",", "#", " #", "&a", "*a",
    "!", "!!str ", "|\n", ">-\n", "'", '"', "\\", "\\U", "\\ud800", "%YAML 1.2\n", "---\n", "...",
    "~", "null", "0x", "1e9", "name", "uses", "env", "a", "é", "😀", "\r", "\x85", "\u2028",
    "\ufeff", "\0", "<<", "@", "`",
)  # fmt: skip
soup = st.lists(st.sampled_from(FRAGMENTS), max_size=40).map("".join)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**60), 10**60)
    | st.floats()
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
    | st.sampled_from(["NO", "on", "011001", "12:30:00", "~", "- a", "a: b", "", " a", "1.5", "#"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text("ab1:- ", max_size=4), inner, max_size=3)
    ),
    max_leaves=12,
)


def outcome(data: bytes) -> Any:
    """Return the deployment, or None after looking at the error's places."""
    try:
        return converted(read_document(data, "f"), Deployment)
    except ConfigMistakes as error:
        told = error

    lines = data.count(b"\n") + data.count(b"\r") + 1
    assert told.mistakes
    assert all(1 <= each.line <= lines and each.column >= 1 for each in told.mistakes)
    assert str(told).encode("utf-8")
    return None


@settings(max_examples=200, deadline=None)
@given(
    st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass"))
    | st.binary(max_size=60)
)
def test_any_bytes_give_a_deployment_or_a_config_error(data: bytes) -> None:
    assert outcome(data) is None


@settings(max_examples=300, deadline=None)
@given(soup)
def test_any_soup_of_yaml_gives_a_deployment_or_a_config_error(text: str) -> None:
    assert outcome(text.encode()) is None


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(MINIMAL)), st.integers(0, 12), soup)
def test_a_changed_file_gives_a_deployment_or_a_config_error(
    at: int, dropped: int, put: str
) -> None:
    changed = MINIMAL[:at] + put + MINIMAL[at + dropped :]

    assert outcome(changed.encode()) is None or isinstance(outcome(changed.encode()), Deployment)


@settings(max_examples=150, deadline=None)
@given(values)
def test_any_tree_gives_a_deployment_a_value_set_or_a_config_error(value: Any) -> None:
    data = to_yaml({"mohar": value, "store": value, "signers": [value], "entries": value}).encode()

    assert outcome(data) is None
    with pytest.raises(ConfigError):
        value_set_of(read_document(data, "f"))


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"]), max_size=10), values, max_size=4
    )
)
def test_what_is_written_reads_back(tree: dict[str, Any]) -> None:
    document = read_document(to_yaml(tree).encode(), "f")

    assert document.problems == ()
    assert same(plain(document.root), tree)


@settings(max_examples=200, deadline=None)
@given(st.from_regex(r"[-+]?[0-9_.eExXoOa-f:~]{1,20}", fullmatch=True))
def test_a_leading_zero_always_stays_text(text: str) -> None:
    try:
        value = resolved(text)
    except ValueError:
        return

    digits = text.lstrip("+-")
    if digits.isdecimal() and len(digits) > 1 and digits[0] == "0":
        assert value == text


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300).filter(lambda text: "\r" not in text), st.data())
def test_every_character_has_a_place_and_an_excerpt(content: str, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(content)))
    text = Text("f", content)

    place = text.place(index)

    before = content.split("\n")[: place.line - 1]
    assert sum(len(line) + 1 for line in before) + place.column - 1 == index
    assert text.excerpt(index).count("\n") == 1


def same(one: Any, other: Any) -> bool:
    """Say whether two trees are equal, types of numbers and NaN included."""
    if isinstance(one, dict) and isinstance(other, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float) and isinstance(other, float) and math.isnan(one):
        return math.isnan(other)
    return type(one) is type(other) and one == other
