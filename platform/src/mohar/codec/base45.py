"""
Base45 (RFC 9285), the alphabet of a QR code's alphanumeric mode.

Every certificate is encoded once and decoded once, and one character at a time that costs as much
as the signature does; a table of all 2,025 pairs of characters makes it a small part. A table of all
triples is no faster: it does not stay in the processor's cache.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from functools import cache
from typing import Final

from mohar.domain.errors import Unreadable

_ALPHABET: Final = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_OUTSIDE: Final = 255
_VALUES: Final = bytes(
    _ALPHABET.index(code) if code in _ALPHABET else _OUTSIDE for code in range(256)
)
_TRIPLE: Final = 3
_PAIR: Final = 2


def encode(data: bytes) -> bytes:
    """Return bytes as base45 text: three characters for two bytes, two for a last single one."""
    words = struct.unpack(f">{len(data) // 2}H", data[: len(data) // 2 * 2])
    pairs, singles = _tables()
    text = b"".join([pairs[word % 2025] + singles[word // 2025] for word in words])
    return text + _last(data[-1]) if len(data) % 2 else text


def decode(text: bytes) -> bytes:
    """
    Return the bytes behind base45 text. There is one text for each sequence of bytes.

    Raises:
        Unreadable: a character outside the alphabet, a length that no bytes have, or a group that
            stands for more than its bytes can hold.
    """
    values = text.translate(_VALUES)
    if _OUTSIDE in values:
        raise Unreadable("a character in it is none of base45 (RFC 9285)")
    whole = len(values) // _TRIPLE * _TRIPLE
    try:
        words = [
            first + 45 * second + 2025 * third
            for first, second, third in zip(
                values[0:whole:3], values[1:whole:3], values[2:whole:3], strict=True
            )
        ]
        return struct.pack(f">{len(words)}H", *words) + _rest(values[whole:])
    except struct.error as error:
        raise Unreadable("a group of its base45 text stands for more than two bytes") from error


def _rest(values: bytes) -> bytes:
    if not values:
        return b""
    if len(values) != _PAIR:
        raise Unreadable("its base45 text is one character short, or one too long")
    return struct.pack("B", values[0] + 45 * values[1])


@cache
def _tables() -> tuple[Sequence[bytes], Sequence[bytes]]:
    """Made when first needed: nothing happens at import."""
    singles = [bytes((code,)) for code in _ALPHABET]
    return [first + second for second in singles for first in singles], singles


def _last(byte: int) -> bytes:
    return bytes((_ALPHABET[byte % 45], _ALPHABET[byte // 45]))
