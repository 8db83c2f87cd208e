"""
Which fields may leave the house in a log line, a span or a metric, and what may stand in them.

A value gets out only under a name on this list and in the shape that the list gives it. So a
mistake elsewhere costs a field of a log line and never somebody's privacy.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Final, TypeAlias

import msgspec

Value: TypeAlias = str | int | float | bool

_LONGEST: Final = 80

# A run of six digits is the start of a telephone number, a code or a credential's id.
_NAME: Final = re.compile(r"(?!.*[0-9]{6})[A-Za-z_](?:[A-Za-z0-9_]|[.:-](?=[A-Za-z0-9_]))*")
_ROUTE: Final = re.compile(
    r"unknown|(?!.*[0-9]{6})(?:/(?:"
    # A name of another system may have capitals within, as in `certificatePDF`; one of a person begins with one.
    r"[a-z][A-Za-z0-9._-]*|\.well-known|\{[a-z][A-Za-z_]*(?::[a-z]+)?\}(?:\.[a-z{}_]+)?"
    r")?)+"
)
_IDENTIFIER: Final = re.compile(r"(?![0-9]+$)[A-Za-z0-9](?:[A-Za-z0-9._:#/-])*")

# Nothing we count or time is as large as a number of ten digits.
_TOO_LARGE: Final = 1_000_000_000

_NAMES: Final = [
    "event",
    "kind",
    "body",
    "plugin",
    "hook",
    "outcome",
    "code",
    "error",
    "at",
    "observer",
    "step",
    "format",
    "algorithm",
    "method",
    "level",
    "logger",
    "profile",
    "severity",
    "action",
    "state",
    "channel",
]
_ROUTES: Final = ["route"]
_IDENTIFIERS: Final = ["submission", "worker", "key_id", "list", "trace"]
_NUMBERS: Final = [
    "count",
    "status",
    "duration_ms",
    "attempt",
    "port",
    "processes",
    "batch",
    "bytes",
    "dropped",
    "issued",
    "known",
    "refused",
    "waiting",
    "failed",
    "asked",
    "found",
]

# `status` is an HTTP status or the name of a state.
_EITHER: Final = ["status"]

_SHAPES: Final[Mapping[str, re.Pattern[str]]] = {
    **dict.fromkeys([*_NAMES, *_EITHER], _NAME),
    **dict.fromkeys(_ROUTES, _ROUTE),
    **dict.fromkeys(_IDENTIFIERS, _IDENTIFIER),
}

# A metric keeps one row for each combination of values, so only what has few values may be one.
COUNTED: Final = frozenset([*_NAMES, *_ROUTES, *_EITHER])


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """The fields that may go out, and how many were dropped."""

    fields: Mapping[str, Value]
    dropped: int


def keep(fields: Mapping[str, object]) -> Kept:
    """Return the fields whose name is on the list and whose value has that name's shape."""
    kept = {
        name: value
        for name, value in fields.items()
        if isinstance(value, (str, int, float)) and _fits(name, value)
    }
    return Kept(fields=kept, dropped=len(fields) - len(kept))


def is_name(text: str) -> bool:
    """Say whether a text is short and looks like the name of a thing in the code."""
    return len(text) <= _LONGEST and _NAME.fullmatch(text) is not None


def _fits(name: str, value: Value) -> bool:
    if isinstance(value, str):
        shape = _SHAPES.get(name)
        return len(value) <= _LONGEST and shape is not None and shape.fullmatch(value) is not None
    return name in _NUMBERS and math.isfinite(value) and abs(value) < _TOO_LARGE
