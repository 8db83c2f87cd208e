"""How long records and raw messages are kept, and their removal afterwards."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from mohar.domain.clock import Clock
from mohar.issuing.plan import KindPlan
from mohar.plugin import Telemetry
from mohar.store.store import Store

_AT_ONCE: Final = 1_000
_REST: Final = timedelta(minutes=5)


def kept_until(kind: KindPlan, issued_at: datetime) -> datetime | None:
    """Return when the record of a credential is to go; None where it is kept without end."""
    return None if kind.record_days is None else issued_at + timedelta(days=kind.record_days)


class Forgetting:
    """
    Removes records and messages whose retention is over; credentials, bodies and handles stay.

    A round removes some of each kind, so that nobody waits long for it; after one that found
    nothing it rests for some minutes.
    """

    def __init__(
        self, store: Store, kinds: Iterable[KindPlan], telemetry: Telemetry, clock: Clock
    ) -> None:
        self._store = store
        plans = list(kinds)
        self._days = {each.name: each.record_days for each in plans if each.record_days}
        self._message_days = {each.name: each.message_days for each in plans if each.message_days}
        self._telemetry = telemetry
        self._clock = clock
        self._rests_until: datetime | None = None

    def run_once(self) -> int:
        """
        Remove some of what is over, and return how many records and submissions it was of.

        Raises:
            Unavailable: the store did not answer; what is over is refused to be used all the same.
        """
        now = self._clock()
        if self._rests_until and now < self._rests_until:
            return 0
        removed = sum(self._forget(kind, now - timedelta(days=n)) for kind, n in self._days.items())
        removed += sum(
            self._forget_messages(kind, now - timedelta(days=n))
            for kind, n in self._message_days.items()
        )
        self._rests_until = None if removed else now + _REST
        return removed

    def _forget(self, kind: str, issued_until: datetime) -> int:
        with self._store.begin() as work:
            removed = work.credentials.forget_records(kind, issued_until, _AT_ONCE)
        if removed:
            self._telemetry.log("records.removed", kind=kind, count=removed)
        return removed

    def _forget_messages(self, kind: str, received_until: datetime) -> int:
        with self._store.begin() as work:
            removed = work.messages.forget(kind, received_until, _AT_ONCE)
        if removed:
            self._telemetry.log("messages.removed", kind=kind, count=removed)
        return removed
