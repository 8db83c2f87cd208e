"""Facts about what a value must look like, and how texts are looked at quickly."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mohar.domain.values import JsonObject
from mohar_schema_declared._fit import holds_no_unsafe_text, is_unsafe

_HOSTILE = st.sampled_from(["\x00", "\t", "\x7f", "\x80", "\x9f", "\ud800", "\\n", '"', "é", "/"])
_TEXTS = st.lists(_HOSTILE | st.characters(), max_size=6).map("".join)
_TREES = st.dictionaries(
    st.sampled_from("abc"),
    st.recursive(_TEXTS | st.integers(0, 9) | st.none(), lambda each: st.lists(each, max_size=3)),
)


def _texts(tree: object) -> list[str]:
    if isinstance(tree, str):
        return [tree]
    inner = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else []
    return [text for each in inner for text in _texts(each)]


@given(_TREES)
def test_a_tree_that_is_said_to_be_safe_holds_no_unsafe_text(tree: JsonObject) -> None:
    said = holds_no_unsafe_text(tree)

    assert not (said and any(map(is_unsafe, _texts(tree))))


@given(st.dictionaries(st.sampled_from("abc"), st.text("aé अ/")))
def test_plain_texts_are_said_to_be_safe(tree: JsonObject) -> None:
    assert holds_no_unsafe_text(tree)
