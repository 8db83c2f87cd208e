"""Write plain values as YAML that reads back as the same values."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any, Final

from mohar.config.scalars import resolved

# Letters, digits and what stands inside addresses and paths, but nothing that YAML reads.
_NEEDS_NO_QUOTES: Final = re.compile(r"[A-Za-z0-9_/.+][A-Za-z0-9_/.+@-]*(?::[A-Za-z0-9_/.+@-]+)*")


def to_yaml(tree: dict[str, Any]) -> str:
    """Return a tree of plain values as block-style YAML."""
    return "\n".join(_lines(tree)) + "\n"


def _mapping(tree: dict[str, Any]) -> Iterator[str]:
    for key, value in tree.items():
        yield from _under(f"{_text(key)}:", value)


def _items(items: list[Any]) -> Iterator[str]:
    for item in items:
        lines = list(_lines(item))
        yield f"- {lines[0]}"
        yield from (f"  {line}" for line in lines[1:])


def _under(key: str, value: Any) -> Iterator[str]:
    lines = list(_lines(value))
    if isinstance(value, dict | list | tuple) and value:
        yield key
        yield from (f"  {line}" for line in lines)
    else:
        yield f"{key} {lines[0]}"


def _lines(value: Any) -> Iterator[str]:
    if isinstance(value, dict) and value:
        return _mapping(value)
    if isinstance(value, list | tuple) and value:
        return _items(list(value))
    return iter([_single(value)])


def _single(value: Any) -> str:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, float) and not math.isfinite(value):
        return ".nan" if math.isnan(value) else f"{'-' if value < 0 else ''}.inf"
    return json.dumps(value)


def _text(text: str) -> str:
    if _NEEDS_NO_QUOTES.fullmatch(text) and isinstance(resolved(text[:64]), str):
        return text
    return "".join(_escaped(letter) for letter in json.dumps(text, ensure_ascii=False))


def _escaped(letter: str) -> str:
    return letter if letter.isprintable() else f"\\U{ord(letter):08X}"
