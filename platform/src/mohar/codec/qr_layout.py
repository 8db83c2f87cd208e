"""
The second half of a QR code: where each module stands, and which mask is best.

A symbol is one big number, a bit for each module, so that a mask is one exclusive-or and its
penalty a few dozen shifts: twenty times quicker than walking the modules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import product
from operator import itemgetter
from typing import Any, Final

import msgspec
from qrcode.util import pattern_position

_MASKS: Final[Sequence[Callable[[int, int], bool]]] = (
    lambda y, x: (y + x) % 2 == 0,
    lambda y, x: y % 2 == 0,  # noqa: ARG005 -- all masks take row and column (§7.8.2)
    lambda y, x: x % 3 == 0,  # noqa: ARG005 -- the same
    lambda y, x: (y + x) % 3 == 0,
    lambda y, x: (y // 2 + x // 3) % 2 == 0,
    lambda y, x: y * x % 2 + y * x % 3 == 0,
    lambda y, x: (y * x % 2 + y * x % 3) % 2 == 0,
    lambda y, x: ((y + x) % 2 + y * x % 3) % 2 == 0,
)
_FINDER: Final = ("1111111", "1000001", "1011101", "1011101", "1011101", "1000001", "1111111")
_ALIGNMENT: Final = ("11111", "10001", "10101", "10001", "11111")
_VERSION_WITH_INFORMATION: Final = 7

Cells = dict[tuple[int, int], int]


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about a version that does not depend on what the symbol says."""

    size: int
    gather: Any
    masks: tuple[int, ...]
    formats: tuple[int, ...]
    inner_columns: int
    pattern_columns: int

    def draw(self, data: bytes, level_bits: int) -> tuple[int, tuple[bytes, ...]]:
        """Return the mask with the least penalty (§7.8.3) and the rows drawn with it."""
        bits = bin(int.from_bytes(b"\x01" + data, "big"))[3:]
        plain = int("".join(self.gather("01" + bits + "0000000")), 2)
        drawn = (
            plain ^ mask ^ self.formats[level_bits << 3 | number]
            for number, mask in enumerate(self.masks)
        )
        penalty, number, symbol = min((self._penalty(s), n, s) for n, s in enumerate(drawn))
        del penalty
        return number, self._rows(symbol)

    def _rows(self, symbol: int) -> tuple[bytes, ...]:
        text = format(symbol, f"0{self.size * self.size}b").encode()
        cells = text.translate(bytes(48) + b"\x00\x01" + bytes(206))
        return tuple(cells[start : start + self.size] for start in range(0, len(cells), self.size))

    def _penalty(self, dark: int) -> int:
        size = self.size
        light = dark ^ ((1 << size * size) - 1)
        across = ~(dark ^ dark << 1) & self.inner_columns
        down = ~(dark ^ dark << size) & ((1 << size * size) - (1 << size))
        blocks = across & across << size & down
        share = abs(20 * dark.bit_count() - 10 * size * size) // (size * size)
        return (
            _long_runs(across, 1)
            + _long_runs(down, size)
            + 3 * blocks.bit_count()
            + 40 * self._finder_like(dark, light)
            + 10 * share
        )

    def _finder_like(self, dark: int, light: int) -> int:
        """Count what a scanner could take for a finder pattern, along both directions."""
        size = self.size
        rows = (1 << size * size) - (1 << 10 * size)
        return sum(
            (pattern & region).bit_count()
            for step, region in ((1, self.pattern_columns), (size, rows))
            for pattern in _finders(dark, light, step)
        )


# A pure function of a number up to 40; building it takes longer than drawing a symbol with it.
@lru_cache(maxsize=40)
def layout(version: int) -> Layout:
    """Return where the modules of a version stand."""
    size = 17 + 4 * version
    fixed = _function_modules(version, size)
    order = dict(zip(_zigzag(size, fixed), range(2, size * size), strict=False))
    places = [(y, x) for y in range(size) for x in range(size)]
    return Layout(
        size=size,
        gather=itemgetter(*(fixed[place] if place in fixed else order[place] for place in places)),
        masks=tuple(
            _number(int(place in order and covers(*place)) for place in places) for covers in _MASKS
        ),
        formats=_formats(size),
        inner_columns=_number(int(x < size - 1) for _, x in places),
        pattern_columns=_number(int(x <= size - 11) for _, x in places),
    )


