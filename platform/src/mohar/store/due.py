"""What is to be compared with credentials issued before: noted with the commit, done once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from mohar.store.rows import DueComparison
from mohar.store.tables import comparison_due
from mohar.store.unit import Section, chunks, named


class Due(Section):
    """Comparisons that are due, leased to workers."""

    def note(self, credential_ids: Mapping[str, str], now: datetime) -> None:
        """Note credentials, with their kinds, in the transaction in which they were issued."""
        rows = [
            {"credential_id": number, "kind": kind, "noted_at": now, "attempts": 0}
            for number, kind in sorted(credential_ids.items())
        ]
        self._unit.insert(comparison_due, rows)

    def claim(self, limit: int, lease_seconds: float, worker: str) -> Sequence[DueComparison]:
        """Lease what is due, oldest first; nobody else gets it while the lease lasts."""
        now = self._unit.clock()
        due = comparison_due.c
        free = (
            sa.select(due.credential_id)
            .where(sa.or_(due.lease_until.is_(None), due.lease_until <= now))
            .order_by(due.noted_at, due.credential_id)
            .limit(limit)
            .with_for_update(skip_locked=True)
            .cte("free")
        )
        lease = (
            sa.update(comparison_due)
            .where(due.credential_id.in_(sa.select(free.c.credential_id)))
            .values(
                leased_by=worker,
                lease_until=now + timedelta(seconds=lease_seconds),
                attempts=due.attempts + 1,
            )
            .returning(due.credential_id, due.kind, due.attempts, due.noted_at)
        )
        leased = [DueComparison(**named(row)) for row in self._unit.connection.execute(lease)]
        return sorted(leased, key=lambda each: (each.noted_at, each.credential_id))

    def done(self, credential_ids: Sequence[str], worker: str) -> frozenset[str]:
        """Take what is done off; return what was this worker's: all else is done by others."""
        gone: set[str] = set()
        for chunk in chunks(sorted(credential_ids)):
            mine = sa.and_(
                comparison_due.c.credential_id.in_(chunk), comparison_due.c.leased_by == worker
            )
            taken = sa.delete(comparison_due).where(mine).returning(comparison_due.c.credential_id)
            gone.update(row.credential_id for row in self._unit.connection.execute(taken))
        return frozenset(gone)

    def put_off(self, credential_ids: Sequence[str], until: datetime) -> None:
        """Give leased ones back, to be claimed not before a moment."""
        for chunk in chunks(sorted(credential_ids)):
            statement = sa.update(comparison_due).where(comparison_due.c.credential_id.in_(chunk))
            self._unit.connection.execute(statement.values(lease_until=until, leased_by=None))

    def failing(self) -> int:
        """Return how many were tried before and are not done."""
        query = sa.select(sa.func.count()).where(
            comparison_due.c.attempts > 0, comparison_due.c.leased_by.is_(None)
        )
        return int(self._unit.connection.execute(query).scalar_one())
