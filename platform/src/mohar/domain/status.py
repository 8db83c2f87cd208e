"""The place of a credential in a published status list (W3C Bitstring Status List 1.0)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Final, Literal

import msgspec

from mohar.domain.lifecycle import CredentialState

StatusPurpose = Literal["revocation", "suspension"]

# Token Status List §7.1: 1 is INVALID, 2 is SUSPENDED, and 3 is for an application to define.
TOKEN_VALUES: Final[Mapping[CredentialState, int]] = {
    "revoked": 1,
    "suspended": 2,
    "superseded": 3,
}
_DIGEST_BYTES: Final = 16


class StatusSlot(msgspec.Struct, frozen=True, kw_only=True):
    """One bit that was set aside before the credential was signed."""

    list_id: str
    index: int


class BoundIdentifier(msgspec.Struct, frozen=True, kw_only=True):
    """
    What names a credential in a list of statuses when the credential itself names no list.

    `key_ids` are those its proofs name, `value` is what they bind.
    """

    issuer: str
    key_ids: tuple[str, ...]
    value: str


class StatusReference(msgspec.Struct, frozen=True, kw_only=True):
    """What a credential says about where its status is told."""

    list_url: str
    index: int
    purpose: str = "revocation"


def identifier_digest(identifier: str) -> bytes:
    """Return the first 16 bytes of an identifier's SHA-256, as the EU's revocation lists have it."""
    return hashlib.sha256(identifier.encode()).digest()[:_DIGEST_BYTES]
