"""How long to wait for an observer, how often to try, and when to try again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Final

import msgspec

# 2 to the power of 30 seconds is 34 years: no wait is longer, however often it was tried.
_DOUBLINGS: Final = 30


class RelayPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """
    How the relay treats an observer.

    A batch that an observer has failed to take `tries` times is handed to it one event at a time,
    and what it still does not take is set aside. With these values that happens after 50 minutes.
    """

    batch: Annotated[int, msgspec.Meta(ge=1)] = 500
    deadline_seconds: Annotated[float, msgspec.Meta(gt=0)] = 10.0
    tries: Annotated[int, msgspec.Meta(ge=1)] = 10
    first_wait_seconds: Annotated[float, msgspec.Meta(gt=0)] = 4.0
    longest_wait_seconds: Annotated[float, msgspec.Meta(gt=0)] = 900.0


def next_try(attempt: int, now: datetime, policy: RelayPolicy | None = None) -> datetime:
    """
    Return when to try again after the `attempt`-th failure in a row, the first being 1.

    The wait doubles from `first_wait_seconds` and never exceeds `longest_wait_seconds`.
    """
    policy = policy or RelayPolicy()
    doublings = min(max(attempt - 1, 0), _DOUBLINGS)
    seconds = min(policy.first_wait_seconds * 2**doublings, policy.longest_wait_seconds)
    return now + timedelta(seconds=seconds)
