"""Check the limits that `msgspec.Meta` puts on values, and say in words what is broken."""

from __future__ import annotations

import re
from collections.abc import Sized

from msgspec import inspect

from mohar.config.words import counted, quoted


def number_fault(number: float, kind: inspect.IntType | inspect.FloatType) -> str:
    """Return what is wrong with a number, or nothing."""
    limits: list[tuple[float | None, str, bool]] = [
        (kind.ge, "at least", kind.ge is None or number >= kind.ge),
        (kind.gt, "more than", kind.gt is None or number > kind.gt),
        (kind.le, "at most", kind.le is None or number <= kind.le),
        (kind.lt, "less than", kind.lt is None or number < kind.lt),
        (kind.multiple_of, "a multiple of", not kind.multiple_of or not number % kind.multiple_of),
    ]
    told = (
        f"expected {words} {limit}, got {number}" for limit, words, holds in limits if not holds
    )
    return next(told, "")


def length_fault(
    value: Sized,
    kind: inspect.StrType | inspect.CollectionType | inspect.DictType,
    unit: str,
) -> str:
    """Return what is wrong with a length, or nothing; `unit` is what is counted."""
    if kind.min_length is not None and len(value) < kind.min_length:
        if not value:
            return "must not be empty"
        return f"expected at least {counted(kind.min_length, unit)}, got {len(value)}"
    if kind.max_length is not None and len(value) > kind.max_length:
        return f"expected at most {counted(kind.max_length, unit)}, got {len(value)}"
    return ""


def pattern_fault(text: str, pattern: str | None, title: str) -> str:
    """Return what is wrong with the form of a text, or nothing."""
    if pattern is None or re.search(_strict(pattern), text):
        return ""
    valid = f"is no valid {title}; it" if title else ""
    return " ".join(filter(None, (quoted(text), valid, f"must match {pattern}")))


def _strict(pattern: str) -> str:
    # In Python `$` also matches before a last line feed, which no schema means.
    return pattern[:-1] + r"\Z" if re.search(r"(?<!\\)\$$", pattern) else pattern
