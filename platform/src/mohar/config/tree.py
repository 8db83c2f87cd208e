"""A YAML document as a tree whose every key and value knows where it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, TypeAlias

import msgspec

from mohar.config.scalars import ScalarValue
from mohar.config.words import quoted

Path: TypeAlias = tuple[str | int, ...]

_PLAIN_KEY: Final = re.compile(r"[\w-]{1,60}")
_NAMING_FIELDS: Final = ("name", "code", "id")


class Node(msgspec.Struct, kw_only=True):
    """A value and where it starts and ends, as indexes into the file's text."""

    start: int
    end: int


class ScalarNode(Node, kw_only=True):
    """A single value."""

    value: ScalarValue


class ListNode(Node, kw_only=True):
    """A sequence of values."""

    items: list[Node]


class Member(msgspec.Struct):
    """One key of a mapping, where it stands, and its value."""

    start: int
    node: Node


class MapNode(Node, kw_only=True):
    """A mapping from text to values, in the order of the file."""

    members: dict[str, Member]


class BrokenNode(Node, kw_only=True):
    """A value that was already told as a mistake, so that nothing more is said about it."""


def plain(node: Node) -> Any:
    """Return the value as Python sees it, without places."""
    match node:
        case ScalarNode():
            return node.value
        case ListNode():
            return [plain(item) for item in node.items]
        case MapNode():
            return {key: plain(member.node) for key, member in node.members.items()}
    return None


def placed(value: Any, at: Node) -> Node:
    """Return a tree for a value that no file spells, all of it standing where `at` stands."""
    match value:
        case dict():
            members = {str(key): Member(at.start, placed(each, at)) for key, each in value.items()}
            return MapNode(start=at.start, end=at.end, members=members)
        case list() | tuple():
            items = [placed(each, at) for each in value]
            return ListNode(start=at.start, end=at.end, items=items)
    return ScalarNode(start=at.start, end=at.end, value=value)


def child(node: Node, step: str | int) -> Node | None:
    """Return what stands one step below, or None."""
    if isinstance(node, MapNode) and isinstance(step, str):
        member = node.members.get(step)
        return member.node if member else None
    if isinstance(node, ListNode) and isinstance(step, int) and 0 <= step < len(node.items):
        return node.items[step]
    return None


def nearest(root: Node, path: Path) -> tuple[Node, bool]:
    """Return the node at a path and True, or the last one on the way to it and False."""
    node = root
    for step in path:
        below = child(node, step)
        if below is None:
            return node, False
        node = below
    return node, True


def walked(node: Node, path: Path = ()) -> Iterator[tuple[Path, ScalarNode]]:
    """Go through all single values, in the order of the file."""
    match node:
        case ScalarNode():
            yield path, node
        case ListNode():
            for index, item in enumerate(node.items):
                yield from walked(item, (*path, index))
        case MapNode():
            for key, member in node.members.items():
                yield from walked(member.node, (*path, key))


def described(root: Node, path: Path) -> str:
    """Return a path in words, list items by their names: `signers "issuer-2026".settings`."""
    told: list[str] = []
    node: Node | None = root
    for step in path:
        node = child(node, step) if node is not None else None
        if isinstance(step, str):
            told.append(step if _PLAIN_KEY.fullmatch(step) else quoted(step))
        else:
            item = _name_of(node) or f"item {step + 1}"
            told.append(f"{told.pop()} {item}" if told else item)
    return ".".join(told)


def _name_of(node: Node | None) -> str:
    for field in _NAMING_FIELDS:
        naming = child(node, field) if node is not None else None
        if isinstance(naming, ScalarNode) and isinstance(naming.value, str) and naming.value:
            return quoted(naming.value)
    return ""
