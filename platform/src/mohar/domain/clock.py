"""What time it is, handed in so that nothing reads the wall by itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeAlias

Clock: TypeAlias = Callable[[], datetime]


def utc_now() -> datetime:
    """Return the present, aware and in UTC."""
    return datetime.now(UTC)


def rfc3339(moment: datetime, *, milliseconds: bool = False) -> str:
    """Return `moment` in UTC as RFC 3339 text ending in Z, to the second or the millisecond."""
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds" if milliseconds else "seconds")
    return text.replace("+00:00", "Z")
