"""When to try again to issue what could not be issued: a pure function."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

MAX_ATTEMPTS: Final = 8


def next_try(attempts: int, now: datetime) -> datetime:
    """
    Return when an item may be claimed again after so many attempts, the first being 1.

    At once the first time, since what failed may have been another item of its batch; then later
    and later, up to about four minutes.
    """
    if attempts <= 1:
        return now
    return now + timedelta(seconds=2 ** min(attempts, MAX_ATTEMPTS))
