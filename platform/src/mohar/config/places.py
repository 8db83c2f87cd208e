"""The text of a file, and where in it something stands: line, column and excerpt."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from typing import Final

import msgspec

from mohar.config.masking import Span, secret_spans, without

_BREAK: Final = re.compile("\n")
_BEFORE: Final = 60
_WIDTH: Final = 100
_AROUND: Final = 2000


class Place(msgspec.Struct, frozen=True):
    """Where something stands; both numbers start at one, columns count characters."""

    line: int
    column: int


class Text:
    """The text of one file, its lines ended by a plain line feed each."""

    def __init__(self, name: str, content: str) -> None:
        self.name = name
        self.content = content
        self._hidden: list[Span] = []
        self._lines = [0, *(each.end() for each in _BREAK.finditer(content))]

    def hide(self, start: int, end: int) -> None:
        """Keep this part out of every excerpt that is made from now on."""
        self._hidden.append((start, end))

    def place(self, index: int) -> Place:
        """Return the line and column of a character."""
        line = bisect_right(self._lines, index)
        return Place(line, index - self._lines[line - 1] + 1)

    def excerpt(self, index: int) -> str:
        """Return the line of a character with a caret below it, secrets hidden."""
        number = str(self.place(index).line)
        before, after = self._around(index)
        source = f"{number:>5} | {before}{after}".rstrip()
        return f"{source}\n      | {' ' * _width(before)}^"

    def _around(self, index: int) -> tuple[str, str]:
        start, end = self._line(index)
        near = max(start, index - _AROUND)
        spans = [
            (near + first, near + last) for first, last in secret_spans(self.content[near:end])
        ]
        spans += self._hidden
        before = _printable(without(self.content, spans, near, index))
        after = _printable(without(self.content, spans, index, end))
        if len(before) + len(after) <= _WIDTH:
            return before, after
        return _last(before, _BEFORE), _first(after, _WIDTH - min(len(before), _BEFORE))

    def _line(self, index: int) -> tuple[int, int]:
        line = bisect_right(self._lines, index)
        start = self._lines[line - 1]
        end = self._lines[line] - 1 if line < len(self._lines) else len(self.content)
        return start, min(end, index + _AROUND)


def _last(text: str, count: int) -> str:
    return text if len(text) <= count else "…" + text[-count:]


def _first(text: str, count: int) -> str:
    return text if len(text) <= count else text[:count] + "…"


def _printable(text: str) -> str:
    """Return text that moves no terminal: what does not print becomes a blank or a mark."""
    return "".join(" " if each == "\t" else each if _prints(each) else "�" for each in text)


def _prints(letter: str) -> bool:
    # Joiners are format characters, but Indic scripts cannot be written without them.
    return letter.isprintable() or letter in "\u200c\u200d\u00a0\u3000"


def _width(text: str) -> int:
    return sum(_columns(letter) for letter in text)


def _columns(letter: str) -> int:
    if unicodedata.category(letter) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1
