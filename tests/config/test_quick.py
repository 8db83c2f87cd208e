"""The quick reader gives the very tree that the other one gives, or leaves the file to it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mohar.config.emit import to_yaml
from mohar.config.mistakes import ConfigMistakes
from mohar.config.places import Text
from mohar.config.quick import read_quickly
from mohar.config.tree import plain
from mohar.config.yaml import read_in_full

ROOT = Path(__file__).parents[2]
FILES = sorted([*(ROOT / "config").rglob("*.yaml"), *(ROOT / "schemas").rglob("*.yaml")], key=str)
# Snippets that are plain, and those at the border of what is.
SNIPPETS = (
    "\n", "\n", "\n  ", "\n  ", "\n    ", " ", " ", "- ", "- ", "-", ": ", ": ", ":", "? ", "[", "]",
    "[a, b]", "{a: 1}", "{", "}", ",", ", ", "#", " # c", " #", "&a", "*a", "!", "|\n", ">-\n",
    ">-\n    x\n    y\n", ">", "'", '"', "'it''s'", '"a\\nb"', '"\\"', '"\\u00e9"', '"x" ', "\\",
    "%YAML 1.2\n", "---\n", "...", "~", "null", "0x1F", "011", "1e9", "-1", ".5", ".inf", "a", "a b",
    "key", "key: ", "key:\n", "https://x.y/z", "did:web:x", "é", "क्", "😀", "\t", "\x85", "\u2028",
    "\u00a0", "\u3000", "<<", "=", "@", "`", "a:b", "a#b", "a #b", "a- b", "a ?b", "a?", "a,b", "a]",
)  # fmt: skip
soup = st.lists(st.sampled_from(SNIPPETS), max_size=40).map("".join)


def in_full(content: str) -> Any:
    """Return the tree of the reader in full, or None where it finds mistakes."""
    try:
        document = read_in_full(Text("f", content))
    except ConfigMistakes:
        return None
    return None if document.problems else document.root


def agrees(content: str) -> bool:
    """Say whether a text was read quickly; its tree is then the same, places and types too."""
    document = read_quickly(Text("f", content))
    if document is None:
        return False
    quick = document.root
    full = in_full(content)
    assert quick == full
    # Equal numbers may be of different types, and NaN equals nothing.
    assert repr(plain(quick)) == repr(plain(full))
    return True


@pytest.mark.parametrize("file", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_that_comes_with_the_house_is_read_quickly(file: Path) -> None:
    """
    A file that is not would be read right, but at a slow pace.
    """
    assert agrees(file.read_text("utf-8"))


@settings(max_examples=1500, deadline=None)
@given(soup)
@example("a: b\n  c\n")
@example("a: >-\n  b\n\n  c\n")
@example("a: >-\n  b\n # c\n")
@example("a: >-\n b\nc: d")
@example("- - a\n  - b\n-\n  - c: d\n    e: f\n")
@example("a:\n- b\n- c\nd: e\n")
@example("a:\n  b: c\n d: e\n")
@example("- a: b\n - c\n")
@example("a:\n- b\n  c\n")
@example("a: {b: c, d: [e, f: g]}\n")
@example("a: [b, c,]\n")
@example("a: {b:c}\n")
@example("a: {b: }\n")
@example("a: 'b' 'c'\n")
@example('"a": "b"\n"a": "c"\n')
@example("a : b\n")
@example("a: b: c\n")
@example("true: a\n")
@example("a:\n\n\n# b\n")
@example("a: b # c")
@example("a: b#c\n#")
def test_any_soup_is_read_as_it_is_in_full_or_left(text: str) -> None:
    agrees(text)


@settings(max_examples=600, deadline=None)
@given(st.sampled_from(FILES), st.data())
def test_a_changed_file_is_read_as_it_is_in_full_or_left(file: Path, data: st.DataObject) -> None:
    lines = file.read_text("utf-8").splitlines(keepends=True)
    first = data.draw(st.integers(0, len(lines) - 1))
    part = "".join(lines[first : first + data.draw(st.integers(1, 25))])
    at = data.draw(st.integers(0, len(part)))
    dropped = data.draw(st.integers(0, 4))

    agrees(part[:at] + data.draw(soup) + part[at + dropped :])


@st.composite
def indented(draw: st.DrawFn) -> str:
    """Lines of keys and items, each as far to the right as it happens to be."""
    starts = st.sampled_from(("", "- ", "- - ", "k: ", "k:", "- k: ", "- k:", "-", "# c", "l: "))
    values = st.sampled_from(
        ("", "v", "1", "'q'", '"d"', "[a, b]", "{a: b}", "[]", "{}", "v # c", " # c", "[a", ">-")
    )
    count = draw(st.integers(1, 8))
    return "\n".join(
        " " * draw(st.integers(0, 5)) * draw(st.integers(0, 1)) + draw(starts) + draw(values)
        for _ in range(count)
    ) + draw(st.sampled_from(("", "\n", "\n\n", "\n ")))


@settings(max_examples=1500, deadline=None)
@given(indented())
def test_any_indentation_is_read_as_it_is_in_full_or_left(text: str) -> None:
    agrees(text)


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**9), 10**9)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
    | st.sampled_from(["NO", "011001", "12:30:00", "~", "- a", "a: b", "", " a", "1.5", "#"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text("ab1:- ", max_size=4), inner, max_size=3)
    ),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.text("abc-", min_size=1, max_size=4), values, max_size=4))
def test_what_the_house_writes_is_read_as_it_is_in_full(tree: dict[str, Any]) -> None:
    agrees(to_yaml(tree))
