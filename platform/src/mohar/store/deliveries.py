"""Deliveries: sealed, leased to workers in batches, and every attempt written down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from mohar.domain.delivery import Delivery, Told
from mohar.store.delivery_rows import (
    Attempted,
    KeptAttempt,
    KeptDelivery,
    NewDelivery,
    Untried,
    Wanted,
)
from mohar.store.tables import delivery, delivery_attempt
from mohar.store.unit import Row, Section, chunks, named

_PURPOSE: Final = "intake"
_MOST_OF_A_DETAIL: Final = 200
# Written out: with a bound value no database would know that the index of what waits is enough.
_WAITING: Final = delivery.c.state == sa.literal_column("'waiting'")
_SEALED: Final = (
    delivery.c.delivery_id,
    delivery.c.channel,
    delivery.c.event,
    delivery.c.kind,
    delivery.c.occurred_at,
    delivery.c.submission_id,
    delivery.c.position,
    delivery.c.credential_id,
    delivery.c.attempts,
    delivery.c.content,
)
_SHOWN: Final = tuple(delivery.c[name] for name in KeptDelivery.__struct_fields__)


class Deliveries(Section):
    """What channels are to be told, have been told, or would not be told."""

    def add(self, new: Sequence[NewDelivery]) -> None:
        """Keep deliveries; they are due once this transaction is committed."""
        now = self._unit.clock()
        self._unit.insert(delivery, [self._new_row(each, now) for each in new])

    def claim(
        self, channel: str, limit: int, lease_seconds: float, worker: str
    ) -> Sequence[Delivery]:
        """
        Lease what is due longest for a channel; nobody else gets it meanwhile.

        Those tried least come first. A delivery that nothing came of when its lease ends is due
        again.
        """
        now = self._unit.clock()
        # SQLite leaves the locking clause out: there a writer has the database for itself.
        due = (
            sa.select(delivery.c.delivery_id)
            .where(_WAITING, delivery.c.channel == channel, delivery.c.due_at <= now)
            .order_by(delivery.c.due_at, delivery.c.delivery_id)
            .limit(limit)
            .with_for_update(skip_locked=True)
            .cte("due")
        )
        lease = (
            sa.update(delivery)
            .where(delivery.c.delivery_id.in_(sa.select(due.c.delivery_id)))
            .values(
                leased_by=worker,
                due_at=now + timedelta(seconds=lease_seconds),
                attempts=delivery.c.attempts + 1,
            )
            .returning(*_SEALED)
        )
        leased = [self._opened(row) for row in self._unit.connection.execute(lease)]
        return sorted(leased, key=_order)

    def settle(self, attempted: Sequence[Attempted]) -> None:
        """Write attempts into the log, with what follows; what is settled already stays so."""
        now = self._unit.clock()
        ordered = sorted(attempted, key=lambda each: each.delivery_id)
        rows = [
            {
                "delivery_id": each.delivery_id,
                "state": each.state,
                "due_at": each.due_at,
                "leased_by": None,
                "detail": each.detail[:_MOST_OF_A_DETAIL],
                "settled_at": None if each.state == "waiting" else now,
            }
            for each in ordered
        ]
        self._unit.update(delivery, rows, by=["delivery_id"], state="waiting")
        self._unit.insert(delivery_attempt, [_log_row(each, now) for each in ordered])

    def release(self, untried: Sequence[Untried]) -> None:
        """Give back what was leased and not tried."""
        rows = [
            {
                "delivery_id": each.delivery_id,
                "due_at": each.due_at,
                "attempts": each.attempts,
                "leased_by": None,
            }
            for each in sorted(untried, key=lambda each: each.delivery_id)
        ]
        self._unit.update(delivery, rows, by=["delivery_id"], state="waiting")

    def redeliver(self, delivery_ids: Sequence[str]) -> int:
        """Let what was delivered or is dead be due at once, as new; return how many it was."""
        again = {
            "state": "waiting",
            "attempts": 0,
            "due_at": self._unit.clock(),
            "leased_by": None,
            "settled_at": None,
        }
        changed = 0
        for chunk in chunks(sorted(delivery_ids)):
            settled = sa.and_(delivery.c.delivery_id.in_(chunk), sa.not_(_WAITING))
            statement = sa.update(delivery).where(settled).values(**again)
            changed += self._unit.connection.execute(statement).rowcount
        return changed

    def listed(self, wanted: Wanted, limit: int) -> Sequence[KeptDelivery]:
        """Return deliveries without what they say, the newest first."""
        query = (
            sa.select(*_SHOWN)
            .where(*_narrowed(wanted))
            .order_by(delivery.c.occurred_at.desc(), delivery.c.delivery_id)
            .limit(limit)
        )
        return [KeptDelivery(**named(row)) for row in self._unit.connection.execute(query)]

    def find(self, delivery_id: str) -> KeptDelivery | None:
        """Return a delivery without what it says, or None."""
        query = sa.select(*_SHOWN).where(delivery.c.delivery_id == delivery_id)
        row = self._unit.connection.execute(query).one_or_none()
        return None if row is None else KeptDelivery(**named(row))

    def attempts(self, delivery_id: str) -> Sequence[KeptAttempt]:
        """Return what the log says of a delivery, the oldest attempt first."""
        columns = [delivery_attempt.c[name] for name in KeptAttempt.__struct_fields__]
        query = (
            sa.select(*columns)
            .where(delivery_attempt.c.delivery_id == delivery_id)
            .order_by(delivery_attempt.c.attempt_id)
        )
        return [KeptAttempt(**named(row)) for row in self._unit.connection.execute(query)]

    def forget(self, channel: str, settled_until: datetime, limit: int) -> int:
        """Remove what was delivered by a moment, with its log; return how many, `limit` at most."""
        over = (
            sa.select(delivery.c.delivery_id)
            .where(
                delivery.c.channel == channel,
                delivery.c.state == sa.literal_column("'delivered'"),
                delivery.c.settled_at <= settled_until,
            )
            .order_by(delivery.c.settled_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        numbers = sorted(self._unit.connection.execute(over).scalars())
        self._remove(numbers)
        return len(numbers)

    def recall(self, tracking: str) -> None:
        """Take back what nobody has begun to tell of a request."""
        waiting = sa.and_(_WAITING, delivery.c.leased_by.is_(None))
        self._remove(self._locked(delivery.c.tracking == tracking, waiting))

    def remove_of(self, trackings: Sequence[str]) -> None:
        """Remove what was told of requests, and what is still to be told."""
        for chunk in chunks(trackings):
            self._remove(self._locked(delivery.c.tracking.in_(chunk)))

    def remove_of_credentials(self, credential_ids: Sequence[str]) -> None:
        """Remove what was told of credentials, and what is still to be told."""
        for chunk in chunks(credential_ids):
            self._remove(self._locked(delivery.c.credential_id.in_(chunk)))

    def _locked(self, *which: sa.ColumnElement[bool]) -> list[str]:
        query = sa.select(delivery.c.delivery_id).where(*which).with_for_update()
        return sorted(self._unit.connection.execute(query).scalars())

    def _remove(self, numbers: Sequence[str]) -> None:
        for chunk in chunks(numbers):
            for table in (delivery_attempt, delivery):
                self._unit.connection.execute(
                    sa.delete(table).where(table.c.delivery_id.in_(chunk))
                )

    def _new_row(self, new: NewDelivery, now: datetime) -> dict[str, Any]:
        row = msgspec.structs.asdict(new)
        told = row.pop("told")
        sealed = self._unit.seal_json(_PURPOSE, delivery_place(new.delivery_id), told)
        return {**row, "content": sealed, "state": "waiting", "attempts": 0, "due_at": now}

    def _opened(self, row: Row) -> Delivery:
        opened = self._unit.safe.open(delivery_place(row.delivery_id), row.content)
        columns: Mapping[str, Any] = {
            name: value for name, value in named(row).items() if name not in {"content", "attempts"}
        }
        return Delivery(
            **columns, attempt=row.attempts, told=msgspec.json.decode(opened, type=Told)
        )


def _narrowed(wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    told: list[sa.ColumnElement[bool]] = []
    if wanted.state is not None:
        # One of three words of ours, written out for the sake of the indexes.
        told.append(delivery.c.state == sa.literal_column(f"'{wanted.state}'"))
    if wanted.channel is not None:
        told.append(delivery.c.channel == wanted.channel)
    if wanted.submission_id is not None:
        told.append(delivery.c.submission_id == wanted.submission_id)
    if wanted.kinds is not None:
        told.append(delivery.c.kind.in_(wanted.kinds))
    return told


def _order(each: Delivery) -> tuple[int, datetime, str, int]:
    return each.attempt, each.occurred_at, each.submission_id, each.position


def _log_row(each: Attempted, now: datetime) -> dict[str, Any]:
    return {
        "delivery_id": each.delivery_id,
        "number": each.number,
        "at": now,
        "result": each.result,
        "detail": each.detail[:_MOST_OF_A_DETAIL],
        "receipt": each.receipt,
    }


def delivery_place(delivery_id: str) -> str:
    """Return where what a delivery says is sealed for."""
    return f"delivery.content/{delivery_id}"
