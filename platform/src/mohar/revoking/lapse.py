"""Suspensions that have an end come to it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from mohar.domain.clock import Clock
from mohar.revoking.change import Revoking
from mohar.store.store import Store

_AT_ONCE: Final = 500
_REST: Final = timedelta(seconds=5)


class Lapse:
    """Restores credentials whose suspension is over. A job of the worker; run it on any number."""

    def __init__(self, store: Store, revoking: Revoking, clock: Clock) -> None:
        self._store = store
        self._revoking = revoking
        self._clock = clock
        self._rests_until: datetime | None = None

    def run_once(self) -> int:
        """
        Restore some of those whose time has come, and return how many were.

        Raises:
            Unavailable: the store did not answer; the next round finds them again.
        """
        now = self._clock()
        if self._rests_until and now < self._rests_until:
            return 0
        with self._store.read() as work:
            over = work.lifecycle.lapsed(now, _AT_ONCE)
        answers = self._revoking.lift(over) if over else ()
        restored = sum(each.result == "changed" for each in answers)
        self._rests_until = None if restored else now + _REST
        return restored
