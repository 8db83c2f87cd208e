"""One run of WeasyPrint whose result is looked at: what was drawn, and of which objects."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from typing import Any, Final

import msgspec
import pydyf
from weasyprint.formatting_structure import boxes

from mohar_renderer_pdf.building import ReadablePage, Sheet
from mohar_renderer_pdf.textlayer import UnseenFont
from mohar_renderer_pdf_compiled._lines import Pen, TextStyle, whole
from mohar_renderer_pdf_compiled._nodes import NotTold, collapsed
from mohar_renderer_pdf_compiled._sheet import Measure

_ASCII: Final = "".join(map(chr, range(0x20, 0x7F)))

Fonts = dict[Any, Any]


class Drawn(msgspec.Struct, frozen=True, kw_only=True):
    """A PDF before it is written: what `pydyf.PDF` says of it."""

    objects: list[Any]
    catalog: Any
    info: Any
    page_references: tuple[bytes, ...]

    def object(self, reference: bytes) -> Any:
        """Return what a reference refers to."""
        return self.objects[int(reference.split()[0])]


class TrialPage(ReadablePage):
    """A page that remembers what it drew, and leaves only the fonts that are to be kept."""

    def __init__(self, page: Any, font: UnseenFont, kept: Fonts | None) -> None:
        super().__init__(page, font)
        self._kept = kept
        self.operators: list[Any] = []

    def paint(self, stream: Any, scale: float = 1) -> None:
        """Paint the page, and remember how."""
        super().paint(stream, scale)
        self.operators = list(stream.stream)
        if self._kept is not None:
            fonts = stream._fonts  # noqa: SLF001 -- public nowhere
            if any(font.missing for font in fonts.values()):
                raise NotTold("glyph")
            fonts.clear()
            fonts.update({key: copy(font) for key, font in self._kept.items()})

    def bytes(self) -> list[bytes]:
        """Return the operators as they are written."""
        return [_written(each) for each in self.operators]


class Trial(Sheet):
    """Paints pages as `pdf` does, with these fonts alone in the file, and keeps its objects."""

    def __init__(self, last: int, unseen: UnseenFont, fonts: Fonts) -> None:
        super().__init__("0" * 32, unseen)
        self._last = last
        self._fonts = fonts
        self.pages: list[TrialPage] = []
        self.pdf: Drawn
        self.before_finish = 0
        self.metadata: Any

    def page(self, laid_out: Any) -> TrialPage:
        """Return a page that remembers what it draws; after the last one the fonts are changed."""
        is_last = len(self.pages) == self._last
        self.pages.append(TrialPage(laid_out, self.font, self._fonts if is_last else None))
        return self.pages[-1]

    def finish(self, drawn: Any, pdf: Any, root: Any) -> None:
        """Complete the file, and remember it."""
        self.before_finish = len(pdf.objects)
        super().finish(drawn, pdf, root)
        # What is added when the file is written is none of its objects.
        self.pdf = Drawn(
            objects=list(pdf.objects),
            catalog=pdf.catalog,
            info=pdf.info,
            page_references=pdf.page_references,
        )
        self.metadata = drawn.metadata


def static_fonts(
    pages: Sequence[Any], changing: frozenset[int], measures: Sequence[Measure]
) -> Fonts:
    """
    Return fonts with the glyphs of all words that do not change, and of ASCII beside them.

    They are the same whatever stands in the texts that change (`changing`, ids of boxes).
    """
    fonts: Fonts = {}
    told: dict[str, dict[int, tuple[str, int]]] = {}
    for text, style in _words(pages, changing, measures):
        for name, glyphs in Pen(fonts, {}).drawn(whole(text, style)).glyphs.items():
            for glyph, of in glyphs.items():
                told.setdefault(name, {}).setdefault(glyph, of)
    hashes = [font.hash for font in fonts.values()]
    if len(set(hashes)) != len(hashes):
        raise NotTold("font")
    for font in fonts.values():
        of_font = sorted(told.get(font.hash, {0: (" ", 0)}).items())
        font.to_unicode = {glyph: text for glyph, (text, _) in of_font}
        font.widths = {glyph: width for glyph, (_, width) in of_font}
    return fonts


def _words(
    pages: Sequence[Any], changing: frozenset[int], measures: Sequence[Measure]
) -> Iterator[tuple[str, TextStyle]]:
    """Yield all words that are no value, in the order in which they stand."""
    texts = [
        box
        for page in pages
        for box in page._page_box.descendants()  # noqa: SLF001 -- the only way to the boxes
        if isinstance(box, boxes.TextBox) and box.text.strip() and id(box) not in changing
    ]
    for box in texts:
        if box.style["visibility"] == "visible":
            yield box.text, _plain(box.style)
    done: list[TextStyle] = []
    for measure in measures:
        if measure.style not in done:
            done.append(measure.style)
            yield from ((letter, measure.style) for letter in _ASCII)
        for part in measure.pattern.parts:
            if isinstance(part, str):
                yield collapsed(part), measure.style


def objects(pdf: Drawn) -> Iterator[tuple[int, bytes]]:
    """Yield the objects of a file by number, as they are written."""
    for each in pdf.objects[1:]:
        yield each.number, bytes(each.data)


def _plain(style: Any) -> TextStyle:
    try:
        return TextStyle(style)
    except NotTold:
        # A decoration or a hyphen of a text that stays what it is changes no glyph of others.
        changed = style.copy()
        changed["hyphens"], changed["text_decoration_line"] = "manual", "none"
        return TextStyle(changed)


def _written(operator: Any) -> bytes:
    if isinstance(operator, pydyf.Object):
        return bytes(operator.data)
    return operator if isinstance(operator, bytes) else str(operator).encode()
