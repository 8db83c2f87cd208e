"""Base64url without padding (RFC 4648 §5, RFC 7515 §2), and nothing that merely resembles it."""

from __future__ import annotations

import base64
import binascii
import re

from mohar.domain.errors import Unreadable

_ALPHABET = re.compile(r"[A-Za-z0-9_-]*")


def encode(data: bytes) -> str:
    """Return `data` as base64url text."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decode(text: str) -> bytes:
    """
    Return the bytes behind base64url text.

    Raises:
        Unreadable: padding, a foreign character, or trailing bits that encode nothing: each
            value has exactly one text.
    """
    if _ALPHABET.fullmatch(text) is None or len(text) % 4 == 1:
        raise Unreadable("this is not base64url text (RFC 4648 §5, without padding)")
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as error:  # pragma: no cover -- the alphabet was checked above
        raise Unreadable("this is not base64url text (RFC 4648 §5, without padding)") from error
    if encode(data) != text:
        raise Unreadable("base64url text with stray bits at its end; encode it again")
    return data
