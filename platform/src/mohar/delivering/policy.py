"""How often a delivery is tried, and when it is tried again: a pure function."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Final

import msgspec

# 2 to the power of 30 seconds is 34 years: no wait is longer, however often it was tried.
_DOUBLINGS: Final = 30
# Whoever asks to be left alone for longer is asked again all the same.
LONGEST_ASKED_SECONDS: Final = 86_400.0
LONGEST_REST_SECONDS: Final = 3_600.0


class DeliveryPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """
    How one channel's deliveries are treated.

    A claim takes `batch` of them, and `handful` are given to the channel at a time. The rest goes
    back when `batch_seconds` are over; a lease lasts `lease_seconds`, and that must be much longer.
    """

    attempts: Annotated[int, msgspec.Meta(ge=1)] = 24
    first_seconds: Annotated[float, msgspec.Meta(gt=0)] = 5.0
    longest_seconds: Annotated[float, msgspec.Meta(gt=0)] = 14_400.0
    batch: Annotated[int, msgspec.Meta(ge=1)] = 200
    handful: Annotated[int, msgspec.Meta(ge=1)] = 10
    batch_seconds: Annotated[float, msgspec.Meta(gt=0)] = 60.0
    lease_seconds: Annotated[float, msgspec.Meta(gt=0)] = 300.0


def next_try(
    attempt: int,
    now: datetime,
    policy: DeliveryPolicy,
    luck: float,
    asked_seconds: float | None = None,
) -> datetime:
    """
    Return when to try again after the `attempt`-th failure, the first being 1.

    The wait doubles from `first_seconds` up to `longest_seconds`; `luck`, from 0 to 1, takes up to
    half of it away. What the other side asked for is honoured, up to a day.
    """
    doublings = min(max(attempt - 1, 0), _DOUBLINGS)
    whole = min(policy.first_seconds * 2**doublings, policy.longest_seconds)
    wait = whole * (1 - luck / 2)
    if asked_seconds is not None and asked_seconds > wait:
        wait = min(asked_seconds, max(LONGEST_ASKED_SECONDS, wait))
    return now + timedelta(seconds=wait)


def rest_seconds(asked: Sequence[float | None], policy: DeliveryPolicy, *, is_stuck: bool) -> float:
    """
    Return for how long a channel is left alone after a handful, so that nothing is tried in vain.

    `asked` is what each failure asked for. That is honoured up to an hour; where the channel is
    stuck it gets the shortest wait, and where neither is so, none.
    """
    named = max((each for each in asked if each is not None), default=0.0)
    least = policy.first_seconds if is_stuck else 0.0
    return max(min(named, LONGEST_REST_SECONDS), least)
