"""Values as they come from the world: JSON trees, dates of known precision, personal data."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from copy import deepcopy
from datetime import date
from itertools import takewhile
from typing import Any, Final, TypeAlias

import msgspec

JsonObject: TypeAlias = dict[str, Any]
_PARTIAL: Final = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)
# Four digits in a row could be the start of a number that belongs to somebody.
_MEMBER: Final = re.compile(r"(?!.*[0-9]{4})[@$_A-Za-z][_A-Za-z0-9-]{0,39}")


class Personal(msgspec.Struct, frozen=True, kw_only=True):
    """Something about a person. It prints as its own name, so that no log can hold it."""

    def __repr__(self) -> str:
        return f"‹{type(self).__name__}›"

    __str__ = __repr__


class PartialDate(msgspec.Struct, frozen=True, order=True):
    """A date whose precision is known: a birth year stays a year (FHIR R4 `date`)."""

    year: int
    month: int | None = None
    day: int | None = None

    @classmethod
    def parse(cls, text: str) -> PartialDate:
        """
        Read `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.

        Raises:
            ValueError: the text is none of the three, or names a day that does not exist.
        """
        match = _PARTIAL.fullmatch(text)
        if match is None:
            raise ValueError("not a date of the form YYYY, YYYY-MM or YYYY-MM-DD")
        year, month, day = match.groups()
        known = date(int(year), int(month or 1), int(day or 1))
        return cls(known.year, known.month if month else None, known.day if day else None)

    @property
    def is_full(self) -> bool:
        """Say whether the day is known."""
        return self.day is not None

    def __str__(self) -> str:
        parts = [f"{self.year:04d}"]
        parts += [f"{part:02d}" for part in (self.month, self.day) if part is not None]
        return "-".join(parts)


def _is_index(step: str) -> bool:
    return step.isascii() and step.isdecimal()


def with_values(tree: JsonObject, changes: Mapping[str, Any]) -> JsonObject:
    """
    Return a copy of a JSON tree with new values at dotted paths; None takes a member away.

    Objects on the way are made where they lack.

    Raises:
        ValueError: a path leads through something that is no object, or to no place in a list.
    """
    copy: JsonObject = deepcopy(tree)
    for path, value in changes.items():
        *way, last = path.split(".")
        place: Any = copy
        for step in way:
            place = _inside(place, step)
        _put(place, last, value)
    return copy


def differing_paths(before: Any, after: Any, prefix: str = "") -> list[str]:
    """Return the dotted paths of every leaf that differs, in order; None and not there are one."""
    if isinstance(before, dict) and isinstance(after, dict):
        names = [*before, *(name for name in after if name not in before)]
        return [
            path
            for name in names
            for path in differing_paths(
                before.get(name), after.get(name), f"{prefix}.{name}" if prefix else name
            )
        ]
    return [] if _is_same(before, after) else [prefix]


def _is_same(before: Any, after: Any) -> bool:
    """1, 1.0 and true are three values, in lists too."""
    told = [msgspec.json.encode(each, order="deterministic") for each in (before, after)]
    return told[0] == told[1]


def tellable_paths(paths: Iterable[str]) -> list[str]:
    """
    Return paths as they may be told, each once: never the name of a member that could be a value.

    What has such a name, or lies below it, is told by the place above.
    """
    return list(dict.fromkeys(_tellable(path) for path in paths))


def _tellable(path: str) -> str:
    return ".".join(takewhile(_MEMBER.fullmatch, path.split(".")))


def _inside(place: Any, step: str) -> Any:
    if isinstance(place, dict):
        if place.get(step) is None:
            place[step] = {}
        return place[step]
    if isinstance(place, list) and _is_index(step) and int(step) < len(place):
        return place[int(step)]
    raise ValueError("a path leads through something that has no members")


def _put(place: Any, name: str, value: Any) -> None:
    if isinstance(place, dict):
        if value is None:
            place.pop(name, None)
        else:
            place[name] = value
    elif isinstance(place, list) and _is_index(name) and int(name) < len(place):
        place[int(name)] = value
    else:
        raise ValueError("a path leads to no place of the record")


def at_path(tree: Any, path: str) -> Any:
    """Return what stands at a dotted path of a JSON tree (`recipient.address.state`), or None."""
    for step in path.split("."):
        if isinstance(tree, dict):
            tree = tree.get(step)
        elif isinstance(tree, list) and _is_index(step) and int(step) < len(tree):
            tree = tree[int(step)]
        else:
            return None
    return tree
