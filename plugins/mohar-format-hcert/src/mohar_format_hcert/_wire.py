"""HC1 text and the COSE bytes in it: prefix, base45, zlib. One text for each signed thing."""

from __future__ import annotations

import zlib
from typing import Final

from mohar.codec import base45
from mohar.domain.errors import Unreadable

PREFIX: Final = b"HC1:"
MAX_TEXT: Final = 20_000
MAX_INFLATED: Final = 100_000
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_BLANKS: Final = b" \t\r\n"
_LEVEL: Final = 9
# RFC 1950 §2.2: two bytes of header before the deflated data, four of checksum behind it.
_HEADER_BYTES: Final = 2
_CHECKSUM_BYTES: Final = 4


def looks_like_hc1(data: bytes) -> bool:
    """Say from the beginning of a text whether it is HC1."""
    return _trimmed(data).startswith(PREFIX)


def wrap(cose: bytes) -> bytes:
    """Return COSE bytes as HC1 text."""
    return PREFIX + base45.encode(zlib.compress(cose, _LEVEL))


def unwrap(data: bytes) -> bytes:
    """
    Return the COSE bytes in an HC1 text.

    Raises:
        Unreadable: another prefix, no base45, not compressed, larger than allowed, or text that
            somebody touched where no checksum would tell.
    """
    if len(data) > MAX_TEXT:
        raise Unreadable(f"an HC1 text of more than {MAX_TEXT} bytes is not read")
    text = _trimmed(data)
    if not text.startswith(PREFIX):
        raise Unreadable("a health certificate begins with HC1:, and this does not")
    return _inflated(base45.decode(text[len(PREFIX) :]))


def _trimmed(data: bytes) -> bytes:
    # A blank is a character of base45, but none that a text can end with.
    return data.removeprefix(_BYTE_ORDER_MARK).strip(_BLANKS)


def _inflated(packed: bytes) -> bytes:
    inflated = _inflate(packed)
    if inflated is None:
        raise Unreadable("its content is not compressed with zlib, or damaged")
    if _has_loose_bits(packed, inflated):
        raise Unreadable("its compressed content holds bits that say nothing")
    return inflated


def _inflate(packed: bytes) -> bytes | None:
    inflater = zlib.decompressobj()
    try:
        inflated = inflater.decompress(packed, MAX_INFLATED)
    except zlib.error:
        return None
    if inflater.unconsumed_tail:
        raise Unreadable(f"its content is larger than {MAX_INFLATED} bytes and is not read")
    return inflated if inflater.eof and not inflater.unused_data else None


def _has_loose_bits(packed: bytes, inflated: bytes) -> bool:
    """
    Say whether a bit is set where deflate (RFC 1951) only fills up a byte, which no checksum covers.

    Whoever compresses leaves these bits empty. They are the highest of the last deflated byte, so
    the highest bit that is set there is one of them if it can be cleared without a change. Where the
    data begins as a stored block, so are those behind its three bits.
    """
    first, place = packed[_HEADER_BYTES], len(packed) - _CHECKSUM_BYTES - 1
    if first & 0b110 == 0 and first >> 3:
        return True
    last = packed[place]
    if last == 0:
        return False
    cleared = last & ~(1 << (last.bit_length() - 1))
    changed = packed[:place] + bytes((cleared,)) + packed[place + 1 :]
    return _inflate(changed) == inflated
