"""A font without shapes, in which words are written that nobody is to see."""

from __future__ import annotations

import struct
from typing import Final

from mohar_renderer_pdf._fontdate import checksum

ADVANCE: Final = 0.5
"""The width of each of its letters, in its own size."""

_NAME: Final = b"/AAAAAA+Unseen"
_DESCRIPTOR: Final = {
    "Type": b"/FontDescriptor",
    "FontName": _NAME,
    "Flags": b"4",
    "FontBBox": b"[0 -200 500 800]",
    "ItalicAngle": b"0",
    "Ascent": b"800",
    "Descent": b"-200",
    "CapHeight": b"700",
    "StemV": b"80",
}
_DESCENDANT: Final = {
    "Type": b"/Font",
    "Subtype": b"/CIDFontType2",
    "BaseFont": _NAME,
    "CIDSystemInfo": b"<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>",
    "DW": b"500",
}
_FONT: Final = {
    "Type": b"/Font",
    "Subtype": b"/Type0",
    "BaseFont": _NAME,
    "Encoding": b"/Identity-H",
}
_CMAP_HEAD: Final = b"""/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<0000> <FFFF>
endcodespacerange"""
_CMAP_TAIL: Final = b"""endcmap
CMapName currentdict /CMap defineresource pop
end
end"""
_MOST_CODES: Final = 0xFFFF


class UnseenFont:
    """
    A font without shapes: each of its codes is one letter of the unseen text.

    One for a document. `to_unicode` and `glyph_of_each_code` are complete when the last page has
    been written.
    """

    def __init__(self) -> None:
        self._codes: dict[str, int] = {}

    def copy(self) -> UnseenFont:
        """Return another one in which the letters so far have the same codes."""
        other = UnseenFont()
        other._codes = dict(self._codes)
        return other

    @property
    def is_used(self) -> bool:
        """Say whether anything was written with it."""
        return bool(self._codes)

    def encoded(self, letters: str) -> bytes:
        """Return letters as a PDF string in this font."""
        return b"<" + b"".join(b"%04X" % self._code(letter) for letter in letters) + b">"

    def to_unicode(self) -> bytes:
        """Return the CMap from codes to letters (ISO 32000-1 §9.10.3)."""
        lines = [b"<%04X> <%s>" % (code, _utf16(letter)) for letter, code in self._codes.items()]
        blocks = [lines[at : at + 100] for at in range(0, len(lines), 100)]
        mapped = [b"%d beginbfchar\n%s\nendbfchar" % (len(b), b"\n".join(b)) for b in blocks]
        return b"\n".join([_CMAP_HEAD, *mapped, _CMAP_TAIL])

    def glyph_of_each_code(self) -> bytes:
        """Return the CIDToGIDMap: every code has the one glyph there is, which is empty."""
        return bytes(2 * len(self._codes) + 2)

    @staticmethod
    def program() -> bytes:
        """Return the TrueType file, whose one glyph is empty."""
        return _program()

    @staticmethod
    def descriptor(program: bytes) -> dict[str, bytes]:
        """Return the FontDescriptor around a reference to the program."""
        return {**_DESCRIPTOR, "FontFile2": program}

    @staticmethod
    def descendant(descriptor: bytes, glyph_of_each_code: bytes) -> dict[str, bytes]:
        """Return the CIDFont around references to its descriptor and its map of glyphs."""
        return {**_DESCENDANT, "FontDescriptor": descriptor, "CIDToGIDMap": glyph_of_each_code}

    @staticmethod
    def font(descendant: bytes, to_unicode: bytes) -> dict[str, bytes]:
        """Return the font around references to its descendant and its CMap."""
        return {**_FONT, "DescendantFonts": b"[" + descendant + b"]", "ToUnicode": to_unicode}

    def _code(self, letter: str) -> int:
        # Nobody writes 65,535 different letters on one document; whoever does reads a wrong one.
        return self._codes.setdefault(letter, min(len(self._codes) + 1, _MOST_CODES))


def _utf16(letter: str) -> bytes:
    return letter.encode("utf-16-be", "replace").hex().upper().encode()


def _program() -> bytes:
    """Return a font file with the tables that ISO 32000-1 §9.9 asks for, and one empty glyph."""
    tables = {
        b"glyf": bytes(4),
        b"head": struct.pack(
            ">LLLLHHqqhhhhHHhhh",
            *(0x00010000, 0x00010000, 0, 0x5F0F3CF5, 0, 1000, 0, 0),
            *(0, 0, 0, 0, 0, 8, 2, 0, 0),
        ),
        b"hhea": struct.pack(
            ">LhhhHhhhhhhhhhhhH", 0x00010000, 800, -200, 0, 500, *[0] * 4, 1, *[0] * 7
        ),
        b"hmtx": struct.pack(">Hh", 500, 0),
        b"loca": struct.pack(">HH", 0, 0),
        b"maxp": struct.pack(">LHHHHHHHHHHHHHH", 0x00010000, 1, *[0] * 4, 2, *[0] * 8),
    }
    return _font_file(tables)


def _font_file(tables: dict[bytes, bytes]) -> bytes:
    head = struct.pack(">LHHHH", 0x00010000, len(tables), 64, 2, len(tables) * 16 - 64)
    directory, body = b"", b""
    for tag, table in tables.items():
        padded = table + bytes(-len(table) % 4)
        offset = len(head) + 16 * len(tables) + len(body)
        directory += struct.pack(">4sLLL", tag, checksum(padded), offset, len(table))
        body += padded
    return head + directory + body
