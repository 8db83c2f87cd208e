"""The settings that all signers with a key in a file have in common."""

from __future__ import annotations

from typing import Any

import msgspec

from mohar.domain.keys import Algorithm
from mohar.plugin.tools import SecretReference


class KeyFile(msgspec.Struct, frozen=True, kw_only=True):
    """Where a signer's key is kept, and which it is; other settings are left alone."""

    key: SecretReference
    key_id: str
    algorithm: Algorithm | None = None
    controller: str = ""


def key_file(settings: dict[str, Any]) -> KeyFile | None:
    """Return the key that a signer's settings name, or None where they name none this way."""
    try:
        return msgspec.convert(settings, KeyFile)
    except msgspec.ValidationError:
        return None
