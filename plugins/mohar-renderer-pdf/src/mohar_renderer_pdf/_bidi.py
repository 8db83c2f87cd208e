"""Give every value on a page its own direction: WeasyPrint knows neither `bdi` nor `dir="auto"`."""

from __future__ import annotations

import unicodedata
from typing import Final, Literal
from xml.etree.ElementTree import Element

Direction = Literal["ltr", "rtl"]

_LEFT_TO_RIGHT: Final = frozenset({"L"})
_RIGHT_TO_LEFT: Final = frozenset({"R", "AL"})
_DIGITS: Final = frozenset({"AN", "EN"})
# Their text is no line of the page.
_LEFT_OUT: Final = frozenset({"head", "script", "style", "svg", "{http://www.w3.org/2000/svg}svg"})


def isolate(tree: Element) -> None:
    """
    Put each text of a page that runs against what is around it into an element of its direction.

    The text of an element that says its `dir` itself is left alone.
    """
    _walk(tree, tree.get("dir") or "ltr")


def direction_of(text: str) -> Direction | None:
    """
    Return where a text goes: as its first strong letter does (UAX #9 P2).

    Without one, digits go left to right (`1 / 2`), and mere punctuation goes with what is around.
    """
    has_digits = False
    for letter in text:
        sort = unicodedata.bidirectional(letter)
        if sort in _LEFT_TO_RIGHT:
            return "ltr"
        if sort in _RIGHT_TO_LEFT:
            return "rtl"
        has_digits = has_digits or sort in _DIGITS
    return "ltr" if has_digits else None


def _walk(parent: Element, around: str) -> None:
    if parent.tag in _LEFT_OUT:
        return
    for child in parent:
        _walk(child, child.get("dir") or around)
    if parent.get("dir") is not None:
        return
    for at in range(len(parent) - 1, -1, -1):
        isolated = _isolated(parent[at].tail, around)
        if isolated is not None:
            parent[at].tail = None
            parent.insert(at + 1, isolated)
    isolated = _isolated(parent.text, around)
    if isolated is not None:
        parent.text = None
        parent.insert(0, isolated)


def _isolated(text: str | None, around: str) -> Element | None:
    direction = direction_of(text) if text else None
    if direction in (None, around):
        return None
    element = Element("bdi", {"dir": str(direction)})
    element.text = text
    return element
