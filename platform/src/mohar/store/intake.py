"""What was received: durable, encrypted, leased to workers, and answered item by item."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from mohar.domain.correction import Correction
from mohar.domain.credential import Outcome
from mohar.domain.findings import Finding
from mohar.domain.record import Message
from mohar.store.rows import Held, IntakeItem, NewItem, NewSubmission, Settled, Submission
from mohar.store.tables import intake, submission
from mohar.store.unit import Query, Row, Section, chunks, named

# Written out: with a bound value no database would know that the index of what waits is enough.
_WAITING: Final = intake.c.state == sa.literal_column("'waiting'")
_ARRIVAL: Final = (intake.c.received_at, intake.c.submission_id, intake.c.position)
_PARKED_AT_ONCE: Final = 1_000
_PARKINGS: Final = 20
_MOST_OF_A_TROUBLE: Final = 500
_NOBODY: Final = Held()
_SUBMISSION: Final = (
    submission.c.submission_id,
    submission.c.kind,
    submission.c.actor_id,
    submission.c.source,
    submission.c.received_at,
    submission.c.bodies,
)
_LEASED: Final = (
    intake.c.intake_id,
    intake.c.submission_id,
    intake.c.position,
    intake.c.kind,
    intake.c.source,
    intake.c.variant,
    intake.c.content,
    intake.c.received_at,
    intake.c.attempts,
    intake.c.bodies,
    intake.c.correction,
    intake.c.trouble,
    intake.c.actor_id,
)


class Intake(Section):
    """Submissions and their items."""

    def add(self, new: NewSubmission, items: Sequence[NewItem]) -> bool:
        """
        Keep a submission and all of its items.

        Returns False, and keeps nothing, where the actor used this idempotency key before.
        """
        row = {**msgspec.structs.asdict(new), "idempotency_key": self._key_hash(new)}
        if not self._unit.insert_new(submission, [row], submission.c.submission_id):
            return False
        self.append(new, items)
        return True

    def append(self, submission: NewSubmission, items: Sequence[NewItem]) -> None:
        """Let further items of a submission that is there wait."""
        places = [content_place(f"{submission.submission_id}-{item.position}") for item in items]
        contents = [msgspec.json.encode(item.content) for item in items]
        sealed = self._unit.safe.seal_all("intake", list(zip(places, contents, strict=True)))
        pairs = zip(items, sealed, strict=True)
        self._unit.insert(intake, [self._new_row(submission, *pair) for pair in pairs])

    def by_idempotency_key(self, actor_id: str, key: str) -> Submission | None:
        """Return the submission this actor made under this key, or None."""
        query = sa.select(*_SUBMISSION).where(
            submission.c.actor_id == actor_id,
            submission.c.idempotency_key == self._hash_of(actor_id, key),
        )
        return self._submission(query)

    def find_submission(self, submission_id: str) -> Submission | None:
        """Return a submission, or None."""
        query = sa.select(*_SUBMISSION).where(submission.c.submission_id == submission_id)
        return self._submission(query)

    def messages(self, submission_id: str) -> Sequence[Message]:
        """Return the raw messages of a submission, in position order; none once they are gone."""
        query = (
            sa.select(intake.c.intake_id, intake.c.variant, intake.c.content, intake.c.correction)
            .where(intake.c.submission_id == submission_id)
            .order_by(intake.c.position)
        )
        return [
            Message(
                variant=row.variant,
                content=self._unit.open_json(content_place(row.intake_id), row.content),
                correction=self._correction(row),
            )
            for row in self._unit.connection.execute(query)
            if row.content
        ]

    def claim(
        self,
        limit: int,
        lease_seconds: float,
        worker: str,
        kind: str | None = None,
        *,
        held: Held = _NOBODY,
    ) -> Sequence[IntakeItem]:
        """
        Lease waiting items to a worker, oldest first; nobody else gets them while it lasts.

        An item that is not settled when its lease ends can be claimed again. What is held is not
        claimed, and set aside where it stands in the way.
        """
        wanted = [] if kind is None else [intake.c.kind == kind]
        if held:
            self._park(held)
        return self._claim([*wanted, *_not_held(held)], limit, lease_seconds, worker)

    def claim_submission(
        self,
        submission_id: str,
        limit: int,
        lease_seconds: float,
        worker: str,
        *,
        held: Held = _NOBODY,
    ) -> Sequence[IntakeItem]:
        """Lease waiting items of one submission only, as `claim` does."""
        wanted = [intake.c.submission_id == submission_id, *_not_held(held)]
        return self._claim(wanted, limit, lease_seconds, worker)

    def release_held(self) -> None:
        """Let everything that was set aside be claimed again; what is still held is not."""
        waits = sa.and_(_WAITING, intake.c.held == sa.true())
        self._unit.connection.execute(sa.update(intake).where(waits).values(held=False))

    def still_waiting(self, intake_ids: Sequence[str]) -> frozenset[str]:
        """Return which of the items have no answer yet; none gets one before this transaction ends."""
        query = (
            sa.select(intake.c.intake_id)
            .where(_WAITING)
            .order_by(intake.c.intake_id)
            .with_for_update()
        )
        rows = self._unit.select_in(query, intake.c.intake_id, sorted(intake_ids))
        return frozenset(row.intake_id for row in rows)

    def settle(self, settled: Sequence[Settled]) -> None:
        """Write down the final answers. An item that has one already keeps it."""
        now = self._unit.clock()
        rows = [
            {
                "intake_id": each.intake_id,
                "state": each.outcome.state,
                "outcome": each.outcome,
                "lease_until": None,
                "settled_at": now,
            }
            for each in sorted(settled, key=lambda each: each.intake_id)
        ]
        self._unit.update(intake, rows, by=["intake_id"], state="waiting")

    def release(
        self,
        intake_ids: Sequence[str],
        *,
        until: datetime | None = None,
        attempts: int | None = None,
        trouble: str | None = None,
    ) -> None:
        """
        Give leased items back: to be claimed at once, or not before a moment.

        `attempts` says how many attempts count so far, where the claim is not to count as one;
        `trouble` what this one failed with, and holds no personal value.
        """
        counted = {} if attempts is None else {"attempts": attempts}
        told = {} if trouble is None else {"trouble": trouble[:_MOST_OF_A_TROUBLE]}
        self._change(intake_ids, lease_until=until, leased_by=None, **counted, **told)

    def give_up(self, intake_ids: Sequence[str], finding: Finding) -> None:
        """Settle items as failed, for the reason the finding gives."""
        outcome = Outcome(position=0, state="failed", findings=(finding,))
        now = self._unit.clock()
        self._change(intake_ids, state="failed", outcome=outcome, lease_until=None, settled_at=now)

    def outcomes(
        self, submission_id: str, *, after: int = -1, limit: int | None = None
    ) -> Sequence[Outcome]:
        """
        Return what became of each item behind a position, in order.

        It is `waiting` for those under way.
        """
        query = (
            sa.select(intake.c.position, intake.c.outcome)
            .where(intake.c.submission_id == submission_id, intake.c.position > after)
            .order_by(intake.c.position)
            .limit(limit)
        )
        return [
            msgspec.structs.replace(row.outcome, position=row.position)
            if row.outcome
            else Outcome(position=row.position, state="waiting")
            for row in self._unit.connection.execute(query)
        ]

    def waiting_count(self, *, up_to: int | None = None) -> int:
        """Return how many items have no answer yet; counting ends at `up_to`."""
        # In the order of the index of what waits: else the whole table is read for the first few.
        order = (intake.c.held, *_ARRIVAL)
        waiting = sa.select(sa.literal(1)).where(_WAITING).order_by(*order).limit(up_to).subquery()
        query = sa.select(sa.func.count()).select_from(waiting)
        return self._unit.connection.execute(query).scalar_one()

    def _claim(
        self, wanted: list[sa.ColumnElement[bool]], limit: int, lease_seconds: float, worker: str
    ) -> Sequence[IntakeItem]:
        now = self._unit.clock()
        # SQLite leaves the locking clause out: there a writer has the database for itself.
        free = (
            sa.select(intake.c.intake_id)
            .where(_WAITING, intake.c.held == sa.false(), _free_at(now), *wanted)
            .order_by(*_ARRIVAL)
            .limit(limit)
            .with_for_update(skip_locked=True)
            .cte("free")
        )
        lease = (
            sa.update(intake)
            .where(intake.c.intake_id.in_(sa.select(free.c.intake_id)))
            .values(
                leased_by=worker,
                lease_until=now + timedelta(seconds=lease_seconds),
                attempts=intake.c.attempts + 1,
            )
            .returning(*_LEASED)
        )
        leased = [self._item(row) for row in self._unit.connection.execute(lease)]
        return sorted(leased, key=_arrival)

    def _park(self, held: Held) -> None:
        """
        Set aside what is held and first in the queue, until something else is first.

        Each item is met once: without this every claim would step over all that is held.
        """
        first = (
            sa.select(intake.c.intake_id, sa.not_(sa.and_(*_not_held(held))).label("is_held"))
            .where(_WAITING, intake.c.held == sa.false())
            .order_by(*_ARRIVAL)
            .limit(_PARKED_AT_ONCE)
        )
        for _ in range(_PARKINGS):
            found = self._unit.connection.execute(first).all()
            self._set_held([row.intake_id for row in found if row.is_held])
            if len(found) < _PARKED_AT_ONCE or not all(row.is_held for row in found):
                return

    def _set_held(self, intake_ids: Sequence[str]) -> None:
        for chunk in chunks(intake_ids):
            # Whoever has one of them at the moment is not waited for.
            mine = (
                sa.select(intake.c.intake_id)
                .where(intake.c.intake_id.in_(chunk), _WAITING)
                .with_for_update(skip_locked=True)
                .cte("mine")
            )
            held = intake.c.intake_id.in_(sa.select(mine.c.intake_id))
            self._unit.connection.execute(sa.update(intake).where(held).values(held=True))

    def _change(self, intake_ids: Sequence[str], **values: Any) -> None:
        for chunk in chunks(intake_ids):
            statement = sa.update(intake).where(intake.c.intake_id.in_(chunk), _WAITING)
            self._unit.connection.execute(statement.values(**values))

    def _new_row(self, new: NewSubmission, item: NewItem, sealed: bytes) -> dict[str, Any]:
        intake_id = f"{new.submission_id}-{item.position}"
        return {
            "intake_id": intake_id,
            "submission_id": new.submission_id,
            "position": item.position,
            "kind": new.kind,
            "source": new.source,
            "variant": item.variant,
            "content": sealed,
            "received_at": new.received_at,
            "bodies": new.bodies,
            "correction": item.correction
            and self._unit.seal_json("intake", correction_place(intake_id), item.correction),
            "actor_id": new.actor_id,
            "state": "waiting",
            "attempts": 0,
        }

    def _item(self, row: Row) -> IntakeItem:
        content = self._unit.open_json(content_place(row.intake_id), row.content)
        return IntakeItem(**{**named(row), "content": content, "correction": self._correction(row)})

    def _correction(self, row: Row) -> Correction | None:
        if row.correction is None:
            return None
        opened = self._unit.safe.open(correction_place(row.intake_id), row.correction)
        return msgspec.json.decode(opened, type=Correction)

    def _submission(self, query: Query) -> Submission | None:
        row = self._unit.connection.execute(query).one_or_none()
        return None if row is None else Submission(**named(row))

    def _key_hash(self, new: NewSubmission) -> bytes | None:
        key = new.idempotency_key
        return None if key is None else self._hash_of(new.actor_id, key)

    def _hash_of(self, actor_id: str, key: str) -> bytes:
        return self._unit.vault.keyed_hash(f"idempotency:{actor_id}", key)


def _free_at(now: datetime) -> sa.ColumnElement[bool]:
    return sa.or_(intake.c.lease_until.is_(None), intake.c.lease_until <= now)


def _not_held(held: Held) -> list[sa.ColumnElement[bool]]:
    # What came before 0004 has no actor of its own.
    actor = sa.func.coalesce(intake.c.actor_id, "")
    told: list[sa.ColumnElement[bool]] = []
    if held.kinds:
        told.append(intake.c.kind.not_in(sorted(held.kinds)))
    if held.actors:
        told.append(actor.not_in(sorted(held.actors)))
    return told


def _arrival(item: IntakeItem) -> tuple[datetime, str, int]:
    return item.received_at, item.submission_id, item.position


def correction_place(intake_id: str) -> str:
    """Return where a correction is sealed for."""
    return f"intake.correction/{intake_id}"


def content_place(intake_id: str) -> str:
    """Return where a message is sealed for."""
    return f"intake.content/{intake_id}"
