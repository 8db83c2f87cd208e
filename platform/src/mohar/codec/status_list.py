"""
Lists of status values: what many credentials have become, in one small published text.

Two standards pack them differently. W3C Bitstring Status List 1.0 counts from the most
significant bit of the first byte and writes multibase base64url of GZIP (§2.2, §3.3); the IETF
Token Status List counts from the least significant bits and writes base64url of ZLIB (§4).
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable, Mapping
from typing import Final, Literal

from mohar.codec import base64url
from mohar.domain.errors import Unreadable

Order = Literal["most-significant-first", "least-significant-first"]
Width = Literal[1, 2, 4, 8]
WIDTHS: Final = (1, 2, 4, 8)

# Level 9 takes ten times as long and saves nothing on a list of mostly noughts.
_LEVEL: Final = 6
_MULTIBASE: Final = "u"
_GZIP: Final = 16 + zlib.MAX_WBITS
# Eight million entries: the largest list that is worth sending to anybody.
_MAX_BYTES: Final = 1_048_576


class StatusValues:
    """
    A list of small numbers, packed. Entry 0 is the first.

    Raises:
        ValueError: a width that is not 1, 2, 4 or 8 bits.
    """

    def __init__(self, packed: bytes, width: int, order: Order) -> None:
        if width not in WIDTHS:
            raise ValueError("a status takes 1, 2, 4 or 8 bits")
        self.packed = packed
        self.width = width
        self._order = order

    @classmethod
    def of(
        cls, values: Mapping[int, int], size: int, *, width: int = 1, order: Order
    ) -> StatusValues:
        """
        Return a list of `size` entries, all 0 but those given.

        Raises:
            ValueError: an entry outside of the list, or a value that its bits cannot hold.
        """
        made = cls(bytes(-(-size * width // 8)), width, order)
        packed = bytearray(made.packed)
        for index, value in values.items():
            if not 0 <= index < size or not 0 <= value < 1 << width:
                raise ValueError(f"entry {index} of {size} cannot be {value} in {width} bits")
            byte, shift = made._place(index)
            packed[byte] = packed[byte] & ~(made._mask << shift) | value << shift
        return cls(bytes(packed), width, order)

    @property
    def size(self) -> int:
        """Return how many entries there are room for."""
        return len(self.packed) * 8 // self.width

    def __getitem__(self, index: int) -> int:
        """Return the value of an entry. Raises IndexError beyond the end, and before the start."""
        if not 0 <= index < self.size:
            raise IndexError("there is no such entry in the status list")
        byte, shift = self._place(index)
        return self.packed[byte] >> shift & self._mask

    def set_entries(self) -> dict[int, int]:
        """Return every entry that is not 0."""
        each_byte = 8 // self.width
        entries: Iterable[int] = (
            byte * each_byte + offset
            for byte, packed in enumerate(self.packed)
            if packed
            for offset in range(each_byte)
        )
        return {index: value for index in entries if (value := self[index])}

    @property
    def _mask(self) -> int:
        return (1 << self.width) - 1

    def _place(self, index: int) -> tuple[int, int]:
        byte, bit = divmod(index * self.width, 8)
        return byte, bit if self._order == "least-significant-first" else 8 - self.width - bit


def bitstring_of(revoked: Iterable[int], size: int) -> StatusValues:
    """Return the bits of a W3C list with these entries set. Raises ValueError beyond its end."""
    return StatusValues.of(dict.fromkeys(revoked, 1), size, order="most-significant-first")


def encode_bitstring(values: StatusValues) -> str:
    """Return a W3C `encodedList`. The same bits are the same text on every day."""
    return _MULTIBASE + base64url.encode(gzip.compress(values.packed, _LEVEL, mtime=0))


def decode_bitstring(text: str, *, width: int = 1) -> StatusValues:
    """
    Read a W3C `encodedList`, with or without its multibase letter (drafts had none).

    Raises:
        Unreadable: it is none, or unpacks to more than a list may have.
    """
    # GZIP begins with 1F 8B, so its base64url begins with H: the letter is never part of it.
    packed = base64url.decode(text.removeprefix(_MULTIBASE))
    return _values(_inflated(packed, _GZIP), width, "most-significant-first")


def encode_token_list(values: StatusValues) -> str:
    """Return an IETF `lst`."""
    return base64url.encode(zlib.compress(values.packed, _LEVEL))


def decode_token_list(text: str, width: int) -> StatusValues:
    """
    Read an IETF `lst` whose entries have `width` bits.

    Raises:
        Unreadable: it is none, or unpacks to more than a list may have.
    """
    return read_token_list(base64url.decode(text), width)


def read_token_list(packed: bytes, width: int) -> StatusValues:
    """Read an IETF `lst` as CBOR has it, in bytes; see `decode_token_list`."""
    return _values(_inflated(packed, zlib.MAX_WBITS), width, "least-significant-first")


def _values(packed: bytes, width: int, order: Order) -> StatusValues:
    try:
        return StatusValues(packed, width, order)
    except ValueError as error:
        raise Unreadable(f"this is no status list: {error}") from error


def _inflated(packed: bytes, window: int) -> bytes:
    inflater = zlib.decompressobj(window)
    try:
        unpacked = inflater.decompress(packed, _MAX_BYTES)
    except zlib.error as error:
        raise Unreadable("this is no status list: it cannot be unpacked") from error
    if inflater.unconsumed_tail or not inflater.eof or inflater.unused_data:
        raise Unreadable(
            f"this is no status list: it is cut, has something behind it or is longer than "
            f"{_MAX_BYTES} bytes"
        )
    return unpacked
