"""What was delivered is kept for some days, to be delivered again, and removed afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from mohar.domain.clock import Clock
from mohar.store.store import Store

_AT_ONCE: Final = 1_000
_REST: Final = timedelta(minutes=5)


class ForgettingDelivered:
    """
    Removes what each channel was told more than its number of days ago, and the log of it.

    What is dead stays until it is delivered. After a round that found nothing it rests a while.
    """

    def __init__(self, store: Store, keep_days: Mapping[str, int], clock: Clock) -> None:
        self._store = store
        self._keep_days = keep_days
        self._clock = clock
        self._rests_until: datetime | None = None

    def run_once(self) -> int:
        """Remove some of what is over, and return how many. Raises Unavailable."""
        now = self._clock()
        if self._rests_until and now < self._rests_until:
            return 0
        removed = sum(
            self._forget(channel, now - timedelta(days=days))
            for channel, days in self._keep_days.items()
        )
        self._rests_until = None if removed else now + _REST
        return removed

    def _forget(self, channel: str, until: datetime) -> int:
        with self._store.begin() as work:
            return work.deliveries.forget(channel, until, _AT_ONCE)
