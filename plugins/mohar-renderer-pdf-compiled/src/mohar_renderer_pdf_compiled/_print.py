"""Print one document from a sheet: its texts, its QR code, its attachment, and nothing else."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Mapping, Sequence
from typing import Any, Final
from xml.sax.saxutils import escape

import msgspec
import pydyf

from mohar.domain.clock import rfc3339
from mohar.domain.credential import Secured
from mohar_renderer_pdf.textlayer import UnseenFont, structure_entries
from mohar_renderer_pdf_compiled._bounded import Bounded
from mohar_renderer_pdf_compiled._file import File, Kept, dictionary, stream
from mohar_renderer_pdf_compiled._lines import Ink, Line, Pen
from mohar_renderer_pdf_compiled._marks import MarkedPage
from mohar_renderer_pdf_compiled._nodes import Pattern
from mohar_renderer_pdf_compiled._sheet import Leaf, Written, compressed, content, written
from mohar_renderer_pdf_compiled._subset import Cutter, add_font

_MORE: Final = "v"
_MOST_WORDS: Final = 400

Glyphs = Mapping[str, Mapping[int, tuple[str, int]]]
Lacking = dict[str, dict[int, tuple[str, int]]]


class KeptFont(msgspec.Struct, frozen=True, kw_only=True):
    """The glyphs of a font that every document of a sheet has, and their widths."""

    glyphs: frozenset[int]
    widths: Mapping[int, int]


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """All that is kept of a page: `elements` are those of the structure that may get words."""

    leaves: tuple[Leaf, ...]
    kept: Kept
    fonts: Mapping[str, KeptFont]
    title: Pattern
    elements: Mapping[int, Mapping[str, Any]]
    language: str
    unseen: UnseenFont
    has_code: bool

    def document_title(self, values: Sequence[str], secured: Secured) -> str:
        """Return the title of a document, or the kind and the number where it has none."""
        title = self.title.filled(values)
        return title or f"{secured.kind} {secured.credential_id}"


class Words:
    """
    Draws the lines of documents of one sheet, and knows those that it drew last.

    They are kept as long as the sheet, in the memory of this process: the names of places and of
    products come again and again.
    """

    def __init__(self, sheet: Sheet, fonts: dict[Any, Any]) -> None:
        self.sheet = sheet
        self._pen = Pen(fonts, {name: font.widths for name, font in sheet.fonts.items()})
        self._known: Bounded[tuple[tuple[bytes, ...], Glyphs]] = Bounded(_MOST_WORDS)

    def drawn(self, line: Line, more: Lacking) -> tuple[bytes, ...]:
        """
        Return the operators of a line, with fonts of the document where the sheet's are short.

        The glyphs that the sheet lacks are added to `more`, which is one document's alone.
        """
        key = (id(line.style), line.text, line.ends)
        known = self._known.find(key)
        if known is None:
            known = self._known.keep(key, self._named(self._pen.drawn(line)))
        operators, lacking = known
        for name, glyphs in lacking.items():
            more.setdefault(name, {}).update(glyphs)
        return operators

    def _named(self, ink: Ink) -> tuple[tuple[bytes, ...], Glyphs]:
        operators, more = ink.operators, {}
        for name, glyphs in ink.glyphs.items():
            kept = self.sheet.fonts.get(name)
            if kept is not None and glyphs.keys() <= kept.glyphs:
                continue
            more[name] = glyphs
            before, after = f"/{name} ".encode(), f"/{name}{_MORE} ".encode()
            operators = tuple(
                after + each[len(before) :] if each.startswith(before) else each
                for each in operators
            )
        return operators, more


class Press:
    """Prints from sheets with the fonts of one printer. Whoever calls it holds the printer's lock."""

    def __init__(self, fonts: dict[Any, Any]) -> None:
        self._fonts = fonts
        self._cutters: dict[str, Cutter] = {}

    def printed(
        self,
        words: Words,
        page: MarkedPage,
        lines: Sequence[Sequence[Line]],
        secured: Secured,
        identifier: str,
    ) -> bytes:
        """
        Return a document as PDF.

        Raises:
            NotTold: a line is too long for its place, or a glyph is none that can be cut out.
        """
        sheet = words.sheet
        file = File(sheet.kept)
        unseen = sheet.unseen.copy()
        matrix = page.picture.matrix if page.picture else None
        more: Lacking = {}
        for leaf, number in zip(sheet.leaves, sheet.kept.contents, strict=True):
            filled = written(leaf, lines, lambda line: words.drawn(line, more))
            pieces = list(content(leaf, filled, matrix, unseen))
            file.put(number, stream(compressed(leaf, pieces)))
            _tell(file, sheet, leaf, filled)
        self._add_fonts(file, sheet, more)
        if sheet.kept.unseen is not None:
            for number, data in zip(
                sheet.kept.unseen,
                (unseen.glyph_of_each_code(), unseen.to_unicode()),
                strict=True,
            ):
                file.put(number, stream(zlib.compress(data, 1)))
        _attach(file, sheet.kept, secured)
        title = sheet.document_title(page.values, secured)
        return file.finished(_describe(file, sheet.kept, title, secured), identifier)

    def _add_fonts(self, file: File, sheet: Sheet, more: Glyphs) -> None:
        fonts = dict(sheet.kept.fonts)
        by_name = {font.hash: font for font in self._fonts.values()}
        for name, glyphs in sorted(more.items()):
            font = by_name[name]
            cutter = self._cutters.get(name)
            if cutter is None:
                cutter = self._cutters[name] = Cutter(font)
            tag = "".join(chr(65 + (ord(letter) - 64) % 26) for letter in name)
            fonts[name + _MORE] = add_font(file, cutter, tag, glyphs)
        file.put(sheet.kept.fonts_number, dictionary(fonts))


