"""What one record (or document) is looked at through while a plan runs over it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import tzinfo
from typing import Any, TypeAlias

import msgspec

from mohar.domain.clock import Clock
from mohar.domain.findings import Finding
from mohar.domain.values import JsonObject
from mohar.domain.valueset import Entry, ValueSet

Reader: TypeAlias = "Callable[[Frame], Any]"
ISSUE = "issue"


class Unfit(Exception):
    """A value that a converter cannot take. The message says what it must be, not what it is."""


class Frame:
    """A tree of values, what the issuing side adds to it, and the findings so far."""

    __slots__ = ("findings", "issue", "tree")

    def __init__(self, tree: JsonObject, issue: JsonObject | None = None) -> None:
        self.tree = tree
        self.issue = issue or {}
        self.findings: list[Finding] = []


class Kit(msgspec.Struct, frozen=True, kw_only=True):
    """What a type needs beside its file: value sets and patterns by name, time and place."""

    sets: Mapping[str, ValueSet]
    patterns: Mapping[str, re.Pattern[str]]
    zone: tzinfo
    clock: Clock

    def entry(self, name: str, value: Any) -> Entry | None:
        """Return the entry of a value set that a code or a name stands for."""
        return self.sets[name].find(value) if isinstance(value, str) and value else None


def reader(path: str) -> Reader:
    """Return a function that reads one path; `issue.…` is read from what the issuing side gives."""
    first, *steps = path.split(".")
    if first == ISSUE:
        return lambda frame: _walk(frame.issue, steps)
    if not steps:
        return lambda frame: frame.tree.get(first)
    return lambda frame: _walk(frame.tree.get(first), steps)


def _walk(tree: Any, steps: list[str]) -> Any:
    for step in steps:
        if type(tree) is dict:
            tree = tree.get(step)
        elif isinstance(tree, list) and step.isdecimal() and int(step) < len(tree):
            tree = tree[int(step)]
        else:
            return None
    return tree


def is_empty(value: Any) -> bool:
    """Say whether there is no value: absent, null, or an empty text."""
    return value is None or value == ""


def entry_member(entry: Entry, path: str) -> Any:
    """Return what an entry of a value set says at a path."""
    if path in {"code", "name"}:
        return getattr(entry, path)
    return list(entry.aliases) if path == "aliases" else _walk(entry.more, path.split("."))


def in_force(dated: Any, on: str) -> Any:
    """Return of things dated by `effective_from` the last that had begun on a day, or None."""
    begun = [each for each in dated or [] if isinstance(each, dict) and _start(each) <= on]
    return max(begun, key=_start, default=None)


def _start(dated: JsonObject) -> str:
    return str(dated.get("effective_from", ""))
