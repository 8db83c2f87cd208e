"""Requests of holders: kept sealed, found by their tracking number, and taken step by step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from mohar.store.deliveries import Deliveries
from mohar.store.notices import Notices
from mohar.store.request_rows import (
    Contents,
    KeptRequest,
    KeptStep,
    NewRequest,
    NewStep,
    RequestFilter,
)
from mohar.store.request_tables import ENDED, request, request_step
from mohar.store.tables import credential, delivery
from mohar.store.unit import Query, Row, Section, chunks, named

_PURPOSE: Final = "intake"
_KEPT: Final = [request.c[name] for name in KeptRequest.__struct_fields__]


class Requests(Section):
    """Requests and their steps."""

    def add(self, new: NewRequest) -> bool:
        """
        Keep a request as open.

        Returns False, and keeps nothing, where its number is taken or the actor used its
        idempotency key before.
        """
        now = self._unit.clock()
        fields = msgspec.structs.asdict(new)
        contents = self._unit.seal_json(_PURPOSE, contents_place(new.tracking), new.contents)
        row = {
            **fields,
            "idempotency_key": self._key_hash(new.actor_id, new.idempotency_key),
            "contents": contents,
            "notice": Notices(self._unit).keep(new.notice),
            "state": "open",
            "opened_at": now,
            "changed_at": now,
            "attempts": 0,
        }
        if not self._unit.insert_new(request, [row], request.c.tracking):
            return False
        first = NewStep(tracking=new.tracking, state="open", actor_id=new.actor_id)
        self._unit.insert(request_step, [self._step_row(first)])
        return True

    def find(self, tracking: str, *, lock: bool = False) -> KeptRequest | None:
        """Return a request, or None; locked, nobody else changes it until this transaction ends."""
        query: Query = sa.select(*_KEPT).where(request.c.tracking == tracking)
        row = self._unit.connection.execute(
            query.with_for_update() if lock else query
        ).one_or_none()
        return None if row is None else _kept(row)

    def by_idempotency_key(self, actor_id: str, key: str) -> KeptRequest | None:
        """Return the request this actor made under this key, or None."""
        query = sa.select(*_KEPT).where(
            request.c.actor_id == actor_id,
            request.c.idempotency_key == self._key_hash(actor_id, key),
        )
        row = self._unit.connection.execute(query).one_or_none()
        return None if row is None else _kept(row)

    def contents(self, tracking: str) -> Contents | None:
        """Return what a request that is there wishes, and why; None once that is forgotten."""
        query = sa.select(request.c.contents).where(request.c.tracking == tracking)
        sealed = self._unit.connection.execute(query).scalar_one()
        if not sealed:
            return None
        return msgspec.json.decode(
            self._unit.safe.open(contents_place(tracking), sealed), type=Contents
        )

    def steps(self, tracking: str) -> Sequence[KeptStep]:
        """Return every step of a request, the first one first."""
        query = (
            sa.select(request_step)
            .where(request_step.c.tracking == tracking)
            .order_by(request_step.c.step_id)
        )
        return [self._step(row) for row in self._unit.connection.execute(query)]

    def listed(self, wanted: RequestFilter) -> Sequence[KeptRequest]:
        """Return the first requests that fit, the oldest first."""
        query = sa.select(*_KEPT).where(request.c.kind.in_(wanted.kinds))
        if wanted.state is not None:
            query = query.where(request.c.state == wanted.state)
        if wanted.after is not None:
            query = query.where(self._behind(wanted.after))
        ordered = query.order_by(request.c.opened_at, request.c.tracking).limit(wanted.limit)
        return [_kept(row) for row in self._unit.connection.execute(ordered)]

    def step(self, new: NewStep) -> None:
        """Write a step of a locked request down, with all that it leads to."""
        values: Mapping[str, Any] = {
            "state": new.state,
            "changed_at": self._unit.clock(),
            "due_at": new.due_at,
            "attempts": 0,
            "result_id": new.result_id,
            "failure": new.failure,
        }
        changing = sa.update(request).where(request.c.tracking == new.tracking)
        self._unit.connection.execute(changing.values(values))
        self._unit.insert(request_step, [self._step_row(new)])

    def note(self, new: NewStep) -> None:
        """Write down what was said of a request that stays in its state."""
        self._unit.insert(request_step, [self._step_row(new)])

    def is_due(self) -> bool:
        """Say whether the house has something to do for any request."""
        query = sa.select(sa.exists().where(request.c.due_at <= self._unit.clock()))
        return bool(self._unit.connection.execute(query).scalar_one())

    def claim(self, limit: int, lease_seconds: float) -> Sequence[KeptRequest]:
        """Return requests that the house has something to do for; they come again after the lease."""
        now = self._unit.clock()
        due = (
            sa.select(request.c.tracking)
            .where(request.c.due_at <= now)
            .order_by(request.c.due_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
            .cte("due")
        )
        lease = (
            sa.update(request)
            .where(request.c.tracking.in_(sa.select(due.c.tracking)))
            .values(due_at=now + timedelta(seconds=lease_seconds), attempts=request.c.attempts + 1)
            .returning(*_KEPT)
        )
        found = [_kept(row) for row in self._unit.connection.execute(lease)]
        return sorted(found, key=lambda each: (each.changed_at, each.tracking))

    def wait(self, kept: KeptRequest, seconds: float | None) -> None:
        """Let the house do what it has to do later, or not at all, where nothing has changed."""
        until = None if seconds is None else self._unit.clock() + timedelta(seconds=seconds)
        unchanged = (
            request.c.tracking == kept.tracking,
            request.c.state == kept.state,
            request.c.changed_at == kept.changed_at,
        )
        changing = sa.update(request).where(*unchanged)
        self._unit.connection.execute(changing.values(due_at=until))

    def overtaken(self, after: str, limit: int) -> Sequence[KeptRequest]:
        """Return forwarded requests about one credential that another one supersedes, by number."""
        query = (
            sa.select(*_KEPT)
            .join(credential, credential.c.credential_id == request.c.credential_id)
            .where(
                request.c.state == "forwarded",
                request.c.tracking > after,
                request.c.other_id.is_(None),
                credential.c.superseded_by.is_not(None),
            )
            .order_by(request.c.tracking)
            .limit(limit)
        )
        return [_kept(row) for row in self._unit.connection.execute(query)]

    def forget(self, kind: str, ended_until: datetime, limit: int) -> int:
        """
        Remove all that is personal of the requests that ended by a moment; return how many.

        What channels were told of them goes, too. One that is being told at this moment waits.
        """
        now = self._unit.clock()
        being_told = sa.exists().where(
            delivery.c.tracking == request.c.tracking, delivery.c.leased_by.is_not(None)
        )
        over = (
            sa.select(request.c.tracking)
            .where(
                request.c.kind == kind,
                sa.text(ENDED),
                request.c.changed_at <= ended_until,
                sa.not_(being_told.where(delivery.c.due_at > now)),
            )
            .order_by(request.c.changed_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        numbers = sorted(self._unit.connection.execute(over).scalars())
        self.forget_all(numbers)
        return len(numbers)

    def forget_all(self, trackings: Sequence[str]) -> None:
        """Remove all that is personal of these requests, and what channels were told of them."""
        for chunk in chunks(trackings):
            self._forget(chunk, self._unit.clock())
        Deliveries(self._unit).remove_of(trackings)

    def _forget(self, numbers: Sequence[str], now: datetime) -> None:
        emptied = sa.update(request).where(request.c.tracking.in_(numbers))
        self._unit.connection.execute(emptied.values(contents=b"", forgotten_at=now))
        silenced = sa.update(request_step).where(request_step.c.tracking.in_(numbers))
        self._unit.connection.execute(silenced.values(why=None))

    def _behind(self, tracking: str) -> sa.ColumnElement[bool]:
        last = self.find(tracking)
        if last is None:
            return sa.false()
        is_same_moment = request.c.opened_at == last.opened_at
        return sa.or_(
            request.c.opened_at > last.opened_at,
            sa.and_(is_same_moment, request.c.tracking > tracking),
        )

    def _key_hash(self, actor_id: str, key: str | None) -> bytes | None:
        if key is None:
            return None
        return self._unit.vault.keyed_hash(f"request:{actor_id}", key)

    def _step_row(self, new: NewStep) -> dict[str, Any]:
        at = self._unit.clock()
        place = step_place(new.tracking, new.state, at)
        return {
            "tracking": new.tracking,
            "at": at,
            "state": new.state,
            "actor_id": new.actor_id,
            "why": self._unit.seal_json(_PURPOSE, place, new.reason) if new.reason else None,
        }

    def _step(self, row: Row) -> KeptStep:
        reason = ""
        if row.why is not None:
            place = step_place(row.tracking, row.state, row.at)
            reason = msgspec.json.decode(self._unit.safe.open(place, row.why), type=str)
        return KeptStep(
            number=row.step_id, at=row.at, state=row.state, actor_id=row.actor_id, reason=reason
        )


def _kept(row: Row) -> KeptRequest:
    return KeptRequest(**named(row))


def contents_place(tracking: str) -> str:
    """Return where what a request wishes is sealed for."""
    return f"request.contents/{tracking}"


def step_place(tracking: str, state: str, at: datetime) -> str:
    """Return where the reason of a step is sealed for."""
    return f"request_step.why/{tracking}/{state}/{at.timestamp():.6f}"
