"""
Read the YAML that nearly all files are written in, several times as quickly.

The library reads character by character. What is written plainly (block mappings and sequences,
values and collections in brackets that stand on one line) is read here by whole lines. Whatever
is the least bit unusual, mistakes above all, is left to the library: nothing here refuses a file,
and a tree from here is in every value and place the one that the library would have given.
"""

from __future__ import annotations

import json
import re
from typing import Final, NoReturn

from mohar.config.scalars import resolved
from mohar.config.tree import ListNode, MapNode, Member, Node, ScalarNode

_OPENING: Final = frozenset("[{")
_DEEPEST: Final = 32
# The library takes no key that is longer than 1024 characters.
_LONGEST_KEY: Final = 900

# Tabs, the line ends of YAML 1.1, and the marks of documents and directives.
_UNUSUAL: Final = re.compile("[\t\x85\u2028\u2029]|^(?:---|\\.\\.\\.|%)", re.MULTILINE)

_FIRST: Final = r"""(?:[^ \n\-?:,\[\]{}#&*!|>'"%@`]|-(?=[\w.]))"""
_PLAIN: Final = rf"{_FIRST}(?:[^ :\n]++|:(?=[^ \n])|\ ++(?=[^ #:\n]))*+"
_PLAIN_IN_BRACKETS: Final = (
    rf"{_FIRST}(?:[^ ,:?\[\]{{}}\n]++|:(?=[\w/])|\ ++(?=[^ #,:?\[\]{{}}\n]))*+(?=[ \],}}]|: )"
)
_DOUBLE: Final = r'"(?:[^"\\\n]|\\["\\nt])*+"'
_SINGLE: Final = r"'(?:[^'\n]|'')*+'"
_KEY: Final = re.compile(rf"({_PLAIN}|{_DOUBLE}|{_SINGLE}):(?=[ \n]|\Z)\ *+")
_VALUE: Final = re.compile(rf"{_DOUBLE}|{_SINGLE}|{_PLAIN}")
_WITHIN: Final = re.compile(rf"{_DOUBLE}|{_SINGLE}|{_PLAIN_IN_BRACKETS}")
_DASH: Final = re.compile(r"-(?=[ \n]|\Z)\ *+")
_BLANKS: Final = re.compile(r"\ *+")
_COLON: Final = re.compile(r":\ ++")
_LINE_END: Final = re.compile(r"\ *+(?:(?<=\ )#[^\n]*+)?(?:\n|\Z)")
_TEXT: Final = r"[^ \n](?:[^\n]*[^ \n])?"
_FOLDED: Final = re.compile(rf">-\n(\ ++)({_TEXT}(?:\n\1{_TEXT})*+)(?:\n|\Z)(?!\ *+[#\n])")
_TO_NEXT: Final = re.compile(r"(?:\ *+(?:#[^\n]*+)?\n)*+(\ *+)(?:#[^\n]*+\Z)?")


def read_quickly(content: str) -> Node | None:
    """
    Return the tree of a text that is written plainly; None where it is not.

    The text holds characters that print, and lines that end with a line feed alone.
    """
    if _UNUSUAL.search(content):
        return None
    try:
        return _Reader(content).root()
    except _UnusualError:
        return None


class _UnusualError(Exception):
    """Something that the library has to look at."""