def _number(bits: Iterator[int]) -> int:
    return int("".join(map(str, bits)), 2)


def _long_runs(same: int, step: int) -> int:
    """Return the penalty for five and more alike in a row (§7.8.3.1): three, and one for each more."""
    fives = same & same << step & same << 2 * step & same << 3 * step
    starts = fives & ~(fives >> step)
    return fives.bit_count() + 2 * starts.bit_count()


def _finders(dark: int, light: int, step: int) -> tuple[int, int]:
    """Return where 1:1:3:1:1 begins with four light modules after it, and before it."""
    centre = dark << 2 * step & dark << 3 * step & dark << 4 * step
    shape = dark & light << step & centre & light << 5 * step & dark << 6 * step
    four = light & light << step & light << 2 * step & light << 3 * step
    return shape & four << 7 * step, four & shape << 4 * step


def _function_modules(version: int, size: int) -> Cells:
    """Return every module that never carries data; those of the format are light for now."""
    cells: Cells = {}
    corners = ((6, 6), (6, size - 7), (size - 7, 6))
    for y, x in product(pattern_position(version), repeat=2):
        if (y, x) not in corners:
            _stamp(cells, y - 2, x - 2, _ALIGNMENT)
    for step in range(size):
        cells[6, step] = cells[step, 6] = 1 - step % 2
    far = size - 8
    for top, left in ((0, 0), (0, far), (far, 0)):
        _stamp(cells, top, left, ("00000000",) * 8)
    for top, left in ((0, 0), (0, size - 7), (size - 7, 0)):
        _stamp(cells, top, left, _FINDER)
    for place in _format_places(size):
        cells[place] = 0
    cells[far, 8] = 1
    if version >= _VERSION_WITH_INFORMATION:
        cells.update(_version_information(version, size))
    return cells


def _stamp(cells: Cells, top: int, left: int, rows: Sequence[str]) -> None:
    for y, row in enumerate(rows, start=top):
        for x, value in enumerate(row, start=left):
            cells[y, x] = int(value)


def _version_information(version: int, size: int) -> Cells:
    word = version << 12 | _bch(version, 12, 0x1F25)
    cells: Cells = {}
    for number in range(18):
        near, far = number // 3, size - 11 + number % 3
        cells[near, far] = cells[far, near] = word >> number & 1
    return cells


def _format_places(size: int) -> list[tuple[int, int]]:
    """Return both places of each bit of the format information, the lowest bit first (§7.9.1)."""
    beside_finder = [
        *((y, 8) for y in (0, 1, 2, 3, 4, 5, 7, 8)),
        *((8, x) for x in (7, 5, 4, 3, 2, 1, 0)),
    ]
    along_edges = [
        *((8, size - 1 - step) for step in range(8)),
        *((size - 7 + step, 8) for step in range(7)),
    ]
    return beside_finder + along_edges


def _formats(size: int) -> tuple[int, ...]:
    """Return the modules of the format information of each level and mask."""
    last = size * size - 1
    places = [last - (y * size + x) for y, x in _format_places(size)]
    words = ((value << 10 | _bch(value, 10, 0x537)) ^ 0x5412 for value in range(32))
    return tuple(
        sum((word >> number % 15 & 1) << place for number, place in enumerate(places))
        for word in words
    )


def _bch(value: int, degree: int, polynomial: int) -> int:
    rest = value << degree
    while rest.bit_length() > degree:
        rest ^= polynomial << rest.bit_length() - degree - 1
    return rest


def _zigzag(size: int, fixed: Cells) -> Iterator[tuple[int, int]]:
    """Give the data modules in the order they are filled: columns of two, up and down (§7.7.3)."""
    # Column 6 is the timing pattern: the pairs to its left begin one column further left.
    columns = [*range(size - 1, 6, -2), 5, 3, 1]
    for number, right in enumerate(columns):
        rows = range(size) if number % 2 else range(size - 1, -1, -1)
        for y in rows:
            for x in (right, right - 1):
                if (y, x) not in fixed:
                    yield y, x
