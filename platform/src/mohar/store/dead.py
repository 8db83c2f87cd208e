"""Items that led to no credential: listed and shown without what was sent, and made to wait again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa

from mohar.domain.audit import digest_of
from mohar.store.audit import Audit, NewEntry
from mohar.store.rows import DeadItem
from mohar.store.tables import intake, submission
from mohar.store.unit import Section, chunks, named

# What can become of an item, beside a credential: an attempt may end otherwise once it is mended.
DEAD_STATES: Final = ("failed", "refused", "conflict")
_FAILED: Final = intake.c.state == sa.literal_column("'failed'")
_COLUMNS: Final = (
    intake.c.intake_id,
    intake.c.submission_id,
    intake.c.position,
    intake.c.kind,
    submission.c.actor_id,
    intake.c.state,
    intake.c.attempts,
    intake.c.received_at,
    intake.c.settled_at,
    intake.c.trouble,
    intake.c.outcome,
)


class Dead(Section):
    """What failed, was refused or contradicts what was issued."""

    def failed(self, limit: int, kind: str | None = None) -> Sequence[DeadItem]:
        """Return items that were set aside after too many attempts, oldest first."""
        wanted = [] if kind is None else [intake.c.kind == kind]
        return self._found(_FAILED, *wanted, limit=limit)

    def of_submission(self, submission_id: str) -> Sequence[DeadItem]:
        """Return every item of a submission that led to no credential, in position order."""
        return self._found(intake.c.submission_id == submission_id, intake.c.state.in_(DEAD_STATES))

    def find(self, intake_id: str) -> DeadItem | None:
        """Return an item that led to no credential, or None."""
        found = self._found(intake.c.intake_id == intake_id, intake.c.state.in_(DEAD_STATES))
        return found[0] if found else None

    def replay(self, intake_ids: Sequence[str], *, actor_id: str = "") -> int:
        """
        Let items wait again as if they had just come; return how many of them were dead.

        One whose message is no longer kept stays as it is.
        """
        again = {
            "state": "waiting",
            "outcome": None,
            "attempts": 0,
            "leased_by": None,
            "lease_until": None,
            "trouble": None,
            "settled_at": None,
            "held": False,
        }
        changed: list[str] = []
        for chunk in chunks(sorted(intake_ids)):
            # What was sent may have gone with its time, and then there is nothing to try.
            is_kept = sa.func.length(intake.c.content) > 0
            dead = sa.and_(intake.c.intake_id.in_(chunk), intake.c.state.in_(DEAD_STATES), is_kept)
            statement = sa.update(intake).where(dead).values(**again)
            found = self._unit.connection.execute(statement.returning(intake.c.intake_id))
            changed += found.scalars()
        self._write_down(changed, actor_id)
        return len(changed)

    def _write_down(self, intake_ids: Sequence[str], actor_id: str) -> None:
        if not intake_ids:
            return
        entry = NewEntry(
            actor_id=actor_id,
            action="replay",
            count=len(intake_ids),
            digest=digest_of("replay", sorted(intake_ids)),
        )
        Audit(self._unit).append([entry])

    def _found(
        self, *wanted: sa.ColumnElement[bool], limit: int | None = None
    ) -> Sequence[DeadItem]:
        query = (
            sa.select(*_COLUMNS)
            .join(submission, submission.c.submission_id == intake.c.submission_id)
            .where(*wanted)
            .order_by(intake.c.received_at, intake.c.submission_id, intake.c.position)
            .limit(limit)
        )
        return [DeadItem(**named(row)) for row in self._unit.connection.execute(query)]