class _Reader:
    """Goes through one text, always from the start of something to the start of the next."""

    def __init__(self, content: str) -> None:
        self._content = content
        self._at = 0
        self._column = 0
        self._depth = 0

    def root(self) -> Node:
        self._to_next()
        if self._column != 0:
            _leave()
        root = self._block()
        if self._at != len(self._content):
            _leave()
        return root

    def _to_next(self) -> None:
        """Go to the first character after blank lines and comments; at the end the column is -1."""
        found = _TO_NEXT.match(self._content, self._at)
        if found is None:
            _leave()
        self._at = found.end()
        at_end = self._at == len(self._content)
        self._column = -1 if at_end else found.end(1) - found.start(1)

    def _block(self) -> Node:
        self._depth += 1
        if self._depth > _DEEPEST:
            _leave()
        node = self._sequence() if _DASH.match(self._content, self._at) else self._mapping()
        self._depth -= 1
        return node

    def _mapping(self) -> Node:
        start, column = self._at, self._column
        members: dict[str, Member] = {}
        while self._column == column:
            key_start = self._at
            found = _KEY.match(self._content, key_start)
            if found is None or found.end() - key_start > _LONGEST_KEY:
                _leave()
            key = _scalar(found.group(1))
            if not isinstance(key, str) or key in members:
                _leave()
            self._at = found.end()
            node = self._member(key_start, column) if self._ends_line() else self._single(column)
            members[key] = Member(key_start, node)
        return MapNode(start=start, end=self._at, members=members)

    def _member(self, key_start: int, column: int) -> Node:
        """Return what stands below a key, which may be nothing."""
        self._to_next()
        is_below = self._column > column
        # A list may stand as far to the left as its key.
        if is_below or (self._column == column and _DASH.match(self._content, self._at)):
            node = self._block()
            self._not_within(column)
            return node
        return ScalarNode(start=key_start, end=key_start, value=None)

    def _sequence(self) -> Node:
        start, column = self._at, self._column
        items: list[Node] = []
        while self._column == column and (found := _DASH.match(self._content, self._at)):
            dash, self._at = self._at, found.end()
            items.append(self._item(column, dash))
        return ListNode(start=start, end=self._at, items=items)

    def _item(self, column: int, dash: int) -> Node:
        if self._ends_line():
            self._to_next()
            if self._column <= column:
                _leave()
        elif not _KEY.match(self._content, self._at) and not _DASH.match(self._content, self._at):
            return self._single(column)
        else:
            self._column = column + self._at - dash
        node = self._block()
        self._not_within(column)
        return node

    def _single(self, column: int) -> Node:
        """Return the value in the rest of a line, or in folded lines; it must not go on below."""
        if self._letter() == ">":
            node = self._folded(column)
        else:
            node = self._inline(_VALUE)
            if not self._ends_line():
                _leave()
        self._to_next()
        self._not_within(column)
        return node

    def _folded(self, column: int) -> Node:
        start = self._at
        found = _FOLDED.match(self._content, start)
        if found is None or len(found.group(1)) <= column:
            _leave()
        self._at = found.end()
        text = found.group(2).replace(f"\n{found.group(1)}", " ")
        return ScalarNode(start=start, end=self._at, value=text)

    def _inline(self, form: re.Pattern[str]) -> Node:
        start = self._at
        if self._letter() in _OPENING:
            return self._brackets()
        found = form.match(self._content, start)
        if found is None:
            _leave()
        self._at = found.end()
        return ScalarNode(start=start, end=self._at, value=_scalar(found.group()))

    def _brackets(self) -> Node:
        self._depth += 1
        if self._depth > _DEEPEST:
            _leave()
        start = self._at
        node: ListNode | MapNode
        if self._content[start] == "[":
            node = ListNode(start=start, end=start, items=[])
            close = "]"
        else:
            node = MapNode(start=start, end=start, members={})
            close = "}"
        self._skip(1)
        while self._letter() != close or _length(node):
            self._add(node)
            if self._letter() == close:
                break
            if self._letter() != ",":
                _leave()
            self._skip(1)
        self._at += 1
        node.end = self._at
        self._depth -= 1
        return node

    def _add(self, node: ListNode | MapNode) -> None:
        if isinstance(node, ListNode):
            node.items.append(self._inline(_WITHIN))
        else:
            name = self._inline(_WITHIN)
            key = name.value if isinstance(name, ScalarNode) else None
            found = _COLON.match(self._content, self._at)
            if not isinstance(key, str) or key in node.members or found is None:
                _leave()
            self._at = found.end()
            node.members[key] = Member(name.start, self._inline(_WITHIN))
        self._skip(0)

    def _letter(self) -> str:
        return self._content[self._at : self._at + 1]

    def _skip(self, count: int) -> None:
        """Go on by that many characters, and over the blanks that follow."""
        found = _BLANKS.match(self._content, self._at + count)
        self._at = found.end() if found else self._at

    def _ends_line(self) -> bool:
        """Say whether nothing but a comment follows, and if so go to the next line."""
        found = _LINE_END.match(self._content, self._at)
        if found is None:
            return False
        self._at = found.end()
        return True

    def _not_within(self, column: int) -> None:
        """What is left of a value and right of what holds it belongs to neither."""
        if self._column > column:
            _leave()


def _scalar(text: str) -> str | int | float | bool | None:
    if text[0] == '"':
        # JSON knows all the escapes that come this far, and means the same by them.
        return str(json.loads(text, strict=False)) if "\\" in text else text[1:-1]
    if text[0] == "'":
        return text[1:-1].replace("''", "'")
    try:
        return resolved(text)
    except ValueError:
        _leave()


def _length(node: ListNode | MapNode) -> int:
    return len(node.items) if isinstance(node, ListNode) else len(node.members)


def _leave() -> NoReturn:
    raise _UnusualError
