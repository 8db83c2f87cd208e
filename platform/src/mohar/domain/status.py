"""The place of a credential in a published status list (W3C Bitstring Status List 1.0)."""

from __future__ import annotations

from typing import Literal

import msgspec

StatusPurpose = Literal["revocation", "suspension"]


class StatusSlot(msgspec.Struct, frozen=True, kw_only=True):
    """One bit that was set aside before the credential was signed."""

    list_id: str
    index: int


class StatusReference(msgspec.Struct, frozen=True, kw_only=True):
    """What a credential says about where its status is told."""

    list_url: str
    index: int
    purpose: str = "revocation"
