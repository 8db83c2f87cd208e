"""What a door puts aside for a while, each in a namespace of its own."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from mohar.store import Store

_AT_ONCE: Final = 1_000


class PutAside:
    """
    The values and counts of one namespace (`mohar.plugin.Expiring`).

    Every call is a transaction of its own. Raises Unavailable where the store does not answer.
    """

    def __init__(self, store: Store, namespace: str) -> None:
        self._store = store
        self._namespace = namespace

    def put(self, key: str, value: bytes, lifetime: timedelta) -> None:
        """Keep a value, in place of whatever was there."""
        with self._store.begin() as work:
            work.expiring.put(self._namespace, key, value, lifetime)

    def add(self, key: str, value: bytes, lifetime: timedelta) -> bool:
        """Keep a value unless there is one; say whether it was kept."""
        with self._store.begin() as work:
            return work.expiring.add(self._namespace, key, value, lifetime)

    def get(self, key: str) -> bytes | None:
        """Return the value, or None."""
        with self._store.read() as work:
            return work.expiring.get(self._namespace, key)

    def take(self, key: str) -> bytes | None:
        """Return the value and remove it, or None."""
        with self._store.begin() as work:
            return work.expiring.take(self._namespace, key)

    def remove(self, key: str) -> None:
        """Remove a value or a count, if there is one."""
        with self._store.begin() as work:
            work.expiring.remove(self._namespace, key)

    def count(self, key: str, lifetime: timedelta, amount: int = 1) -> int:
        """Add to a count and return what it is now."""
        with self._store.begin() as work:
            return work.expiring.count(self._namespace, key, lifetime, amount)


class Sweeping:
    """Removes what is over, a bounded number at once."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def run_once(self) -> int:
        """Remove some and return how many. Raises Unavailable."""
        with self._store.begin() as work:
            return work.expiring.sweep(_AT_ONCE)
