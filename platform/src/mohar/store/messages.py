"""What was sent, when its time is over: removed submission by submission, answers stay."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from mohar.store.audit import Audit, NewEntry
from mohar.store.intake_tables import intake, submission
from mohar.store.unit import Section

_WORKER = "worker"


class Messages(Section):
    """Raw messages of the intake. One that waits for its answer is never removed."""

    def forget(self, kind: str, received_until: datetime, limit: int) -> int:
        """
        Remove what was sent with the oldest submissions of a kind; return of how many submissions.

        What led to no credential cannot be tried again afterwards.
        """
        numbers = self._over(kind, received_until, limit)
        if not numbers:
            return 0
        connection = self._unit.connection
        connection.execute(
            sa.update(intake)
            .where(intake.c.submission_id.in_(numbers))
            .values(content=b"", correction=None)
        )
        connection.execute(
            sa.update(submission)
            .where(submission.c.submission_id.in_(numbers))
            .values(forgotten_at=self._unit.clock())
        )
        facts = {"kind": kind, "until": received_until.isoformat()}
        told = NewEntry(actor_id=_WORKER, action="forget-messages", count=len(numbers), facts=facts)
        Audit(self._unit).append([told])
        return len(numbers)

    def _over(self, kind: str, received_until: datetime, limit: int) -> list[str]:
        waits = sa.exists().where(
            intake.c.submission_id == submission.c.submission_id, intake.c.state == "waiting"
        )
        query = (
            sa.select(submission.c.submission_id)
            .where(
                submission.c.kind == kind,
                submission.c.received_at <= received_until,
                submission.c.forgotten_at.is_(None),
                sa.not_(waits),
            )
            .order_by(submission.c.received_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        return list(self._unit.connection.execute(query).scalars())
