"""A TrueType font with the glyphs of one document, cut out at a few microseconds a glyph."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Mapping
from typing import Any, Final

import pydyf

from mohar_renderer_pdf_compiled._file import File, dictionary, stream
from mohar_renderer_pdf_compiled._nodes import NotTold

# Flags of a part of a composite glyph (OpenType, table `glyf`).
_WORDS, _SCALE, _MORE, _TWO_SCALES, _MATRIX, _PROGRAM = 0x1, 0x8, 0x20, 0x40, 0x80, 0x100
_HEADER: Final = 10
_CMAP_HEAD: Final = b"""/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo
<< /Registry (Adobe)
/Ordering (UCS)
/Supplement 0
>> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<0000> <ffff>
endcodespacerange"""
_CMAP_TAIL: Final = b"""endcmap
CMapName currentdict /CMap defineresource pop
end
end"""


class Cutter:
    """
    Cuts glyphs out of one font file; each glyph is read once. Glyphs keep their numbers.

    Raises:
        NotTold: the file is no TrueType font with outlines, or one that varies.
    """

    def __init__(self, font: Any) -> None:
        self.font = font
        tables = _tables(font.file_content)
        needed = {b"glyf", b"head", b"hhea", b"hmtx", b"loca", b"maxp"}
        if not needed <= tables.keys() or b"fvar" in tables or font.index:
            raise NotTold("font")
        self._glyf = tables[b"glyf"]
        self._head = tables[b"head"][:50] + b"\0\1" + tables[b"head"][52:]
        self._maxp = tables[b"maxp"]
        self._hhea = tables[b"hhea"]
        self._hmtx = tables[b"hmtx"]
        self._long = struct.unpack(">H", self._hhea[34:36])[0]
        is_long = struct.unpack(">h", tables[b"head"][50:52])[0]
        loca = tables[b"loca"]
        shorts = struct.unpack(f">{len(loca) // 2}H", loca)
        self._loca = (
            struct.unpack(f">{len(loca) // 4}L", loca) if is_long else [2 * x for x in shorts]
        )
        self._read: dict[int, tuple[bytes, tuple[int, ...]]] = {}

    @property
    def box(self) -> tuple[int, ...]:
        """Return the box around all glyphs, in units of the font."""
        return struct.unpack(">4h", self._head[36:44])

    def cut(self, glyphs: Iterable[int]) -> bytes:
        """Return a font file with these glyphs and the parts that they are made of."""
        waiting = {0, *glyphs}
        found: dict[int, bytes] = {}
        while waiting:
            glyph = waiting.pop()
            outline, parts = self._glyph(glyph)
            found[glyph] = outline
            waiting.update(part for part in parts if part not in found)
        count = max(found) + 1
        offsets, metrics, body = [0], bytearray(4 * count), []
        for glyph in range(count):
            outline = found.get(glyph, b"")
            body.append(outline)
            offsets.append(offsets[-1] + len(outline))
            if glyph in found:
                metrics[4 * glyph : 4 * glyph + 4] = self._metric(glyph)
        return _file(
            {
                b"glyf": b"".join(body) or bytes(4),
                b"head": self._head,
                b"hhea": self._hhea[:34] + struct.pack(">H", count),
                b"hmtx": bytes(metrics),
                b"loca": struct.pack(f">{count + 1}L", *offsets),
                b"maxp": self._maxp[:4] + struct.pack(">H", count) + self._maxp[6:],
            }
        )

    def _metric(self, glyph: int) -> bytes:
        if glyph < self._long:
            return self._hmtx[4 * glyph : 4 * glyph + 4]
        advance = self._hmtx[4 * self._long - 4 : 4 * self._long - 2]
        at = 4 * self._long + 2 * (glyph - self._long)
        return advance + self._hmtx[at : at + 2]

    def _glyph(self, glyph: int) -> tuple[bytes, tuple[int, ...]]:
        known = self._read.get(glyph)
        if known is None:
            known = self._read[glyph] = _outline(
                self._glyf[self._loca[glyph] : self._loca[glyph + 1]]
            )
        return known


def add_font(file: File, cutter: Cutter, name: str, glyphs: Mapping[int, tuple[str, int]]) -> bytes:
    """
    Add a font with these glyphs, each with its text and its width, and return the reference to it.

    `name` is the tag before its name (ISO 32000-1 §9.6.4).
    """
    font = cutter.font
    program = cutter.cut(glyphs)
    packed = zlib.compress(program, 1)
    written = file.add(stream(packed, b"/Length1 %d" % len(program)))
    base = b"/%b+%b" % (name.encode(), font.name.partition(b"+")[2])
    box = [round(part * 1000 / font.upem) for part in cutter.box]
    descriptor = {
        "Type": "/FontDescriptor",
        "FontName": base,
        "FontFamily": pydyf.String(font.family),
        "Flags": font.flags,
        "FontBBox": pydyf.Array(box),
        "ItalicAngle": font.italic_angle,
        "Ascent": font.ascent,
        "Descent": font.descent,
        "CapHeight": box[3],
        "StemV": font.stemv,
        "StemH": font.stemh,
        "FontFile2": f"{written} 0 R",
    }
    described = file.add(dictionary(descriptor))
    widths = b"".join(b"%d[%d]" % (glyph, glyphs[glyph][1]) for glyph in sorted(glyphs))
    descendant = file.add(
        b"<</Type/Font/Subtype/CIDFontType2/BaseFont %b/CIDSystemInfo<</Registry(Adobe)"
        b"/Ordering(Identity)/Supplement 0>>/CIDToGIDMap/Identity/W[%b]/FontDescriptor %d 0 R>>"
        % (base, widths, described)
    )
    letters = file.add(stream(zlib.compress(_to_unicode(glyphs), 1)))
    number = file.add(
        b"<</Type/Font/Subtype/Type0/BaseFont %b/ToUnicode %d 0 R/Encoding/Identity-H"
        b"/DescendantFonts[%d 0 R]>>" % (base, letters, descendant)
    )
    return b"%d 0 R" % number


def _to_unicode(glyphs: Mapping[int, tuple[str, int]]) -> bytes:
    """Return the CMap from glyphs to text (ISO 32000-1 §9.10.3)."""
    lines = [
        b"<%04x> <%b>" % (glyph, glyphs[glyph][0].encode("utf-16-be", "replace").hex().encode())
        for glyph in sorted(glyphs)
    ]
    blocks = [lines[at : at + 100] for at in range(0, len(lines), 100)]
    mapped = [b"%d beginbfchar\n%b\nendbfchar" % (len(each), b"\n".join(each)) for each in blocks]
    return b"\n".join([_CMAP_HEAD, *mapped, _CMAP_TAIL])


def _tables(content: bytes) -> dict[bytes, bytes]:
    if content[:4] not in (b"\0\1\0\0", b"true"):
        return {}
    found = {}
    for entry in range(int.from_bytes(content[4:6])):
        tag, _, offset, length = struct.unpack_from(">4sLLL", content, 12 + 16 * entry)
        found[tag] = content[offset : offset + length]
    return found


def _outline(glyph: bytes) -> tuple[bytes, tuple[int, ...]]:
    """Return a glyph without its program, and the glyphs it is made of."""
    if len(glyph) < _HEADER:
        return b"", ()
    contours = struct.unpack(">h", glyph[:2])[0]
    if contours >= 0:
        ends = 10 + 2 * contours
        program = struct.unpack(">H", glyph[ends : ends + 2])[0]
        return _even(glyph[:ends] + b"\0\0" + glyph[ends + 2 + program :]), ()
    at, parts, out = 10, [], bytearray(glyph)
    flags = _MORE
    while flags & _MORE:
        flags, part = struct.unpack_from(">HH", glyph, at)
        parts.append(part)
        struct.pack_into(">H", out, at, flags & ~_PROGRAM)
        at += 4 + (4 if flags & _WORDS else 2)
        at += 2 if flags & _SCALE else 4 if flags & _TWO_SCALES else 8 if flags & _MATRIX else 0
    return _even(bytes(out[:at])), tuple(parts)


def _even(glyph: bytes) -> bytes:
    return glyph + bytes(-len(glyph) % 4)


def _file(tables: Mapping[bytes, bytes]) -> bytes:
    count = len(tables)
    head = struct.pack(">LHHHH", 0x00010000, count, 64, 2, 16 * count - 64)
    directory, body = b"", []
    offset = len(head) + 16 * count
    for tag, table in tables.items():
        directory += struct.pack(">4sLLL", tag, 0, offset, len(table))
        body.append(table + bytes(-len(table) % 4))
        offset += len(body[-1])
    return b"".join([head, directory, *body])
