"""The states in the life of a credential, and the ways from one to another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, Literal

import msgspec

CredentialState = Literal["reserved", "current", "superseded", "revoked", "suspended", "refused"]

ISSUED_STATES: Final[tuple[CredentialState, ...]] = (
    "current",
    "superseded",
    "revoked",
    "suspended",
)
# What a published status list says of a credential in one of these is not "good".
FLAGGED_STATES: Final[tuple[CredentialState, ...]] = ("superseded", "revoked", "suspended")

LifecycleAction = Literal["revoke", "suspend", "restore"]

_LEADS_TO: Final[Mapping[LifecycleAction, CredentialState]] = {
    "revoke": "revoked",
    "suspend": "suspended",
    "restore": "current",
}
_STARTS_FROM: Final[Mapping[LifecycleAction, tuple[CredentialState, ...]]] = {
    "revoke": ("current", "suspended"),
    "suspend": ("current",),
    "restore": ("suspended",),
}


class StateChange(msgspec.Struct, frozen=True, kw_only=True):
    """One step in the life of a credential: at `at` it went from one state to the other."""

    at: datetime
    before: CredentialState
    after: CredentialState


def goal_of(action: LifecycleAction) -> CredentialState:
    """Return the state an action leads to."""
    return _LEADS_TO[action]


def may_start_from(action: LifecycleAction, state: CredentialState) -> bool:
    """Say whether an action is possible in a state; revoking and superseding are for good."""
    return state in _STARTS_FROM[action]


def state_at(
    now: CredentialState, changes: Sequence[StateChange], moment: datetime
) -> CredentialState:
    """
    Return the state a credential had at a moment, from its state now and all of its changes.

    A change counts from its very moment on.
    """
    ordered = sorted(changes, key=lambda change: change.at)
    passed = [change for change in ordered if change.at <= moment]
    if passed:
        return passed[-1].after
    return ordered[0].before if ordered else now