def _tell(file: File, sheet: Sheet, leaf: Leaf, filled: Mapping[int, Written]) -> None:
    """Say in the structure what is written unseen on the page."""
    for row in leaf.rows:
        for hole in row.holes:
            line = filled[hole.number]
            if line.is_unseen and hole.constant is None and hole.element in sheet.elements:
                entries = structure_entries(line.text, hole.language, sheet.language)
                file.put(hole.element, dictionary({**sheet.elements[hole.element], **entries}))


def _attach(file: File, kept: Kept, secured: Secured) -> None:
    if kept.attachment is None:
        return
    data = secured.content
    date = pydyf.String(secured.created.strftime("D:%Y%m%d%H%M%SZ"))
    checksum = hashlib.md5(data, usedforsecurity=False).hexdigest()
    more = {
        "Type": "/EmbeddedFile",
        "Subtype": kept.attachment.subtype,
        "Params": pydyf.Dictionary(
            {
                "CheckSum": f"<{checksum}>",
                "Size": len(data),
                "CreationDate": date,
                "ModDate": date,
            }
        ),
    }
    file.put(kept.attachment.number, stream(zlib.compress(data, 6), dictionary(more)[2:-2]))


def _describe(file: File, kept: Kept, title: str, secured: Secured) -> int:
    """Write the title and the dates of a document, and return the number of the object with them."""
    created = rfc3339(secured.created)
    opening, *between, closing = kept.metadata
    filled = opening + escape(title).encode()
    for part in between:
        filled += part + created.encode()
    filled += closing
    file.put(
        kept.metadata_number,
        stream(zlib.compress(filled, 1), b"/Type/Metadata/Subtype/XML"),
    )
    date = pydyf.String(secured.created.strftime("D:%Y%m%d%H%M%SZ"))
    return file.add(
        dictionary(
            {**kept.info, "Title": pydyf.String(title), "CreationDate": date, "ModDate": date}
        )
    )
