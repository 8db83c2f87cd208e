"""Seal what was written into the audit log: a job of the worker."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from mohar.store import Store

_AT_ONCE: Final = 1_000
_REST_SECONDS: Final = 1.0


class Sealing:
    """
    Binds new entries to those before. Run it on any number: one of them seals at a time.

    `timer` returns seconds that never go back.
    """

    def __init__(self, store: Store, timer: Callable[[], float]) -> None:
        self._store = store
        self._timer = timer
        self._rests_until = 0.0

    def run_once(self) -> int:
        """
        Seal some of what has no seal, and return how many entries they were.

        It rests between two seals, so that a busy house gets large seals rather than many.

        Raises:
            Unavailable: the store did not answer; the next round finds them again.
        """
        if self._timer() < self._rests_until:
            return 0
        sealed = seal_some(self._store)
        if sealed < _AT_ONCE:
            self._rests_until = self._timer() + _REST_SECONDS
        return sealed

    def run_all(self) -> int:
        """Seal whatever has no seal, and return how many entries they were. Raises Unavailable."""
        count = 0
        while some := seal_some(self._store):
            count += some
        return count


def seal_some(store: Store) -> int:
    """Write one seal, if there is anything to be sealed; return over how many entries."""
    with store.begin() as work:
        return work.audit.seal(_AT_ONCE)
