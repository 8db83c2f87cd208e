"""How often a caller may ask, counted for all processes together."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from mohar.config.access import Quotas
from mohar.domain.clock import Clock
from mohar.domain.errors import TooManyRequests
from mohar.store import Store

_NAMESPACE: Final = "quota"
_LARGEST_BLOCK: Final = 100
# A process that takes more at once leaves too little for the others.
_BLOCKS_IN_LIMIT: Final = 50
_MOST_CALLERS: Final = 10_000
_MINUTE: Final = timedelta(minutes=1)


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of time in which so many calls may come."""

    name: str
    limit: int
    ends_at: datetime
    length: timedelta


class _Left:
    """What this process may still hand out of one window."""

    def __init__(self, window: Window) -> None:
        self.ends_at = window.ends_at
        self.calls = 0
        self.is_spent = False

    def took(self) -> bool:
        """Take one call, and say whether there was one."""
        if self.calls == 0:
            return False
        self.calls -= 1
        return True


class Quota:
    """
    Counts calls in blocks: one write to the store for up to a hundred calls.

    What a process has taken and not used is lost when it ends, so no restart ever gives more than
    the quota. Where several processes hold blocks, a caller may be refused a little early: by a
    fiftieth of its quota, or a hundred calls, for each further process.
    """

    def __init__(self, store: Store, clock: Clock, time_zone: str) -> None:
        self._store = store
        self._clock = clock
        self._zone = ZoneInfo(time_zone)
        self._lock = threading.Lock()
        self._left: OrderedDict[tuple[str, str], _Left] = OrderedDict()

    def must_have_left(self, actor_id: str, quotas: Quotas) -> None:
        """
        Count one call.

        Raises:
            TooManyRequests: none is left; it says when there will be.
            Unavailable: the store does not answer, so it cannot be told.
        """
        if quotas.per_minute is None and quotas.per_day is None:
            return
        now = self._clock()
        for window in windows(quotas, now, self._zone):
            if not self._took(actor_id, window, now):
                raise TooManyRequests((window.ends_at - now).total_seconds())

    def _took(self, actor_id: str, window: Window, now: datetime) -> bool:
        with self._lock:
            left = self._of(actor_id, window, now)
            if left.is_spent or left.calls:
                return left.took()
        # Not under the lock: a store that is slow keeps only those waiting who need it.
        leased = self._leased(actor_id, window)
        with self._lock:
            left.calls += leased
            left.is_spent = leased == 0
            return left.took()

    def _of(self, actor_id: str, window: Window, now: datetime) -> _Left:
        key = (actor_id, window.name)
        found = self._left.pop(key, None)
        if found is None or found.ends_at <= now:
            found = _Left(window)
        self._left[key] = found
        if len(self._left) > _MOST_CALLERS:
            self._left.popitem(last=False)
        return found

    def _leased(self, actor_id: str, window: Window) -> int:
        block = block_of(window.limit)
        key = f"{actor_id}/{window.name}/{window.ends_at.isoformat()}"
        with self._store.begin() as work:
            total = work.expiring.count(_NAMESPACE, key, window.length, block)
        return granted(total, block, window.limit)


def windows(quotas: Quotas, now: datetime, zone: ZoneInfo) -> Iterator[Window]:
    """Return the stretches of time that `now` lies in: the minute, and the day as clocks here tell."""
    if quotas.per_minute is not None:
        begun = now.replace(second=0, microsecond=0)
        yield Window(
            name="minute", limit=quotas.per_minute, ends_at=begun + _MINUTE, length=_MINUTE
        )
    if quotas.per_day is not None:
        midnight = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
        # Wall clocks: where they are put forward or back, this day has 23 or 25 hours.
        ends_at = (midnight + timedelta(days=1)).astimezone(now.tzinfo)
        yield Window(name="day", limit=quotas.per_day, ends_at=ends_at, length=timedelta(hours=25))


def block_of(limit: int) -> int:
    """Return how many calls a process takes at once."""
    return max(1, min(_LARGEST_BLOCK, limit // _BLOCKS_IN_LIMIT))


def granted(total: int, block: int, limit: int) -> int:
    """Return how many calls of a block are within the limit, where the count is then `total`."""
    return max(0, min(block, limit - (total - block)))
