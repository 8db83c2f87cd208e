"""What is personal of a request is kept for some days after its end, and removed then."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from mohar.domain.clock import Clock
from mohar.plugin import Telemetry
from mohar.store import Store

_AT_ONCE: Final = 200
_REST: Final = timedelta(minutes=5)


class ForgettingRequests:
    """
    Removes what was wished, and all reasons, from requests that ended some days ago.

    `days` are those of each kind that has any. The number, the type, the credentials and the steps
    stay. After a round that found nothing it rests for some minutes.
    """

    def __init__(
        self, store: Store, days: Mapping[str, int], telemetry: Telemetry, clock: Clock
    ) -> None:
        self._store = store
        self._days = days
        self._telemetry = telemetry
        self._clock = clock
        self._rests_until: datetime | None = None

    def run_once(self) -> int:
        """Forget some of what is over, and return how many requests it was. Raises Unavailable."""
        now = self._clock()
        if self._rests_until and now < self._rests_until:
            return 0
        removed = sum(self._forget(kind, now - timedelta(days=n)) for kind, n in self._days.items())
        self._rests_until = None if removed else now + _REST
        return removed

    def _forget(self, kind: str, ended_until: datetime) -> int:
        with self._store.begin() as work:
            removed = work.requests.forget(kind, ended_until, _AT_ONCE)
        if removed:
            self._telemetry.log("requests.forgotten", kind=kind, count=removed)
        return removed
