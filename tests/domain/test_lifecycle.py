"""The states of a credential, and what it was at any moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from mohar.domain.lifecycle import LifecycleAction, StateChange, goal_of, may_start_from, state_at

START = datetime(2026, 1, 1, tzinfo=UTC)


def test_what_is_revoked_or_superseded_stays_so():
    for state in ("revoked", "superseded", "reserved", "refused"):
        assert not any(may_start_from(action, state) for action in ("revoke", "suspend", "restore"))


def test_no_action_starts_from_where_it_leads_to():
    for action in ("revoke", "suspend", "restore"):
        assert not may_start_from(action, goal_of(action))


@given(
    st.lists(st.sampled_from(["revoke", "suspend", "restore"]), max_size=12), st.integers(-1, 14)
)
def test_the_state_at_any_moment_is_the_one_it_had_then(wishes: list[LifecycleAction], asked: int):
    state, changes, lived = "current", [], []
    for second, action in enumerate(wishes):
        lived.append(state)
        if may_start_from(action, state):
            at = START + timedelta(seconds=second)
            changes.append(StateChange(at=at, before=state, after=goal_of(action)))
            state = goal_of(action)
    # lived[n] is the state just before second n.
    then = [*lived[1:], state][asked] if 0 <= asked < len(wishes) else None
    expected = "current" if asked < 0 else then or state

    assert state_at(state, changes, START + timedelta(seconds=asked)) == expected
