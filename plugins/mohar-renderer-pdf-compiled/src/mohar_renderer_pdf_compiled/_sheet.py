"""A page that is kept ready: what never changes as bytes, and holes for what does."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import compress
from typing import Any, Final, Literal

import msgspec

from mohar.codec.qr import QUIET_ZONE, QrMatrix
from mohar_renderer_pdf.building import direction_of
from mohar_renderer_pdf.textlayer import (
    Direction,
    Place,
    UnseenFont,
    UnseenLine,
    silent,
    text_string,
)
from mohar_renderer_pdf_compiled._lines import Line, TextStyle, broken, whole
from mohar_renderer_pdf_compiled._nodes import NotTold, Pattern, collapsed

_SLACK: Final = 0.005
_MOST_STORED: Final = 0xFFFF
_LONG: Final = 4096
MODULES: Final = b"\0"
MARKS: Final = "marks"
Part = Literal["marks"]


class Measure(msgspec.Struct, frozen=True, kw_only=True):
    """
    How one text with values becomes lines.

    It breaks in `room` (CSS pixels), or is one line where that is None; where it is `tight`, what
    is around it depends on its width. `lead` and `trail` are the blanks that it keeps, `ends` those
    that are drawn after it and not counted.
    """

    pattern: Pattern
    style: TextStyle
    room: float | None
    lead: str = ""
    trail: str = ""
    ends: str = ""
    is_tight: bool = False

    def lines(self, values: Sequence[str]) -> tuple[Line, ...]:
        """Return the lines that these values make."""
        text = self.text(values)
        lines = (
            [whole(text, self.style)]
            if self.room is None
            else list(broken(text, self.style, self.room))
        )
        if self.ends:
            lines[-1] = msgspec.structs.replace(lines[-1], ends=self.ends)
        return tuple(lines)

    def text(self, values: Sequence[str]) -> str:
        """Return the text that these values make, as it stands on the page."""
        text = collapsed(self.pattern.filled(values)).strip(" ")
        return f"{self.lead}{text}{self.trail}"

    def shape(self, values: Sequence[str], lines: Sequence[Line]) -> tuple[Any, ...]:
        """Return what of these lines makes another sheet: all that moves what is around them."""
        raw = self.pattern.filled(values)
        blanks = (raw[:1].isspace(), raw[-1:].isspace())
        sizes = tuple((round(line.height, 3), round(line.baseline, 3)) for line in lines)
        width = round(lines[0].width, 2) if self.is_tight else None
        unseen = tuple(line.is_unseen for line in lines)
        return (direction_of(raw), blanks, sizes, width, unseen)


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """One line as it is drawn: its text, where its baseline begins, how wide it is, and how."""

    text: str
    x: float
    width: float
    is_unseen: bool
    operators: tuple[bytes, ...]


class Hole(msgspec.Struct, frozen=True, kw_only=True):
    """
    The place of one line of text that changes or moves.

    `x`, `y` and `width` are those of the line that the sheet was learned from. `opening` are the
    operators from BDC to BT, `element` is the number of its structure element.
    """

    measure: int
    line: int
    constant: Written | None
    number: int
    x: float
    y: float
    width: float
    opening: bytes
    font_size: float
    is_in_turned: bool
    is_artifact: bool
    is_before_blank: bool
    element: int
    language: str


class Code(msgspec.Struct, frozen=True, kw_only=True):
    """
    The place of a QR code, `side` CSS pixels wide.

    `before` are operators from the one that scales the code to the one that its path begins after;
    the number of modules of a side stands in them as `MODULES`.
    """

    side: float
    before: bytes

    def drawn(self, matrix: QrMatrix) -> bytes:
        """Return the operators that draw a code in this place."""
        scale = _number(self.side / matrix.width)
        ground = self.before.replace(MODULES, b"%d" % matrix.width)
        return b"%b 0 0 %b 0 0 cm\n%b%b" % (scale, scale, ground, code_operators(matrix))


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """
    The holes of one line of the page from left to right.

    `room` is how wide they may be together, `align` where they stand in it: 0 left, 1 right.
    """

    holes: tuple[Hole, ...]
    room: float
    align: float


class Leaf(msgspec.Struct, frozen=True, kw_only=True):
    """One page of paper: bytes, and between them holes (by place among the holes of its rows)."""

    pieces: tuple[bytes | Hole | Code | Part, ...]
    deflated: tuple[bytes, ...]
    rows: tuple[Row, ...]
    seen: tuple[str, ...]
    unseen: tuple[UnseenLine, ...]
    corner: Place
    is_right_to_left: bool


def written(
    leaf: Leaf, lines: Sequence[Sequence[Line]], drawn: Callable[[Line], tuple[bytes, ...]]
) -> Mapping[int, Written]:
    """
    Return what fills each hole of a page, by its number of marked content.

    `drawn` gives the operators of a line, as an `Ink` has them.

    Raises:
        NotTold: a line is too long for its place.
    """
    found: dict[int, Written] = {}
    for row in leaf.rows:
        widths = [_width(hole, lines) for hole in row.holes]
        before = sum(hole.width for hole in row.holes)
        if sum(widths) > row.room + _SLACK:
            raise NotTold("width")
        shift = row.align * (before - sum(widths))
        for hole, width in zip(row.holes, widths, strict=True):
            found[hole.number] = _filled(hole, hole.x + shift, width, lines, drawn)
            shift += width - hole.width
    return found


def content(
    leaf: Leaf, filled: Mapping[int, Written], matrix: QrMatrix | None, unseen: UnseenFont
) -> Iterator[bytes]:
    """Yield the content of a page, piece by piece as `leaf` has them."""
    direction = _direction(leaf, filled)
    for piece in leaf.pieces:
        if isinstance(piece, bytes):
            yield piece
        elif isinstance(piece, Hole):
            yield b"\n".join(_marked(piece, filled[piece.number], direction, unseen)) + b"\n"
        elif isinstance(piece, Code):
            assert matrix is not None
            yield piece.drawn(matrix)
        else:
            yield direction.written(unseen, leaf.corner)


def compressed(leaf: Leaf, pieces: Sequence[bytes]) -> bytes:
    """
    Return the content of a page as a zlib stream (RFC 1950), made of parts deflated before.

    Deflated data may be put together at byte boundaries (RFC 1951 §3.2.3); what is new is stored,
    or deflated where it is long.
    """
    out = [b"\x78\x01"]
    adler = 1
    for piece, ready in zip(pieces, leaf.deflated, strict=True):
        adler = zlib.adler32(piece, adler)
        out.append(ready or _block(piece))
    out.append(b"\x03\x00" + struct.pack(">L", adler))
    return b"".join(out)


def deflated(piece: bytes) -> bytes:
    """Return a part of a deflated stream that ends at a byte boundary, and refers to no other."""
    packing = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packing.compress(piece) + packing.flush(zlib.Z_FULL_FLUSH)


def code_operators(matrix: QrMatrix) -> bytes:
    """Return the path of a QR code, as WeasyPrint draws that of `QrMatrix.svg_path`."""
    # A row and one light module after it, a byte for each: the next row begins after light.
    cells = b"".join(row + b"\0" for row in matrix.modules)
    dark = int.from_bytes(cells, "big")
    before = dark >> 8
    moves, lines = _moves_and_lines(len(matrix.modules))
    begun = list(compress(moves, (dark & ~before).to_bytes(len(cells), "big")))
    operators = [b"0 0.5 m\n"] * (1 + 2 * len(begun))
    operators[1::2] = begun
    operators[2::2] = compress(lines, (before & ~dark).to_bytes(len(cells), "big"))
    return b"".join(operators)


# A pure function of a number; a page has one size of code or two, and each takes a megabyte.
@lru_cache(maxsize=4)
def _moves_and_lines(size: int) -> tuple[Sequence[bytes], Sequence[bytes]]:
    """Return the operators that go to each module of a code, and those that draw up to it."""
    places = [
        f"{x + QUIET_ZONE} {y + QUIET_ZONE}.5".encode()
        for y in range(size)
        for x in range(size + 1)
    ]
    return [b"%b m\n" % place for place in places], [b"%b l\n" % place for place in places]


def unseen_line(hole: Hole, line: Written) -> UnseenLine:
    """Return the words of a line that are written unseen, over its glyphs."""
    place = Place(x=line.x, y=hole.y, width=line.width, font_size=hole.font_size, y_grows_down=True)
    return UnseenLine(text=line.text, place=place)


def _block(piece: bytes) -> bytes:
    if len(piece) > _LONG:
        packing = zlib.compressobj(4, zlib.DEFLATED, -15)
        return packing.compress(piece) + packing.flush(zlib.Z_FULL_FLUSH)
    return struct.pack("<BHH", 0, len(piece), len(piece) ^ _MOST_STORED) + piece


def _width(hole: Hole, lines: Sequence[Sequence[Line]]) -> float:
    if hole.constant is not None:
        return hole.constant.width
    return lines[hole.measure][hole.line].width


def _filled(
    hole: Hole,
    x: float,
    width: float,
    lines: Sequence[Sequence[Line]],
    drawn: Callable[[Line], tuple[bytes, ...]],
) -> Written:
    if hole.constant is not None:
        return msgspec.structs.replace(hole.constant, x=x)
    line = lines[hole.measure][hole.line]
    return Written(
        text=line.text, x=x, width=width, is_unseen=line.is_unseen, operators=drawn(line)
    )


def _place(x: float, y: float) -> bytes:
    return b"1 0 0 -1 %b %b Tm" % (_number(x), _number(y))


def _number(value: float) -> bytes:
    """Return a number as pydyf writes it, so that both ways write the same."""
    if value == int(value):
        return b"%d" % value
    return f"{value:f}".rstrip("0").encode()


def _direction(leaf: Leaf, filled: Mapping[int, Written]) -> Direction:
    holes = [hole for row in leaf.rows for hole in row.holes if filled[hole.number].text.strip()]
    unseen = [
        unseen_line(hole, filled[hole.number]) for hole in holes if filled[hole.number].is_unseen
    ]
    if not leaf.unseen and not unseen:
        return Direction(is_right_to_left=leaf.is_right_to_left, is_mixed=False)
    seen = [filled[hole.number].text for hole in holes if not filled[hole.number].is_unseen]
    return Direction.of(
        [*leaf.seen, *seen], [*leaf.unseen, *unseen], is_right_to_left=leaf.is_right_to_left
    )


def _marked(hole: Hole, line: Written, direction: Direction, unseen: UnseenFont) -> Iterator[bytes]:
    said = _said(hole, line, direction)
    number = b"" if hole.is_artifact else b"/MCID %d" % hole.number
    yield b"<<" + number + (b"" if said is None else b"/ActualText " + said) + b">>"
    yield hole.opening
    yield _place(line.x, hole.y)
    yield from line.operators
    yield b"ET\nEMC"
    if hole.is_artifact:
        yield b"EMC"
    if line.is_unseen:
        yield unseen_line(hole, line).written(unseen, direction)


def _said(hole: Hole, line: Written, direction: Direction) -> bytes | None:
    if line.is_unseen:
        return silent()
    said = direction.actual_text(line.text, is_in_turned=hole.is_in_turned)
    if said is None:
        return None
    return text_string(f"{said} " if hole.is_before_blank else said)
