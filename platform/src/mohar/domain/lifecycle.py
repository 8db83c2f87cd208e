"""The life of a credential, and which step may follow which."""

from __future__ import annotations

from typing import Literal

CredentialState = Literal["reserved", "current", "superseded", "revoked", "suspended", "refused"]
IntakeState = Literal["waiting", "issued", "known", "refused", "failed"]

_FOLLOWS: dict[str, frozenset[str]] = {
    "reserved": frozenset({"current", "refused"}),
    "current": frozenset({"superseded", "revoked", "suspended"}),
    "suspended": frozenset({"current", "revoked", "superseded"}),
    "superseded": frozenset(),
    "revoked": frozenset(),
    "refused": frozenset({"reserved"}),
}


def may_follow(now: CredentialState, then: CredentialState) -> bool:
    """Say whether a credential may go from one state straight to another."""
    return then in _FOLLOWS[now]
