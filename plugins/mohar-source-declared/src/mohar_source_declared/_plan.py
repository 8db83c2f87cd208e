"""Compile the members of a mapping into functions that fill a record."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import msgspec

from mohar.domain.values import JsonObject
from mohar_source_declared._convert import Kit, value_of
from mohar_source_declared._mapping import Member
from mohar_source_declared._notes import Notes
from mohar_source_declared._shape import may_be_read
from mohar_source_declared._values import Unfit, is_empty, walker

# Takes a tree, the notes, and where the tree stands in the message; None is no value.
Read: TypeAlias = Callable[[Any, Notes, str], Any]


class Filler:
    """Fills the record's side of an object; what is unfit or missing is noted and left out."""

    def __init__(self, members: Sequence[Member], kit: Kit) -> None:
        self._slots = [(member.path.split("."), _reader(member, kit)) for member in members]

    def fill(self, tree: Any, notes: Notes, above: str = "") -> JsonObject:
        """Return what the members make of a tree."""
        content: JsonObject = {}
        for steps, read in self._slots:
            value = read(tree, notes, above)
            if value is not None:
                _put(content, steps, value)
        return content


def _put(content: JsonObject, steps: Sequence[str], value: Any) -> None:
    for step in steps[:-1]:
        content = content.setdefault(step, {})
    content[steps[-1]] = value


def _reader(member: Member, kit: Kit) -> Read:
    read = _each(member, kit) if member.each else _checked(member, kit)
    default = None if member.default is msgspec.UNSET else member.default
    place = member.from_ or next((each.from_ for each in member.or_ if each.from_), "")

    def value(tree: Any, notes: Notes, above: str) -> Any:
        told = len(notes.findings)
        found = read(tree, notes, above)
        if found is not None:
            return found
        if member.required and default is None and len(notes.findings) == told:
            notes.missing(above + place)
        return default

    return value


def _checked(member: Member, kit: Kit) -> Read:
    readers = [(origin.from_ or "", value_of(origin, kit)) for origin in member.origins()]
    pattern = re.compile(member.pattern) if member.pattern is not None else None

    def checked(tree: Any, notes: Notes, above: str) -> Any:
        for place, read in readers:
            try:
                value = read(tree)
                if not is_empty(value):
                    return _matched(value, pattern)
            except Unfit as unfit:
                notes.unfit(above + place, str(unfit))
                return None
        return None

    return checked


def _matched(value: Any, pattern: re.Pattern[str] | None) -> Any:
    if pattern is None:
        return value
    for each in value if isinstance(value, list) else [value]:
        if not isinstance(each, str) or not pattern.fullmatch(each):
            raise Unfit(f"must be text that matches {pattern.pattern}")
    return value


def _each(member: Member, kit: Kit) -> Read:
    assert member.from_ is not None
    path, read, filler = member.from_, walker(member.from_), Filler(member.each, kit)

    def each(tree: Any, notes: Notes, above: str) -> Any:
        items = read(tree)
        if not isinstance(items, list):
            return None
        filled = (
            filler.fill(item, notes, f"{above}{path}.{place}.")
            for place, item in enumerate(items)
            if may_be_read(item, items)
        )
        return [each for each in filled if each] or None

    return each
