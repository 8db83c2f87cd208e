"""
The outlines of JSON documents: which members they have, and of which kinds, but no value of them.

Documents under the same contexts and types have outlines that can be united into one in which
every member stands once. From that one the compiled canonical form is learnt.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeAlias

import msgspec

from mohar.domain.values import JsonObject

TypeName: TypeAlias = str | tuple[str, ...] | None
"""What `type` says, exactly: one name, a list of names, or nothing."""

_DEEPEST: Final = 12
_MOST_MEMBERS: Final = 250
_PLAIN: Final = {str: "text", int: "whole", bool: "truth"}


class Unusual(Exception):
    """A document that no plan is made for; the careful path takes it."""


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """
    What was seen under one name: kinds of plain values, texts that are terms, and nodes by type.

    `terms` can mean something else than they say, so each of them is learnt by itself.
    """

    kinds: frozenset[str] = frozenset()
    terms: frozenset[str] = frozenset()
    nodes: Mapping[TypeName, Outline] = {}

    def united(self, other: Member) -> Member:
        """Return a member with all that was seen in either."""
        nodes = dict(self.nodes)
        for name, node in other.nodes.items():
            nodes[name] = nodes[name].united(node) if name in nodes else node
        return Member(kinds=self.kinds | other.kinds, terms=self.terms | other.terms, nodes=nodes)


class Outline(msgspec.Struct, frozen=True, kw_only=True):
    """A node: its types, and what was seen under each other name."""

    types: TypeName
    members: Mapping[str, Member]

    def united(self, other: Outline) -> Outline:
        """Return a node with the members of both; their types are the same."""
        members = dict(self.members)
        for name, member in other.members.items():
            members[name] = members[name].united(member) if name in members else member
        return Outline(types=self.types, members=members)

    def size(self) -> int:
        """Return how many members there are, those of inner nodes too."""
        inner = (node for member in self.members.values() for node in member.nodes.values())
        return len(self.members) + sum(node.size() for node in inner)


def outline_of(document: JsonObject, terms: frozenset[str]) -> Outline:
    """
    Return the outline of a document.

    Raises:
        Unusual: something in it is only for the careful path: null, a fraction, an empty list or
            object, a list in a list, a keyword, too many members.
    """
    plain = {name: value for name, value in document.items() if name != "@context"}
    outline = _node(plain, terms, _DEEPEST)
    if outline.size() > _MOST_MEMBERS:
        raise Unusual
    return outline


def type_name(value: Any) -> TypeName:
    """
    Return what a member `type` says in a form that can be compared.

    Raises:
        Unusual: it is neither text nor a list of texts.
    """
    if value is None or value.__class__ is str:
        return value
    if value.__class__ is list and value and all(each.__class__ is str for each in value):
        return tuple(value)
    raise Unusual


def _node(value: JsonObject, terms: frozenset[str], levels_left: int) -> Outline:
    if not value or not levels_left or value.get("type", "") is None:
        raise Unusual
    if any(name.__class__ is not str or name.startswith("@") for name in value):
        raise Unusual
    return Outline(
        types=type_name(value.get("type")),
        members={
            name: _member(member, terms, levels_left)
            for name, member in value.items()
            if name != "type"
        },
    )


def _member(value: Any, terms: frozenset[str], levels_left: int) -> Member:
    items = value if value.__class__ is list else [value]
    if not items:
        raise Unusual
    nodes = [_node(each, terms, levels_left - 1) for each in items if each.__class__ is dict]
    plain = [each for each in items if each.__class__ is not dict]
    return Member(
        kinds=frozenset(_kinds(plain)),
        terms=frozenset(each for each in plain if each.__class__ is str and each in terms),
        nodes=_by_type(nodes),
    )


def _kinds(values: Iterable[Any]) -> Iterable[str]:
    for value in values:
        kind = _PLAIN.get(value.__class__)
        if kind is None:
            raise Unusual
        yield kind


def _by_type(nodes: Iterable[Outline]) -> Mapping[TypeName, Outline]:
    found: dict[TypeName, Outline] = {}
    for node in nodes:
        seen = found.get(node.types)
        found[node.types] = seen.united(node) if seen else node
    return found
