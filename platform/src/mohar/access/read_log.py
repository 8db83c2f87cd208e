"""No read is answered before it is written down; what is written down is kept for its days."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from mohar.access.together import Together
from mohar.domain.clock import Clock
from mohar.domain.events import Event
from mohar.store import Store, Work
from mohar.store.audit import NewEntry
from mohar.store.read_rows import NewRead

_ACCESSED: Final = "credential.accessed"
_AT_ONCE: Final = 1_000
_REST: Final = timedelta(minutes=5)
_WORKER: Final = "worker"


class ReadLog:
    """
    Writes down reads, and tells of them in events, with one transaction for all that wait.

    An event stands for all reads of its batch that are alike, and does not say of which credential.
    """

    def __init__(
        self, store: Store, clock: Clock, new_id: Callable[[], str] = lambda: uuid.uuid4().hex
    ) -> None:
        self._store = store
        self._clock = clock
        self._new_id = new_id
        self._together: Together[Sequence[NewRead], bool] = Together(self._commit)

    def write(self, reads: Sequence[NewRead]) -> None:
        """
        Return when the reads are written down for good. None at all is nothing to wait for.

        Raises:
            Unavailable: they are not, so nothing of them may be shown.
        """
        if reads:
            self._together.ask(reads)

    async def write_soon(self, reads: Sequence[NewRead]) -> None:
        """Do the same for one who waits in an event loop. Raises as `write` does."""
        if reads:
            await self._together.ask_soon(reads)

    def keep(self, work: Work, reads: Sequence[NewRead]) -> None:
        """Write down reads, and tell of them, in a transaction of the caller's own."""
        work.reads.append(reads)
        work.outbox.append(self._events(reads))

    def _commit(self, batch: Sequence[Sequence[NewRead]]) -> Sequence[bool]:
        with self._store.begin() as work:
            self.keep(work, [read for reads in batch for read in reads])
        return [True] * len(batch)

    def _events(self, reads: Sequence[NewRead]) -> list[Event]:
        now = self._clock()
        alike = Counter(
            (each.kind, each.outcome, each.reason.purpose, each.reason.channel) for each in reads
        )
        return [
            Event(
                event_id=self._new_id(),
                type=_ACCESSED,
                occurred_at=now,
                kind=kind,
                facts={
                    "outcome": outcome,
                    "purpose": purpose,
                    "channel": channel,
                    "count": count,
                },
            )
            for (kind, outcome, purpose, channel), count in alike.items()
        ]


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
