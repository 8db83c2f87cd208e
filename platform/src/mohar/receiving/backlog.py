"""Back-pressure: how much may wait before nothing more is taken in."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Final

from mohar.domain.errors import TooManyWaiting
from mohar.store import Store

# So much longer than counting takes is a count believed: counting costs a twentieth of one core.
_TIMES_BELIEVED: Final = 20
_LEAST_SECONDS: Final = 1.0
_MOST_SECONDS: Final = 10.0


class Backlog:
    """
    The items that wait, and the limit on them.

    They are counted as far as the limit and no further, now and then, in an index that holds
    nothing but what waits; what this process takes in meanwhile is added. Several processes
    together may go beyond the limit by what they take in between two counts.
    `timer` returns seconds that never go back.
    """

    def __init__(
        self,
        store: Store,
        timer: Callable[[], float],
        max_waiting: int,
        retry_after_seconds: int,
    ) -> None:
        self._store = store
        self._timer = timer
        self._max_waiting = max_waiting
        self._retry_after_seconds = retry_after_seconds
        self._lock = Lock()
        self._count = 0
        self._believed_until: float | None = None

    def is_full(self) -> bool:
        """Say whether the limit is reached. Raises Unavailable where it cannot be told."""
        with self._lock:
            if self._believed_until is None or self._timer() >= self._believed_until:
                self._look()
            return self._count >= self._max_waiting

    def add(self, items: int) -> None:
        """Note what was taken in."""
        with self._lock:
            self._count += items

    def must_have_room(self) -> None:
        """Raise TooManyWaiting where the limit is reached, and Unavailable where nobody can tell."""
        if self.is_full():
            raise self.too_many()

    def too_many(self) -> TooManyWaiting:
        """Return the error for whoever cannot be taken in."""
        return TooManyWaiting(self._retry_after_seconds)

    def _look(self) -> None:
        began = self._timer()
        with self._store.read() as work:
            self._count = work.intake.waiting_count(up_to=self._max_waiting)
        ended = self._timer()
        believed = (ended - began) * _TIMES_BELIEVED
        self._believed_until = ended + min(max(believed, _LEAST_SECONDS), _MOST_SECONDS)
