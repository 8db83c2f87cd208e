"""Font files without the time at which they were cut out of larger ones."""

from __future__ import annotations

import struct
from typing import Final

_WHOLE: Final = 0xB1B0AFBA
"""What all of a font file adds up to (OpenType, table `head`, checksumAdjustment)."""


def undated(font: bytes) -> bytes:
    """
    Return a font file that says it was changed when it was made; another file as it is.

    fontTools, through which WeasyPrint takes the pictures out of an emoji font, writes the hour of
    the clock into it, and the same page would never have the same bytes.
    """
    head = _head(font)
    if head is None:
        return font
    entry, offset = head
    changed = bytearray(font)
    changed[offset + 28 : offset + 36] = font[offset + 20 : offset + 28]
    changed[offset + 8 : offset + 12] = bytes(4)
    length = struct.unpack_from(">L", font, entry + 12)[0]
    table = changed[offset : offset + length]
    struct.pack_into(">L", changed, entry + 4, checksum(table))
    struct.pack_into(">L", changed, offset + 8, (_WHOLE - checksum(changed)) & 0xFFFFFFFF)
    return bytes(changed)


def _head(font: bytes) -> tuple[int, int] | None:
    """Return where the table `head` is listed and where it stands."""
    count = int.from_bytes(font[4:6])
    for entry in range(12, 12 + 16 * count, 16):
        if font[entry : entry + 4] == b"head":
            offset = int.from_bytes(font[entry + 8 : entry + 12])
            return (entry, offset) if offset + 54 <= len(font) else None
    return None


def checksum(content: bytes | bytearray) -> int:
    """Return what the words of four bytes of a table or a file add up to (OpenType)."""
    padded = bytes(content) + bytes(-len(content) % 4)
    words: tuple[int, ...] = struct.unpack(f">{len(padded) // 4}L", padded)
    return sum(words) & 0xFFFFFFFF
