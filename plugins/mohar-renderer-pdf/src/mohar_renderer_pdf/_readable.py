"""WeasyPrint's pages with a text layer: what it draws, told in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from itertools import pairwise
from typing import Any, Final

import pydyf
from weasyprint.document import Page
from weasyprint.formatting_structure import boxes

from mohar_renderer_pdf.textlayer import (
    Direction,
    Place,
    UnseenFont,
    UnseenLine,
    is_unseen,
    silent,
    text_string,
)

_BEGINS: Final = (b"BDC", b"BMC")


class ReadablePage(Page):  # type: ignore[misc]  # WeasyPrint has no types
    """
    A page that says in words what it draws.

    When it has been painted, `marked` tells which box each marked-content number stands for, and
    `artifacts` which of these numbers belong to no part of the document: running heads and feet,
    and pictures without a description.
    """

    def __init__(self, page: Page, font: UnseenFont) -> None:
        # To lay the page out once more would find its links and anchors twice.
        self.__dict__.update(vars(page))
        self._font = font
        self.marked: dict[int, Any] = {}
        self.artifacts: AbstractSet[int] = frozenset()

    @property
    def is_right_to_left(self) -> bool:
        """Say whether the page as a whole runs from right to left (`dir` of its root)."""
        return any(
            box.element_tag == "html" and box.style["direction"] == "rtl"
            for box in self._page_box.children
        )

    def boxes(self) -> Iterator[Any]:
        """Yield every box of the page, running heads and feet included."""
        return iter(self._page_box.descendants())

    def paint(self, stream: Any, scale: float = 1) -> None:
        """Paint the page, and say what was painted."""
        told_before = {id(group) for group in _groups_of(stream)}
        super().paint(stream, scale)
        # No public name tells which box a mark is for; tests pin that this one does.
        self.marked = {tag["mcid"]: box for box, tag in stream._tags.items()}  # noqa: SLF001
        self.artifacts = self._found_artifacts()
        _keep_small(stream._fonts.values())  # noqa: SLF001 # as above
        told = _Told(self, self._font)
        drawn = [group for group in _groups_of(stream) if id(group) not in told_before]
        for each in (stream, *drawn):
            each.stream[:] = told.operators(each.stream)
        stream.stream.append(told.marks(_corner(self.height * scale)))

    def _found_artifacts(self) -> AbstractSet[int]:
        margins = [each for each in self._page_box.children if isinstance(each, boxes.MarginBox)]
        running = {id(box) for margin in margins for box in margin.descendants()}
        return {
            number for number, box in self.marked.items() if id(box) in running or is_ornament(box)
        }


def is_ornament(box: Any) -> bool:
    """Say whether a picture says that it says nothing (`alt=""`)."""
    return isinstance(box, boxes.ReplacedBox) and box.element.get("alt") == ""


def _keep_small(fonts: Iterable[Any]) -> None:
    """Keep WeasyPrint from embedding the whole of a font that drew nothing (a joiner, a mark)."""
    for font in fonts:
        if not font.to_unicode:
            font.to_unicode[0] = " "


class _Told:
    """The words of one page, to be put among the operators that draw it."""

    def __init__(self, page: ReadablePage, font: UnseenFont) -> None:
        texts = {n: box for n, box in page.marked.items() if isinstance(box, boxes.TextBox)}
        self._font = font
        self._blank = {n for n, box in texts.items() if not box.text.strip()}
        self._artifacts = page.artifacts
        self._unseen = {n: _line(box) for n, box in texts.items() if is_unseen(box.text)}
        self._seen = {
            n: box for n, box in texts.items() if n not in self._unseen and n not in self._blank
        }
        self._direction = Direction.of(
            [box.text for box in self._seen.values()],
            list(self._unseen.values()),
            is_right_to_left=page.is_right_to_left,
        )

    def operators(self, drawn: list[Any]) -> list[Any]:
        """Return the operators of one content stream with the words among them."""
        return list(self._with_words(drawn))

    def marks(self, place: Place) -> bytes:
        """Return what makes readers see the direction of the page."""
        return self._direction.written(self._font, place)

    def _with_words(self, drawn: list[Any]) -> Iterator[Any]:
        depth = 0
        ends: dict[int, list[bytes]] = {}
        for operator, following in pairwise([*drawn, None]):
            if _number(following) in self._artifacts:
                yield b"/Artifact BMC"
            if (number := _number(operator)) is None:
                yield operator
            else:
                yield self._named(operator)
                ends[depth] = self._ends(number)
            depth += (operator in _BEGINS) - (operator == b"EMC")
            if operator == b"EMC":
                yield from ends.pop(depth, ())

    def _named(self, mark: pydyf.Dictionary) -> pydyf.Dictionary:
        """Return the property list of a mark, which says what its glyphs stand for."""
        number = mark["MCID"]
        properties = {} if number in self._artifacts else {"MCID": number}
        if (said := self._said(number)) is not None:
            properties["ActualText"] = said
        return pydyf.Dictionary(properties)

    def _ends(self, number: int) -> list[bytes]:
        """Return what follows a mark. An artifact must not stand within one, so the words do."""
        ends = [b"EMC"] if number in self._artifacts else []
        if line := self._unseen.get(number):
            ends.append(line.written(self._font, self._direction))
        return ends

    def _said(self, number: int) -> bytes | None:
        if number in self._unseen:
            return silent()
        if (box := self._seen.get(number)) is None:
            return None
        is_in_turned = box.style["direction"] == "rtl"
        text = self._direction.actual_text(box.text, is_in_turned=is_in_turned)
        if text is None:
            return None
        # WeasyPrint draws no blank that stands alone, and few readers see a gap after a vowel sign.
        return text_string(f"{text} " if number + 1 in self._blank else text)


def _number(operator: Any) -> int | None:
    """Return the number of marked content that a property list gives it."""
    return operator.get("MCID") if isinstance(operator, pydyf.Dictionary) else None


def _line(box: Any) -> UnseenLine:
    return UnseenLine(
        text=box.text,
        place=Place(
            x=box.position_x,
            y=box.position_y + box.baseline,
            width=box.width,
            font_size=max(box.style["font_size"], 1),
            y_grows_down=True,
        ),
    )


def _corner(height: float) -> Place:
    return Place(x=2, y=height - 2, width=2, font_size=0.25, y_grows_down=True)


def _groups_of(stream: Any) -> Iterator[Any]:
    """Yield the groups (what is half transparent) of a document so far: its pages share them."""
    for drawn in stream._resources["XObject"].values():  # noqa: SLF001 # public nowhere
        if isinstance(drawn, type(stream)):
            yield drawn
            yield from _groups_of(drawn)
