"""
No read is answered before it is written down.

A commit costs about the same for one row as for fifty, so those who come while one is under way
share the next. Whoever comes first commits for all of them: there is no thread to start or to end.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Final

from mohar.domain.clock import Clock
from mohar.domain.errors import Unavailable
from mohar.domain.events import Event
from mohar.store import Store
from mohar.store.rows import NewRead

_ACCESSED: Final = "credential.accessed"


class NotWrittenDown(Unavailable):
    """The read could not be written down, so nothing is shown; the same request may work later."""

    code = "read-log-unavailable"


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
        self._lock = Lock()
        self._waiting: list[_Turn] = []
        self._is_writing = False

    def write(self, reads: Sequence[NewRead]) -> None:
        """
        Return when the reads are written down for good. None at all is nothing to wait for.

        Raises:
            Unavailable: they are not, so nothing of them may be shown.
        """
        if not reads:
            return
        mine = _Turn(reads)
        with self._lock:
            self._waiting.append(mine)
            must_wait, self._is_writing = self._is_writing, True
        if must_wait:
            mine.bell.acquire()
        if not mine.is_over:
            self._write_all()
        if not mine.is_written:
            raise NotWrittenDown("this read could not be written down, so nothing is shown")

    def _write_all(self) -> None:
        with self._lock:
            batch, self._waiting = self._waiting, []
        is_written = False
        try:
            self._commit([read for turn in batch for read in turn.reads])
            is_written = True
        finally:
            for turn in batch:
                turn.end(is_written=is_written)
            self._hand_on()

    def _hand_on(self) -> None:
        """Let the first of those who came meanwhile commit for the others."""
        with self._lock:
            self._is_writing = bool(self._waiting)
            if self._waiting:
                self._waiting[0].bell.release()

    def _commit(self, reads: Sequence[NewRead]) -> None:
        with self._store.begin() as work:
            work.reads.append(reads)
            work.outbox.append(self._events(reads))

    def _events(self, reads: Sequence[NewRead]) -> list[Event]:
        now = self._clock()
        alike = Counter((each.kind, each.outcome, each.reason) for each in reads)
        return [
            Event(
                event_id=self._new_id(),
                type=_ACCESSED,
                occurred_at=now,
                kind=kind,
                facts={
                    "outcome": outcome,
                    "purpose": reason.purpose,
                    "channel": reason.channel,
                    "count": count,
                },
            )
            for (kind, outcome, reason), count in alike.items()
        ]


class _Turn:
    """The reads of one caller, and a bell that is rung when they are over or it is to commit."""

    def __init__(self, reads: Sequence[NewRead]) -> None:
        self.reads = reads
        self.bell = Lock()
        self.bell.acquire()
        self.is_over = False
        self.is_written = False

    def end(self, *, is_written: bool) -> None:
        self.is_written = is_written
        self.is_over = True
        self.bell.release()
