"""Which of the forms we have a caller wants most (RFC 9110 §12.5.1)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

_QUALITY: Final = re.compile(r"q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)", re.ASCII)
_TOKEN: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105 -- RFC 9110 §5.6.2, no secret
_RANGE: Final = re.compile(rf"{_TOKEN}/{_TOKEN}")


def preferred(accept: str, offered: Sequence[str]) -> str | None:
    """
    Return the media type with the highest weight, the first among equals, or None.

    Each weight comes from the most exact range that fits. A range that cannot be read is passed
    over, parameters beside `q` are not looked at, and without any range everything is welcome.
    """
    ranges = [found for part in accept.split(",") if (found := _range(part))]
    if not ranges:
        return offered[0] if offered else None
    weights = [_weight(media_type.lower(), ranges) for media_type in offered]
    best = max(weights, default=0.0)
    return offered[weights.index(best)] if best > 0 else None


def _range(part: str) -> tuple[str, float] | None:
    media_range, *parameters = (each.strip().lower() for each in part.split(";"))
    if _RANGE.fullmatch(media_range) is None:
        return None
    named = [each for each in parameters if each.startswith("q=")]
    if not named:
        return media_range, 1.0
    quality = _QUALITY.fullmatch(named[0])
    return (media_range, float(quality[1])) if quality else None


def _weight(media_type: str, ranges: Sequence[tuple[str, float]]) -> float:
    for wanted in (media_type, f"{media_type.partition('/')[0]}/*", "*/*"):
        fitting = [quality for media_range, quality in ranges if media_range == wanted]
        if fitting:
            return max(fitting)
    return 0.0
