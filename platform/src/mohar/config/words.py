"""How mistakes speak: values in quotes, lists of choices, and what was probably meant."""

from __future__ import annotations

import json
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

from mohar.config.masking import masked

_LONGEST: Final = 60


def quoted(text: str) -> str:
    """Return text in double quotes: passwords hidden, short, and on one line."""
    shown = masked(text[: 10 * _LONGEST])
    short = shown if len(shown) <= _LONGEST else shown[:_LONGEST] + "…"
    return '"' + "".join(_escaped(letter) for letter in short) + '"'


def choices(names: Iterable[object], joint: str = "or") -> str:
    """Return names as a sentence has them: `"a", "b" or "c"`."""
    told = [quoted(name) if isinstance(name, str) else json.dumps(name) for name in names]
    if len(told) <= 1:
        return "".join(told)
    return f"{', '.join(told[:-1])} {joint} {told[-1]}"


def closest(text: str, names: Iterable[object]) -> str | None:
    """Return the name that was probably meant, or None."""
    known = {name.casefold(): name for name in names if isinstance(name, str)}
    found = get_close_matches(text[: 2 * _LONGEST].casefold(), known, n=1, cutoff=0.6)
    return known[found[0]] if found else None


def did_you_mean(text: object, names: Iterable[object]) -> str:
    """Return the question, or nothing where no name is near."""
    meant = closest(text, names) if isinstance(text, str) else None
    return f"did you mean {quoted(meant)}?" if meant is not None else ""


def counted(number: int, thing: str) -> str:
    """Return `1 item`, `2 items`."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _escaped(letter: str) -> str:
    if letter in '"\\':
        return "\\" + letter
    return letter if letter.isprintable() or letter in "\u200c\u200d" else ascii(letter)[1:-1]
