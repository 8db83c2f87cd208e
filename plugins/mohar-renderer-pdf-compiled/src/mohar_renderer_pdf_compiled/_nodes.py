"""The texts of a page that hold values, and the boxes that WeasyPrint makes of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final
from xml.etree.ElementTree import Element

import msgspec
from weasyprint.formatting_structure import boxes

from mohar_renderer_pdf_compiled._marks import BEGIN, END, NUMBERED

_VALUE: Final = re.compile(f"{BEGIN}([0-9]+){NUMBERED}([^{END}]*){END}")
_BLANKS: Final = re.compile("[ \t\n\r\f]+")
_TITLE: Final = "title"


class NotTold(ValueError):
    """A page that cannot be compiled, and why, in a word that goes into a metric."""


class Pattern(msgspec.Struct, frozen=True):
    """A text with values in it: plain parts, and numbers of values between them."""

    parts: tuple[str | int, ...]

    def filled(self, values: Sequence[str]) -> str:
        """Return the text with these values, as it stands in HTML."""
        if len(self.parts) == 1 and isinstance(only := self.parts[0], int):
            return values[only]
        return "".join(values[part] if isinstance(part, int) else part for part in self.parts)

    @property
    def numbers(self) -> frozenset[int]:
        """Return which values it holds."""
        return frozenset(part for part in self.parts if isinstance(part, int))


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """One text of the element tree that holds values, and the text boxes of it in reading order."""

    pattern: Pattern
    boxes: tuple[Any, ...]


class _Text(msgspec.Struct):
    """Where a text stands: before the first child of its element, or after a child of it."""

    element: Any
    after: Any
    pattern: Pattern

    def text(self) -> str:
        """Return the text that stands there now."""
        return str((self.element.text if self.after is None else self.after.tail) or "")


class Texts:
    """The texts with values of one element tree, which loses its marks."""

    def __init__(self, root: Element) -> None:
        self.title = Pattern(("",))
        self._around = {child: parent for parent in root.iter() for child in parent}
        self._texts: list[_Text] = []
        for element in root.iter():
            self._take(element)

    def _take(self, element: Any) -> None:
        if element.text and BEGIN in element.text:
            pattern, element.text = _read(element.text)
            if element.tag == _TITLE:
                self.title = pattern
            else:
                self._texts.append(_Text(element, None, pattern))
        elif element.tag == _TITLE and element.text:
            self.title = Pattern((element.text,))
        if element.tail and BEGIN in element.tail:
            pattern, element.tail = _read(element.tail)
            self._texts.append(_Text(self._around[element], element, pattern))

    def nodes(self, pages: Sequence[Any]) -> list[Node]:
        """
        Return each text with its boxes on pages that were laid out from the tree.

        Raises:
            NotTold: some text is not on the pages as it is in the tree.
        """
        by_element: dict[int, list[Any]] = {}
        for page in pages:
            for box in flowing(page):
                by_element.setdefault(id(box.element), []).append(box)
        made: list[Node] = []
        for element in {id(each.element): each.element for each in self._texts}.values():
            made += self._of(element, by_element)
        return made

    def _of(self, element: Any, by_element: dict[int, list[Any]]) -> Iterator[Node]:
        patterns = {id(each.after): each.pattern for each in self._texts if each.element is element}
        waiting = by_element.get(id(element), [])
        for after in (None, *element):
            text = element.text if after is None else after.tail
            pattern = patterns.get(id(after))
            moved = _moved(element, after)
            if not text and moved is not None and pattern is not None:
                of_moved = by_element.get(id(moved), [])
                yield Node(pattern=pattern, boxes=_used(moved.text, of_moved))
            elif text and text.strip():
                taken = _used(text, waiting)
                if pattern is not None:
                    yield Node(pattern=pattern, boxes=taken)
        if waiting:
            raise NotTold("repeated")


def flowing(page: Any) -> Iterator[Any]:
    """Yield the text boxes of a page that stand for texts of its tree and are not blank."""
    for child in page._page_box.children:  # noqa: SLF001 -- the only way to the boxes
        if isinstance(child, boxes.MarginBox):
            continue
        for box in child.descendants():
            if isinstance(box, boxes.TextBox) and box.text.strip() and "::" not in box.element_tag:
                yield box


def collapsed(text: str) -> str:
    """Return a text with its white space as CSS collapses it (CSS Text 3 §4.1.1)."""
    return _BLANKS.sub(" ", text)


def _read(marked: str) -> tuple[Pattern, str]:
    pieces = _VALUE.split(marked)
    parts: list[str | int] = []
    for at in range(0, len(pieces), 3):
        if pieces[at]:
            parts.append(pieces[at])
        if at + 1 < len(pieces):
            parts.append(int(pieces[at + 1]))
    return Pattern(tuple(parts)), _VALUE.sub(lambda match: match[2], marked)


def _moved(element: Any, after: Any) -> Any:
    """Return the element into which a text was put because it runs the other way, if it was."""
    children = list(element)
    at = 0 if after is None else children.index(after) + 1
    return children[at] if at < len(children) and children[at].tag == "bdi" else None


def _used(text: str, waiting: list[Any]) -> tuple[Any, ...]:
    """Take from `waiting` the boxes that hold this text. Raises NotTold where they do not."""
    wanted = "".join(collapsed(text).split(" "))
    found: list[Any] = []
    said = ""
    while waiting and said != wanted and wanted.startswith(said):
        box = waiting.pop(0)
        found.append(box)
        said += "".join(box.text.split(" "))
    if said != wanted:
        raise NotTold("transformed")
    return tuple(found)
