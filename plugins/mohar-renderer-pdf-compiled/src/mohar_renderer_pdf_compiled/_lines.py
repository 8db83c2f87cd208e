"""
Break and draw the lines of a text as WeasyPrint does, by Pango, without a page around them.

The very functions that lay a page out and draw it are called for one text: no second shaper could
disagree with the first about a conjunct, a kerning or the font of a letter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any, Final

import msgspec
from weasyprint.draw.text import draw_first_line
from weasyprint.matrix import Matrix
from weasyprint.pdf.stream import Stream
from weasyprint.text.ffi import FROM_UNITS, pango
from weasyprint.text.line_break import Layout, line_size, split_first_line

from mohar_renderer_pdf.textlayer import is_unseen
from mohar_renderer_pdf_compiled._nodes import NotTold

# What a layout of Pango asks of a style (weasyprint.text.line_break and .fonts).
_ASKED: Final = (
    "direction",
    "font_family",
    "font_feature_settings",
    "font_kerning",
    "font_language_override",
    "font_size",
    "font_stretch",
    "font_style",
    "font_variant_alternates",
    "font_variant_caps",
    "font_variant_east_asian",
    "font_variant_ligatures",
    "font_variant_numeric",
    "font_variant_position",
    "font_variation_settings",
    "font_weight",
    "hyphenate_character",
    "hyphenate_limit_chars",
    "hyphenate_limit_zone",
    "hyphens",
    "lang",
    "letter_spacing",
    "overflow_wrap",
    "tab_size",
    "text_decoration_line",
    "white_space",
    "word_break",
    "word_spacing",
)
_MOST_LINES: Final = 40
_FONT: Final = re.compile(rb"/(\S+) \S+ Tf")
_GLYPHS: Final = re.compile(rb"<([0-9a-f]*)>")


class TextStyle(dict[str, Any]):
    """What of a style a line of text depends on; unlike a style of WeasyPrint it holds no page."""

    def __init__(self, style: Any) -> None:
        super().__init__({name: style[name] for name in _ASKED})
        self.font_config = style.font_config
        if self["hyphens"] == "auto" or self["text_decoration_line"] != "none":
            raise NotTold("style")


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """
    One line, as Pango measures it. Lengths are CSS pixels.

    `ends` are blanks that WeasyPrint draws after it, though it does not count them.
    """

    text: str
    style: TextStyle
    width: float
    height: float
    baseline: float
    is_unseen: bool
    ends: str = ""


class Ink(msgspec.Struct, frozen=True, kw_only=True):
    """
    How a line is drawn: the operators after the place of its baseline, up to ET.

    `glyphs` are those of each font, with the text that each stands for and its width.
    """

    operators: tuple[bytes, ...]
    glyphs: Mapping[str, Mapping[int, tuple[str, int]]]


def whole(text: str, style: TextStyle) -> Line:
    """Return a text as one line, however long."""
    layout = Layout(style)
    layout.set_text(text)
    first, _ = layout.get_first_line()
    width, height = line_size(first, style)
    return Line(
        text=text,
        style=style,
        width=width,
        height=height,
        baseline=pango.pango_layout_get_baseline(layout.layout) * FROM_UNITS,
        is_unseen=is_unseen(text),
    )


def broken(text: str, style: TextStyle, room: float) -> Iterator[Line]:
    """
    Yield the lines of a text in that room.

    Raises:
        NotTold: there are too many.
    """
    for _ in range(_MOST_LINES):
        line = whole(text, style)
        if line.width <= room or style["white_space"] not in ("normal", "pre-wrap", "pre-line"):
            yield line
            return
        layout, _, resume_at, *_ = split_first_line(text, style, None, room, 0)
        yield whole(layout.text, style)
        if resume_at is None:
            return
        text = text.encode()[resume_at:].decode().lstrip(" ")
        if not text:
            return
    raise NotTold("lines")


class Pen:
    """
    Draws lines with fonts that go on to be used, each by WeasyPrint's own key.

    `widths` are those that glyphs have in a sheet, by the names of the fonts: WeasyPrint rounds
    the first width of a glyph that it meets, and counts from it.
    """

    def __init__(self, fonts: dict[Any, Any], widths: Mapping[str, Mapping[int, int]]) -> None:
        self._fonts = fonts
        self._widths = widths
        self._stream = LineStream(fonts)

    def drawn(self, line: Line) -> Ink:
        """
        Return how a line is drawn.

        Raises:
            NotTold: a letter of it is a picture, or there is none in any font.
        """
        for font in self._fonts.values():
            font.to_unicode, font.missing = {}, {}
            font.widths = dict(self._widths.get(font.hash, ()))
        layout = Layout(line.style)
        layout.set_text(f"{line.text}{line.ends}")
        box = SimpleNamespace(text=line.text, style=line.style, pango_layout=layout)
        emojis = draw_first_line(self._stream, box, "clip", "none", Matrix(d=-1))
        operators = self._stream.taken()
        if emojis:
            raise NotTold("picture")
        if any(font.missing for font in self._fonts.values()):
            raise NotTold("glyph")
        by_name = {font.hash: font for font in self._fonts.values()}
        return Ink(
            operators=tuple(operators[1:]),
            glyphs={
                name: {
                    glyph: (by_name[name].to_unicode[glyph], by_name[name].widths[glyph])
                    for glyph in numbers
                }
                for name, numbers in _drawn_glyphs(operators).items()
            },
        )


class LineStream(Stream):  # type: ignore[misc]  # WeasyPrint has no types
    """
    Collects the operators of one line after another, and the glyphs of each font.

    `fonts` are by WeasyPrint's own keys, and go on to be used.
    """

    def __init__(self, fonts: dict[Any, Any]) -> None:
        super().__init__(fonts, (0, 0, 0, 0), {}, {}, None, {}, None)

    def taken(self) -> list[bytes]:
        """Return the operators since the last time."""
        operators = list(self.stream)
        self.stream.clear()
        self._current_font = None
        return operators


def _drawn_glyphs(operators: Iterable[bytes]) -> Mapping[str, set[int]]:
    """Return which glyphs of which font operators draw, by the names of the fonts."""
    found: dict[str, set[int]] = {}
    name = ""
    for operator in operators:
        if operator.endswith(b" Tf") and (named := _FONT.fullmatch(operator)):
            name = named[1].decode()
        elif operator.endswith(b"TJ"):
            digits = b"".join(_GLYPHS.findall(operator)).decode()
            cut = {int(digits[at : at + 4], 16) for at in range(0, len(digits), 4)}
            found.setdefault(name, set()).update(cut)
    return found
