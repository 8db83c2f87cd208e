"""Find what must never be printed in text that people write: passwords inside addresses."""

from __future__ import annotations

import re
from typing import Final

HIDDEN: Final = "•••"

_SECRETS: Final = re.compile(
    r"://[^\s/:@]*:(?P<password>\S+)@"
    r"|[?&;](?:\w*pass(?:word|wd)?|pwd|\w*secret|\w*token|\w*key)=(?P<parameter>[^&;\s\"']+)",
    re.IGNORECASE,
)

Span = tuple[int, int]


def secret_spans(text: str) -> list[Span]:
    """Return where passwords stand in the addresses of a text, in order."""
    return [match.span(match.lastgroup or 0) for match in _SECRETS.finditer(text)]


def masked(text: str) -> str:
    """Return the text with every password in an address replaced."""
    return without(text, secret_spans(text))


def without(text: str, spans: list[Span], start: int = 0, end: int | None = None) -> str:
    """Return `text[start:end]` with what lies in the spans replaced by one mark each."""
    end = len(text) if end is None else end
    shown, at = "", start
    for first, last in sorted(spans):
        if max(first, at) < min(last, end):
            shown += text[at : max(first, at)] + HIDDEN
            at = min(last, end)
    return shown + text[at:end]
