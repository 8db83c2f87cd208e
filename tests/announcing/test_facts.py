from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from mohar.announcing import fact_of
from mohar.announcing.facts import flat
from mohar.domain.events import Event
from mohar.domain.values import at_path

LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
NAMES = st.from_regex(r"[a-z]{1,4}", fullmatch=True)
TREES = st.dictionaries(
    NAMES,
    st.recursive(
        LEAVES,
        lambda below: st.lists(below, max_size=3) | st.dictionaries(NAMES, below, max_size=3),
        max_leaves=10,
    ),
    max_size=4,
)


class TestFactOf:
    def test_a_fact_is_the_event_made_flat(self) -> None:
        event = Event(
            event_id="e1",
            sequence=7,
            type="credential.issued",
            occurred_at=datetime(2026, 3, 1, tzinfo=UTC),
            kind="vaccination",
            facts={"age_band": "40-49", "bodies": {"domestic": "issued"}},
        )

        fact = fact_of(event)

        assert fact.event_id == "e1"
        assert fact.facts == {"age_band": "40-49", "bodies.domestic": "issued"}


class TestFlat:
    @settings(deadline=None, max_examples=100)
    @given(TREES)
    def test_every_leaf_is_found_at_its_path(self, tree: dict[str, Any]) -> None:
        for path, value in flat(tree).items():
            assert not isinstance(value, (dict, list))
            assert at_path(tree, path) == value

    @settings(deadline=None, max_examples=100)
    @given(TREES)
    def test_flat_once_is_flat_for_good(self, tree: dict[str, Any]) -> None:
        once = flat(tree)

        assert flat(once) == once
