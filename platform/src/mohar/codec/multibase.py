"""Multibase: text whose first letter names its base. `z` is base58btc, `u` is base64url."""

from __future__ import annotations

from typing import Literal

from mohar.codec import base58, base64url
from mohar.domain.errors import Unreadable, Unsupported


def encode(data: bytes, base: Literal["z", "u"] = "z") -> str:
    """Return `data` as multibase text in that base."""
    return base + (base58.encode(data) if base == "z" else base64url.encode(data))


def decode(text: str) -> bytes:
    """
    Return the bytes behind multibase text.

    Raises:
        Unreadable: the text is empty or breaks the rules of its base.
        Unsupported: a base other than `z` and `u`.
    """
    match text[:1]:
        case "z":
            return base58.decode(text[1:])
        case "u":
            return base64url.decode(text[1:])
        case "":
            raise Unreadable("empty multibase text")
        case _:
            raise Unsupported("multibase text must begin with z (base58btc) or u (base64url)")
