"""
The signature of a webhook, made and verified (Standard Webhooks 1.0).

A message is signed over its id, its moment and its body, so that none of them can be exchanged.
Whoever receives one calls `verify`, which needs nothing but the standard library.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping, Sequence
from typing import Final

REPLAY_WINDOW_SECONDS: Final = 300
_PREFIX: Final = b"whsec_"
_VERSION: Final = "v1"
_LEAST_BYTES: Final = 24
_MOST_BYTES: Final = 64


def read_secret(text: bytes) -> bytes:
    """
    Return the key behind a secret: base64 of 24 to 64 random bytes, with or without `whsec_`.

    Raises:
        ValueError: it is none.
    """
    try:
        key = base64.b64decode(text.strip().removeprefix(_PREFIX), validate=True)
    except binascii.Error:
        key = b""
    if not _LEAST_BYTES <= len(key) <= _MOST_BYTES:
        raise ValueError("write whsec_ and the base64 of 24 to 64 random bytes")
    return key


def sign(keys: Sequence[bytes], message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Return the headers of a message, with a signature for each key."""
    signatures = " ".join(_signature(key, message_id, str(timestamp), body) for key in keys)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signatures,
    }


def verify(
    keys: Sequence[bytes],
    headers: Mapping[str, str],
    body: bytes,
    now: float,
    *,
    window_seconds: float = REPLAY_WINDOW_SECONDS,
) -> bool:
    """
    Say whether a message was signed with one of the keys, and is no older or newer than the window.

    Within the window the same message may come again: keep `webhook-id` at least that long.
    Names of headers count in any case.
    """
    sent = {name.lower(): value for name, value in headers.items()}
    timestamp = sent.get("webhook-timestamp", "")
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= len(str(2**63))):
        return False
    if abs(now - int(timestamp)) > window_seconds:
        return False
    message_id = sent.get("webhook-id", "")
    given = sent.get("webhook-signature", "").encode().split()
    expected = [_signature(key, message_id, timestamp, body).encode() for key in keys]
    return any(hmac.compare_digest(one, each) for one in given for each in expected)


def _signature(key: bytes, message_id: str, timestamp: str, body: bytes) -> str:
    signed = b".".join((message_id.encode(), timestamp.encode(), body))
    digest = hmac.digest(key, signed, "sha256")
    return f"{_VERSION},{base64.b64encode(digest).decode()}"
