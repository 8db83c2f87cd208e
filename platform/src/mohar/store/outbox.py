"""
Events on their way to observers, born in the transaction that made them true.

An entry gets its sequence number only after it is committed, under a lock, so numbers become
visible in their own order: an observer's cursor never passes an event that is still to appear,
whichever of two open transactions ends first.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa

from mohar.domain.events import Event
from mohar.store.rows import ObserverState, SetAsideEvent
from mohar.store.tables import observer, outbox, outbox_counter, outbox_failure
from mohar.store.unit import Row, Section, named

_COUNTER: Final = 1
_NUMBERED_AT_ONCE: Final = 10_000
_MOST_OF_A_REASON: Final = 500
_EVENT: Final = (
    outbox.c.event_id,
    outbox.c.sequence,
    outbox.c.type,
    outbox.c.occurred_at,
    outbox.c.kind,
    outbox.c.facts,
)


class Outbox(Section):
    """Appended with the credentials, handed out at least once to each observer by itself."""

    def append(self, events: Sequence[Event]) -> None:
        """Add events; they are handed out once this transaction is committed."""
        rows = [
            {
                "event_id": event.event_id,
                "type": event.type,
                "occurred_at": event.occurred_at,
                "kind": event.kind,
                "facts": event.facts,
            }
            for event in events
        ]
        self._unit.insert(outbox, rows)

    def after(self, name: str, limit: int, lease_seconds: float = 60.0) -> Sequence[Event]:
        """
        Return the next events for an observer, in sequence order.

        Nothing comes while the observer must wait (`fail`), or while another relay has its events:
        they are leased until `advance`, `fail` or `set_aside`, or until the lease is over. A new
        observer begins with the oldest event there is.
        """
        self._number_newcomers()
        cursor = self._lease(name, lease_seconds)
        if cursor is None:
            return []
        query = (
            sa.select(*_EVENT)
            .where(outbox.c.sequence > cursor)
            .order_by(outbox.c.sequence)
            .limit(limit)
        )
        return [Event(**named(row)) for row in self._unit.connection.execute(query)]

    def advance(self, name: str, sequence: int) -> None:
        """Note that the observer has taken all events up to this one."""
        self._move(name, sequence, attempts=0, next_try_at=None, why="")

    def fail(self, name: str, events: Sequence[Event], why: str, next_try_at: datetime) -> int:
        """
        Note that the observer could not take these events, and when to try again.

        Returns how often it has failed in a row. `why` must hold no personal value.
        """
        first = min((event.sequence for event in events), default=None)
        statement = (
            sa.update(observer)
            .where(observer.c.name == name)
            .values(
                attempts=observer.c.attempts + 1,
                next_try_at=next_try_at,
                why=_reason(first, why),
            )
            .returning(observer.c.attempts)
        )
        attempts: int = self._unit.connection.execute(statement).scalar_one()
        return attempts

    def set_aside(self, name: str, events: Sequence[Event], why: str) -> None:
        """Keep events the observer cannot take for a person to look at, and go on behind them."""
        now = self._unit.clock()
        rows = [
            {
                "observer": name,
                "event_id": event.event_id,
                "why": why[:_MOST_OF_A_REASON],
                "set_aside_at": now,
            }
            for event in events
        ]
        self._unit.insert_new(outbox_failure, rows, outbox_failure.c.event_id)
        if events:
            self.advance(name, max(event.sequence for event in events))

    def failures(self) -> Sequence[SetAsideEvent]:
        """Return all events that were set aside, oldest first."""
        query = (
            sa.select(
                *_EVENT,
                outbox_failure.c.observer,
                outbox_failure.c.why,
                outbox_failure.c.set_aside_at,
            )
            .join(outbox_failure, outbox_failure.c.event_id == outbox.c.event_id)
            .order_by(outbox.c.sequence, outbox_failure.c.observer)
        )
        return [_set_aside(row) for row in self._unit.connection.execute(query)]

    def observers(self) -> Sequence[ObserverState]:
        """Return how far each observer has come, by name; `behind` counts unnumbered events too."""
        is_ahead = sa.or_(outbox.c.sequence.is_(None), outbox.c.sequence > observer.c.cursor)
        behind = sa.select(sa.func.count()).select_from(outbox).where(is_ahead).scalar_subquery()
        query = sa.select(observer, behind.label("behind")).order_by(observer.c.name)
        return [ObserverState(**named(row)) for row in self._unit.connection.execute(query)]

    def _number_newcomers(self) -> None:
        is_new = outbox.c.sequence.is_(None)
        if not self._unit.connection.execute(sa.select(sa.exists().where(is_new))).scalar_one():
            return
        last = self._lock_counter()
        place = sa.func.row_number().over(order_by=outbox.c.entry)
        new = (
            sa.select(outbox.c.entry, place.label("place"))
            .where(is_new)
            .order_by(outbox.c.entry)
            .limit(_NUMBERED_AT_ONCE)
            .subquery("new")
        )
        numbered = self._unit.connection.execute(
            sa.update(outbox)
            .where(outbox.c.entry == new.c.entry)
            .values(sequence=last + new.c.place)
        ).rowcount
        self._unit.connection.execute(sa.update(outbox_counter).values(last=last + numbered))

    def _lock_counter(self) -> int:
        self._unit.insert_new(
            outbox_counter, [{"counter": _COUNTER, "last": 0}], outbox_counter.c.counter
        )
        lock = sa.select(outbox_counter.c.last).with_for_update()
        last: int = self._unit.connection.execute(lock).scalar_one()
        return last

    def _lease(self, name: str, lease_seconds: float) -> int | None:
        """Return the observer's cursor where it is due and there is something for it."""
        now = self._unit.clock()
        new = {"name": name, "cursor": 0, "attempts": 0, "why": ""}
        self._unit.insert_new(observer, [new], observer.c.name)
        lease = (
            sa.update(observer)
            .where(
                observer.c.name == name,
                sa.or_(observer.c.next_try_at.is_(None), observer.c.next_try_at <= now),
                sa.exists().where(outbox.c.sequence > observer.c.cursor),
            )
            .values(next_try_at=now + timedelta(seconds=lease_seconds))
            .returning(observer.c.cursor)
        )
        return self._unit.connection.execute(lease).scalar_one_or_none()

    def _move(self, name: str, sequence: int, **values: Any) -> None:
        further = sa.case((observer.c.cursor < sequence, sequence), else_=observer.c.cursor)
        statement = sa.update(observer).where(observer.c.name == name)
        self._unit.connection.execute(statement.values(cursor=further, **values))


def _reason(first: int | None, why: str) -> str:
    return f"from event {first}: {why}"[:_MOST_OF_A_REASON]


def _set_aside(row: Row) -> SetAsideEvent:
    event = Event(**{name: named(row)[name] for name in Event.__struct_fields__})
    return SetAsideEvent(
        observer=row.observer, event=event, why=row.why, set_aside_at=row.set_aside_at
    )
