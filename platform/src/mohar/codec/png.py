"""Write black and white PNG files (ISO/IEC 15948), the same bytes for the same picture."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from typing import Final

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_ASCII_BITS: Final = bytes([ord("1"), ord("0")]) + bytes(254)


def bilevel_png(rows: Sequence[bytes], *, scale: int, pixels_per_metre: int = 0) -> bytes:
    """
    Return a PNG of a square grid, `scale` pixels for each cell; a cell of 1 is black.

    `pixels_per_metre` tells a printer the size meant; 0 leaves it out.
    """
    side = len(rows) * scale
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    lines = b"".join(_line(row, side, scale) for row in rows)
    physical = _chunk(b"pHYs", struct.pack(">IIB", pixels_per_metre, pixels_per_metre, 1))
    return b"".join(
        (
            _SIGNATURE,
            _chunk(b"IHDR", header),
            physical if pixels_per_metre else b"",
            _chunk(b"IDAT", zlib.compress(lines, 6)),
            _chunk(b"IEND", b""),
        )
    )


def _line(row: bytes, side: int, scale: int) -> bytes:
    """Return one grid row as scan lines: the first in full, the others "same as above"."""
    bits = row.translate(_ASCII_BITS).replace(b"0", b"0" * scale).replace(b"1", b"1" * scale)
    length = (side + 7) // 8
    packed = int(bits.ljust(length * 8, b"1"), 2).to_bytes(length, "big")
    return b"\x00" + packed + (b"\x02" + bytes(length)) * (scale - 1)


def _chunk(name: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(content, zlib.crc32(name))
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", checksum)
