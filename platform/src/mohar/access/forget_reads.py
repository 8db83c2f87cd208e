"""The log of reads is kept for a number of days, and removed afterwards."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from mohar.domain.clock import Clock
from mohar.store import Store
from mohar.store.audit import NewEntry

_AT_ONCE: Final = 1_000
_REST: Final = timedelta(minutes=5)
_WORKER: Final = "worker"


class ForgettingReads:
    """Removes the oldest rows in batches, each told in the audit log; rests when nothing is over."""

    def __init__(self, store: Store, keep: timedelta, clock: Clock) -> None:
        self._store = store
        self._keep = keep
        self._clock = clock
        self._rests_until: datetime | None = None

    def run_once(self) -> int:
        """Remove some of what is over, and return how many rows. Raises Unavailable."""
        now = self._clock()
        if self._rests_until and now < self._rests_until:
            return 0
        until = now - self._keep
        with self._store.begin() as work:
            removed = work.reads.forget(until, _AT_ONCE)
            if removed:
                facts = {"until": until.isoformat()}
                told = NewEntry(actor_id=_WORKER, action="forget-reads", count=removed, facts=facts)
                work.audit.append([told])
        self._rests_until = None if removed else now + _REST
        return removed
