from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mohar.domain.values import differing_paths, tellable_paths

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)
OBJECTS = st.dictionaries(st.text(max_size=4), JSON, max_size=4)


class TestTellablePaths:
    @pytest.mark.parametrize(
        ("path", "told"),
        [
            ("recipient.name", "recipient.name"),
            ("a.@type.line-1", "a.@type.line-1"),
            ("people.98765.name", "people"),
            ("people.Asha Namuna", "people"),
            ("9876543210", ""),
            ("a..b", "a"),
            ("x" * 41, ""),
        ],
    )
    def test_a_member_whose_name_could_be_a_value_is_told_by_the_place_above(
        self, path: str, told: str
    ):
        assert tellable_paths([path]) == [told]

    def test_each_is_told_once_in_order(self):
        assert tellable_paths(["b.12345", "a", "b.54321"]) == ["b", "a"]

    @settings(max_examples=100, deadline=None)
    @given(before=OBJECTS, after=OBJECTS)
    def test_what_differs_is_told_somewhere(
        self, before: dict[str, object], after: dict[str, object]
    ):
        differing = differing_paths(before, after)

        assert bool(tellable_paths(differing)) == bool(differing)
        assert differing_paths(before, before) == []


@pytest.mark.parametrize("other", [[True], [1.0], [1, None]])
def test_lists_that_only_compare_as_equal_differ(other: list[object]):
    assert differing_paths({"a": [1]}, {"a": other}) == ["a"]
