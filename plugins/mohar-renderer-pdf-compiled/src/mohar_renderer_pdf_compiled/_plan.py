"""Learn from a page that was laid out where its values stand, and what moves when they grow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from itertools import pairwise
from typing import Any, Final

import msgspec
from weasyprint.formatting_structure import boxes

from mohar_renderer_pdf_compiled._lines import TextStyle
from mohar_renderer_pdf_compiled._nodes import Node, NotTold, Pattern, collapsed
from mohar_renderer_pdf_compiled._sheet import Measure

_SLACK: Final = 0.01
# A value that is so short is one of few: it may as well be a word of the template.
_FEW: Final = 2


class Fixed(Exception):
    """These values are to be taken for words of the template."""

    def __init__(self, numbers: frozenset[int]) -> None:
        super().__init__(f"{len(numbers)} values")
        self.numbers = numbers


class Spot(msgspec.Struct, frozen=True, kw_only=True):
    """A text box that changes (line `line` of measure `measure`) or is only moved (-1)."""

    box: Any
    measure: int
    line: int


class PlannedRow(msgspec.Struct, frozen=True, kw_only=True):
    """Spots of one line from left to right; room and alignment as in a `Row`."""

    spots: tuple[Spot, ...]
    room: float
    align: float


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """How the texts of a page are measured, and the rows of each page of paper."""

    measures: tuple[Measure, ...]
    rows: tuple[tuple[PlannedRow, ...], ...]


class Planner:
    """Plans one page that was laid out."""

    def __init__(self, pages: Sequence[Any], nodes: Sequence[Node], values: Sequence[str]) -> None:
        self._nodes = nodes
        self._values = values
        self._above: dict[int, tuple[Any, ...]] = {}
        self._page_of: dict[int, int] = {}
        self._margins: list[Any] = []
        for number, page in enumerate(pages):
            for box, above in _texts(page._page_box, ()):  # noqa: SLF001 -- the only way to the boxes
                self._above[id(box)] = above
                self._page_of[id(box)] = number
                if any(isinstance(each, boxes.MarginBox) for each in above):
                    self._margins.append(box)
        self._of_box = {id(box): at for at, node in enumerate(nodes) for box in node.boxes}
        self._measures: list[Measure] = []
        self._rows: list[list[PlannedRow]] = [[] for _ in pages]
        self._done: set[int] = set()

    def text(self, at: int) -> str:
        """Return one of the texts with values as it is read."""
        return filled(self._nodes[at].pattern, self._values)

    def copies(self) -> frozenset[tuple[int, int]]:
        """Return which texts in the margin (`string-set`) read as which text on the page."""
        return frozenset(
            (number, at)
            for number, box in enumerate(self._margins)
            for at, node in enumerate(self._nodes)
            if filled(node.pattern, self._values) == box.text
        )

    def plan(self, copies: AbstractSet[tuple[int, int]], *, all_tight: bool) -> Plan:
        """
        Return the plan; `copies` are those in the margin.

        Raises:
            NotTold: there is something on the page that no plan can be made for.
            Fixed: there is, but not if some values are taken for words of the template.
        """
        for node in self._nodes:
            self._measures.append(self._measure(node, all_tight=all_tight))
        for at, node in enumerate(self._nodes):
            self._place(at, node)
        copied = dict(sorted(copies))
        for number, at in copied.items():
            self._place_copy(self._margins[number], self._nodes[at])
        return Plan(measures=tuple(self._measures), rows=tuple(map(tuple, self._rows)))

    def _measure(self, node: Node, *, all_tight: bool) -> Measure:
        first = node.boxes[0]
        text = filled(node.pattern, self._values)
        is_alone = self._is_alone(node)
        block = self._block(first)
        # Where a box stands is added up, so the same room differs in its last digits.
        room = round(block.width - self._beside(first), 6) if is_alone else None
        is_held = not is_alone and _lines(block) > 1
        if is_held and not self._is_held(node):
            raise self._fixed([node])
        kept = "".join(box.text for box in node.boxes) if len(node.boxes) == 1 else text
        lead, trail = kept[: len(kept) - len(kept.lstrip(" "))], kept[len(kept.rstrip(" ")) :]
        return Measure(
            pattern=node.pattern,
            style=TextStyle(first.style),
            room=room,
            lead=lead,
            trail=trail,
            ends=_uncounted(node.boxes[-1]),
            is_tight=is_held or self._is_tight(first, all_tight=all_tight),
        )

    def _place(self, at: int, node: Node) -> None:
        if self._measures[at].room is not None:
            for number, box in enumerate(node.boxes):
                block = self._block(box)
                row = PlannedRow(
                    spots=(Spot(box=box, measure=at, line=number),),
                    room=block.width - self._beside(box),
                    align=_align(block),
                )
                self._rows[self._page_of[id(box)]].append(row)
            return
        box = node.boxes[0]
        line = self._line(box)
        if id(line) in self._done:
            return
        self._done.add(id(line))
        block = self._block(box)
        beside = sorted(_shown_in(line), key=lambda each: each.position_x)
        spots = tuple(
            Spot(box=each, measure=self._of_box.get(id(each), -1), line=0) for each in beside
        )
        extent = beside[-1].position_x + beside[-1].width - beside[0].position_x
        gaps = extent - sum(each.width for each in beside)
        row = PlannedRow(spots=spots, room=block.width - gaps, align=_align(block))
        self._rows[self._page_of[id(box)]].append(row)

    def _place_copy(self, box: Any, of: Node) -> None:
        self._measures.append(
            Measure(
                pattern=of.pattern,
                style=TextStyle(box.style),
                room=None,
                ends=_uncounted(box),
                is_tight=True,
            )
        )
        spot = Spot(box=box, measure=len(self._measures) - 1, line=0)
        block = self._block(box)
        row = PlannedRow(spots=(spot,), room=max(block.width, box.width), align=_align(block))
        self._rows[self._page_of[id(box)]].append(row)

    def _fixed(self, nodes: Sequence[Node]) -> Exception:
        numbers = frozenset().union(*(node.pattern.numbers for node in nodes))
        if all(len(self._values[number]) <= _FEW for number in numbers):
            return Fixed(numbers)
        return NotTold("flow")

    def _is_alone(self, node: Node) -> bool:
        """Say whether nothing else is in the lines of a text."""
        own = {id(box) for box in node.boxes}
        lines = [line for box in node.boxes for line in self._block(box).children]
        return all(id(box) in own for line in lines for box in _shown_in(line))

    def _is_held(self, node: Node) -> bool:
        """
        Say whether other values of the same width leave the lines of a paragraph as they are.

        They do where they are one word each: a line breaks beside a word, by its width alone.
        """
        return len(node.boxes) == 1 and all(
            self._values[number].isalnum() for number in node.pattern.numbers
        )

    def _beside(self, box: Any) -> float:
        """Return how much of a line padding and borders take."""
        return max(0.0, float(self._line(box).width - box.width))

    def _line(self, box: Any) -> Any:
        return next(
            each for each in reversed(self._above[id(box)]) if isinstance(each, boxes.LineBox)
        )

    def _block(self, box: Any) -> Any:
        above = self._above[id(box)]
        at = max(n for n, each in enumerate(above) if isinstance(each, boxes.LineBox))
        if above[at - 1].style["text_indent"].value or not _is_plain(above[at - 1]):
            raise NotTold("style")
        return above[at - 1]

    def _is_tight(self, box: Any, *, all_tight: bool) -> bool:
        """Say whether the width of a text may move something beside its line."""
        above = self._above[id(box)]
        return all_tight or any(_shrinks(parent, child) for parent, child in pairwise(above))


def _lines(block: Any) -> int:
    return sum(isinstance(child, boxes.LineBox) for child in block.children)


def _uncounted(box: Any) -> str:
    """Return the blanks at the end of a line that WeasyPrint takes from its text and draws."""
    drawn = box.pango_layout.text
    return str(drawn[len(box.text) :]) if drawn.startswith(box.text) else ""


def filled(pattern: Pattern, values: Sequence[str]) -> str:
    """Return a text with values as it is read."""
    return collapsed(pattern.filled(values)).strip(" ")


def _texts(box: Any, above: tuple[Any, ...]) -> Iterator[tuple[Any, tuple[Any, ...]]]:
    if isinstance(box, boxes.TextBox):
        if box.text.strip():
            yield box, above
        return
    for child in getattr(box, "children", ()):
        yield from _texts(child, (*above, box))


def _shown_in(line: Any) -> Iterator[Any]:
    """Yield the texts of a line that are not blank. Raises NotTold where it holds more than text."""
    for box in line.descendants():
        if isinstance(box, boxes.TextBox):
            if box.text.strip():
                yield box
        elif not isinstance(box, boxes.InlineBox | boxes.LineBox):
            raise NotTold("inline")


def _align(block: Any) -> float:
    """Return where the lines of a block stand: 0 left, 1 right. Raises NotTold for both."""
    last = block.style["text_align_last"]
    found = {_side(block.style["text_align_all"], block.style["direction"])}
    if last != "auto":
        found.add(_side(last, block.style["direction"]))
    if len(found) > 1:
        raise NotTold("style")
    return found.pop()


def _side(align: str, direction: str) -> float:
    if align == "justify":
        raise NotTold("style")
    if align == "center":
        return 0.5
    return float(align in ("right", "start" if direction == "rtl" else "end"))


def _is_plain(block: Any) -> bool:
    return bool(block.style["text_overflow"] == "clip" and block.style["block_ellipsis"] == "none")


def _shrinks(parent: Any, child: Any) -> bool:
    """Say whether a box is as wide as what is in it."""
    if isinstance(child, boxes.InlineBlockBox) or child.is_floated():
        return True
    if child.is_absolutely_positioned():
        return True
    is_item = isinstance(parent, boxes.FlexContainerBox | boxes.GridContainerBox)
    return is_item and not child.style["flex_grow"]
