"""Put the events of a YAML parser together to a tree, and notice what a deployment may not use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NoReturn

import msgspec

from mohar.config.document import Document, Problem, located
from mohar.config.mistakes import ConfigMistakes
from mohar.config.places import Text
from mohar.config.scalars import resolved
from mohar.config.tree import (
    BrokenNode,
    ListNode,
    MapNode,
    Member,
    Node,
    Path,
    ScalarNode,
    described,
)
from mohar.config.words import quoted

MAX_DEPTH: Final = 64


class _Key(msgspec.Struct):
    """A key that waits for its value; None where the key was a mistake."""

    text: str | None
    start: int


class _Open(msgspec.Struct):
    """A collection whose end has not come yet."""

    node: MapNode | ListNode
    key: _Key | None = None

    @property
    def step(self) -> str | int:
        if isinstance(self.node, ListNode):
            return len(self.node.items)
        return (self.key.text if self.key else None) or ""


class Builder:
    """Takes the events of one file in order and makes a Document of them."""

    def __init__(self, text: Text) -> None:
        self.text = text
        self.last_index = 0
        # By name, since the libraries that parse call their events alike.
        self._takes: Mapping[str, Callable[[Any], None]] = {
            "DocumentStartEvent": self._start,
            "MappingStartEvent": self._descend,
            "SequenceStartEvent": self._descend,
            "MappingEndEvent": self._ascend,
            "SequenceEndEvent": self._ascend,
            "ScalarEvent": self._take_single,
            "AliasEvent": self._take_single,
        }
        self._root: Node | None = None
        self._open: list[_Open] = []
        self._problems: list[Problem] = []

    def take(self, event: Any) -> None:
        """
        Take one event of a library that parses (PyYAML, or ruamel.yaml, which comes from it).

        Raises:
            ConfigMistakes: nothing after this can be read.
        """
        self.last_index = min(event.start_mark.index, len(self.text.content))
        take = self._takes.get(type(event).__name__)
        if take is not None:
            take(event)

    @property
    def innermost_start(self) -> int:
        """Return where the innermost collection begins that has not ended yet."""
        return self._open[-1].node.start if self._open else self.last_index

    def document(self) -> Document:
        """Return what was read; an empty file is a null."""
        root = self._root or ScalarNode(start=0, end=0, value=None)
        return Document(self.text, root, self._problems)

    def refuse(self, index: int, message: str) -> NoReturn:
        """Tell why reading ends here, together with the mistakes found so far."""
        ending = Problem(index=index, path=(), message=message)
        root = self._open[0].node if self._open else self._root
        raise ConfigMistakes(
            located(self.text, problem, described(root, problem.path) if root else "")
            for problem in (*self._problems, ending)
        )

    def _start(self, event: Any) -> None:
        if self._root is not None:
            self.refuse(self.last_index, "a second document starts here; one file holds one")
        if event.version not in {None, (1, 2)} or event.tags:
            self.refuse(0, "%YAML and %TAG lines are not read; remove them")

    def _descend(self, event: Any) -> None:
        if len(self._open) >= MAX_DEPTH:
            self.refuse(self.last_index, f"more than {MAX_DEPTH} levels inside each other")
        self._judge(event)
        start, end = self._span(event)
        if type(event).__name__ == "MappingStartEvent":
            self._open.append(_Open(MapNode(start=start, end=end, members={})))
        else:
            self._open.append(_Open(ListNode(start=start, end=end, items=[])))

    def _ascend(self, event: Any) -> None:
        node = self._open.pop().node
        node.end = max(node.start, self._span(event)[1])
        self._add(node)

    def _take_single(self, event: Any) -> None:
        self._add(self._single(event))

    def _single(self, event: Any) -> Node:
        start, end = self._span(event)
        if not self._judge(event):
            return BrokenNode(start=start, end=end)
        if event.style:
            return self._text(event.value, start, end)
        if not event.value:
            return self._nothing(start)
        try:
            return ScalarNode(start=start, end=end, value=resolved(event.value))
        except ValueError as error:
            self._problem(start, str(error))
            return BrokenNode(start=start, end=end)

    def _nothing(self, index: int) -> Node:
        """Return an empty value; the parser sees it only where the next thing starts."""
        key = self._open[-1].key if self._open else None
        start = key.start if key else len(self.text.content[:index].rstrip())
        return ScalarNode(start=start, end=start, value=None)

    def _text(self, value: str, start: int, end: int) -> Node:
        if any("\ud800" <= letter <= "\udfff" for letter in value):
            self._problem(start, "this value holds half of a surrogate pair; write it as one \\U")
            return BrokenNode(start=start, end=end)
        return ScalarNode(start=start, end=end, value=value)

    def _judge(self, event: Any) -> bool:
        if type(event).__name__ == "AliasEvent":
            message = 'aliases ("*") are not read; write the value out, or put it in quotes'
        elif event.anchor is not None:
            message = 'anchors ("&") are not read; remove it, or put the value in quotes'
        elif event.tag is not None:
            message = 'tags ("!") are not read; remove it, or put the value in quotes'
        else:
            return True
        self._problem(self.last_index, message)
        return False

    def _add(self, node: Node) -> None:
        if not self._open:
            self._root = node
            return
        within = self._open[-1]
        if isinstance(within.node, ListNode):
            within.node.items.append(node)
        elif within.key is None:
            within.key = _Key(self._key(within.node, node), node.start)
        else:
            if within.key.text is not None:
                within.node.members[within.key.text] = Member(within.key.start, node)
            within.key = None

    def _key(self, within: MapNode, node: Node) -> str | None:
        """Return the text of a key, or None when it is a mistake: its value is then left out."""
        if isinstance(node, BrokenNode):
            return None
        if not isinstance(node, ScalarNode) or not isinstance(node.value, str):
            self._problem(node.start, "a key must be text; put it in quotes")
            return None
        if (first := within.members.get(node.value)) is not None:
            line = self.text.place(first.start).line
            self._problem(node.start, f"{quoted(node.value)} is given twice (first on line {line})")
            return None
        return node.value

    def _problem(self, index: int, message: str) -> None:
        self._problems.append(Problem(index=index, path=self._path(), message=message))

    def _path(self) -> Path:
        """Return the path of the innermost open collection."""
        return tuple(each.step for each in self._open[:-1])

    def _span(self, event: Any) -> tuple[int, int]:
        last = len(self.text.content)
        return min(event.start_mark.index, last), min(event.end_mark.index, last)
