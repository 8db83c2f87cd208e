"""Single values of a message: what there is, what fits, and how a path is walked."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

LARGEST_INTEGER: Final = 2**53 - 1


class Unfit(Exception):
    """A value that does not fit. The message says what it must be, never what it is."""


def is_empty(value: Any) -> bool:
    """Say whether there is no value: absent, null, an empty text or an empty list."""
    return value is None or value in ("", [])


def walker(path: str) -> Callable[[Any], Any]:
    """Return a function that gives what stands at a dotted path of a tree, or None."""
    steps = path.split(".")
    if len(steps) == 1:
        return lambda tree: _step(tree, path)

    def walk(tree: Any) -> Any:
        for step in steps:
            tree = _step(tree, step)
        return tree

    return walk


def _step(tree: Any, step: str) -> Any:
    if isinstance(tree, dict):
        return tree.get(step)
    if isinstance(tree, list) and is_index(step) and int(step) < len(tree):
        return tree[int(step)]
    return None


def is_index(step: str) -> bool:
    """Say whether a step of a path can be the place of something in a list."""
    return step.isascii() and step.isdecimal()


def plain(value: Any) -> Any:
    """
    Return a single value, or a list of them without its empty members.

    Raises:
        Unfit: it is neither, or is nothing that every JSON reader reads the same.
    """
    if isinstance(value, list):
        return [_single(each) for each in value if not is_empty(each)]
    return _single(value)


def _single(value: Any) -> Any:
    if isinstance(value, str):
        return sound(value)
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return bounded(value)
    if isinstance(value, float) and math.isfinite(value):
        return value
    raise Unfit("must be a text, a number, true or false, or a list of such")


def sound(text: str) -> str:
    """Return the text. Raises Unfit where it holds half a character."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Unfit("must be Unicode text, and holds half a character") from None
    return text


def bounded(number: int) -> int:
    """Return the number. Raises Unfit beyond 2^53 - 1, where readers of JSON begin to differ."""
    if abs(number) > LARGEST_INTEGER:
        raise Unfit("must be a number of at most 15 digits")
    return number


def as_text(value: Any) -> str:
    """Return a text as it is, and a number as its digits. Raises Unfit for anything else."""
    if isinstance(value, str):
        return sound(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Unfit("must be text")
    if isinstance(value, float) and not math.isfinite(value):
        raise Unfit("must be text")
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(bounded(value)) if isinstance(value, int) else repr(value)
