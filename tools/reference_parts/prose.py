"""Docstrings and values as Markdown."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Sequence

_RAISES = re.compile(r"^Raises:$", re.MULTILINE)


def docstring(thing: object) -> str:
    """Return the docstring of a thing as Markdown: its `Raises:` becomes a list."""
    text = inspect.cleandoc(getattr(thing, "__doc__", "") or "")
    before, *after = _RAISES.split(text, maxsplit=1)
    if not after:
        return before.strip()
    return f"{before.strip()}\n\nRaises:\n\n{_listed(after[0])}"


def one_line(text: str) -> str:
    """Return text as it may stand in a cell of a table."""
    return " ".join(text.split()).replace("|", "\\|")


def first_sentence(thing: object) -> str:
    """Return the first paragraph of a docstring, in one line."""
    return one_line(inspect.cleandoc(getattr(thing, "__doc__", "") or "").split("\n\n")[0])


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table."""
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join(lines) + "\n"


def tidy(page: str) -> str:
    """Return a page with one blank line where there were more, and one line's end at its end."""
    return re.sub(r"\n{3,}", "\n\n", page.rstrip()) + "\n"


def _listed(raised: str) -> str:
    """One error a line; a line that is indented more goes on with the one before."""
    items: list[str] = []
    indent = min(len(line) - len(line.lstrip()) for line in raised.splitlines() if line.strip())
    for line in raised.splitlines():
        if not line.strip():
            continue
        if len(line) - len(line.lstrip()) > indent:
            items[-1] += f" {line.strip()}"
        else:
            name, _, when = line.strip().partition(":")
            items.append(f"- `{name}`:{when}")
    return "\n".join(items)
