"""
The text layer of a PDF: what a search, a copy or a screen reader gets instead of glyph numbers.

Text that runs from left to right gets its words as `ActualText` (ISO 32000-1 §14.9.4). Text that
runs from right to left cannot: programs that read PDFs take what they find for visual order, and
turn it round. There the glyphs are said to stand for nothing, and the words are written once more,
unseen (text rendering mode 3), in pieces of one direction each.

Everything here gives bytes of PDF syntax and knows nothing of who lays the page out: any plugin
that writes PDFs can use it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from itertools import groupby
from typing import Final, Self

import msgspec

from mohar_renderer_pdf._unseenfont import ADVANCE, UnseenFont

__all__ = [
    "FONT_NAME",
    "Chunk",
    "Direction",
    "Place",
    "UnseenFont",
    "UnseenLine",
    "chunks",
    "is_plain",
    "is_unseen",
    "silent",
    "structure_entries",
    "text_string",
]

FONT_NAME: Final = "Unseen"
"""The name of the unseen font among a page's resources."""

_LRM: Final = "\u200e"
_RLM: Final = "\u200f"
_CONTROLS: Final = dict.fromkeys(
    map(ord, "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
)
_RIGHT: Final = frozenset({"R", "AL"})
_TURNED: Final = _RIGHT | {"AN", "RLE", "RLO", "RLI"}
_MIRRORED_ASCII: Final = frozenset("()<>[]{}")
# Below this every letter is Latin, and a glyph of it stands for one text only.
_PLAIN_BELOW: Final = "\u0250"
# poppler takes numbers and the stops between them for left-to-right, and so what is younger than
# its table of letters, such as vowels of Kashmiri.
_NUMERIC: Final = frozenset({"EN", "ES", "ET", "AN", "CS"})
_YOUNG: Final = frozenset(map(chr, (0x606, 0x607, 0x608, 0x60B, *range(0x659, 0x660))))
_SAFE_MAJORITY: Final = 16
_FAR: Final = 5000


def is_unseen(text: str) -> bool:
    """
    Say whether the words of a text are written unseen, since `ActualText` does not carry them.

    Those are words from right to left, and letters beyond the first plane, such as emoji: pdfium
    leaves them out of `ActualText`, and of nothing else.
    """
    return not text.isascii() and any(
        letter > "\uffff" or unicodedata.bidirectional(letter) in _TURNED for letter in text
    )


def is_plain(text: str) -> bool:
    """Say whether the glyphs of a text tell by themselves what it says."""
    # A font has one glyph for a bracket in one direction and its mirror image in the other.
    if text.isascii():
        return _MIRRORED_ASCII.isdisjoint(text)
    return all(letter < _PLAIN_BELOW and not unicodedata.mirrored(letter) for letter in text)


def text_string(text: str) -> bytes:
    """Return a text as a PDF string in UTF-16 (ISO 32000-1 §7.9.2.2); no text is too odd for it."""
    return b"<FEFF" + text.encode("utf-16-be", "replace").hex().upper().encode() + b">"


def silent() -> bytes:
    """Return the `ActualText` of glyphs that say nothing, because their words are unseen."""
    # pdfium goes by the glyphs where the text is empty; to poppler a tab only ends a word.
    return text_string("\t")


def structure_entries(text: str, language: str, document_language: str) -> dict[str, bytes]:
    """
    Return what the structure element of a run of text says besides its content.

    That is its language where the document's is another (ISO 14289-1 §7.2), and the text itself
    where its glyphs are silent: whoever goes by the structure never meets the unseen words.
    """
    entries = {}
    if language and language != document_language:
        entries["Lang"] = text_string(language)
    if is_unseen(text):
        entries["ActualText"] = text_string(text)
    return entries


class Chunk(msgspec.Struct, frozen=True, kw_only=True):
    """Words that stand together and run in one direction, in the order they are read in."""

    text: str
    is_right_to_left: bool

    def letters(self, *, on_right_to_left: bool) -> str:
        """
        Return the letters from left to right, kept apart from their neighbours by marks.

        A program that reads them turns letters of one direction round until it meets a letter of
        the other, and takes spaces, brackets and stops along; the marks tell it where to end.
        """
        if not self.is_right_to_left:
            return f" {_fenced(self.text, on_right_to_left=on_right_to_left)} "
        kept = [_kept(letter) for letter in self.text]
        if on_right_to_left:
            return f" {_RLM}{''.join(reversed(kept))}{_RLM} "
        if kept != list(self.text):
            return f" {' '.join(_laced(word) for word in self.text.split())} "
        return f" {_RLM}{self.text[::-1]}{_RLM}{_LRM} "


def chunks(text: str) -> list[Chunk]:
    """Cut a text between words into pieces of one direction each."""
    words = text.translate(_CONTROLS).split()
    return [
        Chunk(text=" ".join(together), is_right_to_left=turned)
        for turned, together in groupby(words, key=_has_right)
    ]


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a line of text stands: the left end of its baseline, in the units of the page."""

    x: float
    y: float
    width: float
    font_size: float
    y_grows_down: bool = False


class UnseenLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of text whose words are written unseen over its glyphs."""

    text: str
    place: Place

    def written(self, font: UnseenFont, direction: Direction) -> bytes:
        """
        Return the line as an artifact (ISO 32000-1 §14.8.2.2), since the structure tells it.

        Pieces of two directions follow each other in the direction of the page as a whole: poppler
        puts them together by that alone. pdfium would turn pieces round among each other, so it
        is made to see each as a line of its own.
        """
        turned = direction.is_right_to_left
        pieces = [piece.letters(on_right_to_left=turned) for piece in chunks(self.text)]
        advance = self._advance(sum(map(len, pieces)))
        lines = []
        passed = 0.0
        for letters in pieces:
            width = advance * len(letters)
            left = self.place.width - passed - width if turned else passed
            lines += [
                _line_break(font, self.place, left),
                _unseen(font, letters, self.place, left, advance),
            ]
            # The space that ends one piece is the one that begins the next.
            passed += width - advance
        return _artifact(*lines, _line_break(font, self.place, self.place.width + advance))

    def _advance(self, letters: int) -> float:
        """Return the room for a letter: never none, and never so much that words fall apart."""
        widest = ADVANCE * self.place.font_size
        return min(max(self.place.width / max(letters, 1), widest / 10), widest)


class Direction(msgspec.Struct, frozen=True, kw_only=True):
    """Which way a page runs as a whole, and the marks that make a reader see it so."""

    is_right_to_left: bool
    is_mixed: bool = True
    marks: str = ""

    @classmethod
    def of(
        cls, seen: Sequence[str], unseen: Sequence[UnseenLine], *, is_right_to_left: bool
    ) -> Self:
        """
        Return the direction of a page with these texts, which runs as its author says.

        poppler goes by the majority of letters, so a page gets as many marks as the other
        direction has more.
        """
        if not unseen:
            return cls(is_right_to_left=is_right_to_left, is_mixed=False)
        letters = [_fenced(text, on_right_to_left=is_right_to_left) for text in seen]
        for line in unseen:
            letters += [
                piece.letters(on_right_to_left=is_right_to_left) for piece in chunks(line.text)
            ]
        balance = sum(map(_balance, letters))
        mark, missing = (_RLM, balance) if is_right_to_left else (_LRM, -balance)
        return cls(is_right_to_left=is_right_to_left, marks=mark * (_SAFE_MAJORITY + missing))

    def actual_text(self, text: str, *, is_in_turned: bool) -> str | None:
        """
        Return what glyphs that run from left to right are to say; None where they say it.

        `is_in_turned` tells that they stand in a paragraph of the other direction.
        """
        if self.is_mixed:
            return _fenced(text, on_right_to_left=self.is_right_to_left)
        return text if is_in_turned or not is_plain(text) else None

    def written(self, font: UnseenFont, place: Place) -> bytes:
        """Return the marks as an artifact at a place within the page; nothing without marks."""
        if not self.marks:
            return b""
        return _artifact(
            _line_break(font, place, 0),
            _unseen(font, self.marks, place, 0, ADVANCE * place.font_size),
            _line_break(font, place, place.width),
        )


def _is_right(letter: str) -> bool:
    return unicodedata.bidirectional(letter) in _RIGHT and letter not in _YOUNG


def _has_right(text: str) -> bool:
    return any(unicodedata.bidirectional(letter) in _RIGHT for letter in text)


def _fenced(text: str, *, on_right_to_left: bool) -> str:
    """Return a text that runs from left to right with marks where its neighbours could join it."""
    if on_right_to_left:
        return f"{_RLM}{_LRM}{text}{_LRM}"
    is_open = any(unicodedata.bidirectional(letter) != "L" for letter in (text[:1], text[-1:]))
    return f"{_LRM}{text}{_LRM}" if is_open else text


def _kept(letter: str) -> str:
    """
    Return a letter of a piece from right to left with marks that keep readers to its direction.

    A bracket has one on either side: pdfium would mirror it, and poppler does not.
    """
    if unicodedata.mirrored(letter):
        return f"{_RLM}{letter}{_LRM}"
    is_numeric = unicodedata.bidirectional(letter) in _NUMERIC
    return f"{_RLM}{letter}" if is_numeric or letter in _YOUNG else letter


def _laced(word: str) -> str:
    """
    Return a word from right to left as one reads it, for a page that runs the other way.

    What readers do not turn parts its letters, and they would put the parts in the wrong order.
    """
    parts = ["".join(letters) for _, letters in groupby(word, key=_is_right)]
    said = [part[::-1] if _is_right(part[0]) else _LRM.join(part) for part in parts]
    return f"{_LRM}{_LRM.join(said)}{_LRM}"


def _balance(text: str) -> int:
    """Return how many more letters of a text run to the right than to the left."""
    return sum(_WEIGHTS.get(unicodedata.bidirectional(letter), 0) for letter in text)


_WEIGHTS: Final = {"L": 1, "R": -1, "AL": -1}


def _artifact(*lines: bytes) -> bytes:
    return b"\n".join([b"/Artifact BMC q BT 3 Tr", *lines, b"ET Q EMC"])


def _unseen(font: UnseenFont, letters: str, place: Place, left: float, advance: float) -> bytes:
    return b"/%s %.2f Tf %.2f Tz 1 0 0 %d %.2f %.2f Tm %s Tj" % (
        FONT_NAME.encode(),
        place.font_size,
        100 * advance / (ADVANCE * place.font_size),
        -1 if place.y_grows_down else 1,
        place.x + left,
        place.y,
        font.encoded(letters),
    )


def _line_break(font: UnseenFont, place: Place, left: float) -> bytes:
    """
    Make pdfium end its line, since what stands far outside the page is on another line.

    It goes by two letters at least, and takes what it just saw in the same place for a shadow.
    """
    return b"/%s 12 Tf 100 Tz 1 0 0 1 %.2f %.2f Tm %s Tj" % (
        FONT_NAME.encode(),
        place.x + left - _FAR,
        place.y - _FAR,
        font.encoded(2 * _LRM),
    )
