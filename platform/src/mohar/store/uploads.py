"""Files of records: kept whole and sealed, taken row by row, and given back for their mistakes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec
import sqlalchemy as sa

from mohar.domain.findings import Finding
from mohar.store.intake import Intake
from mohar.store.rows import KeptUpload, NewItem, NewSubmission, NewUpload
from mohar.store.tables import intake, unreadable_row, upload, upload_part
from mohar.store.unit import Row, Section, named

_PART_BYTES: Final = 1_000_000
_COLUMNS: Final = [each for each in upload.c if each.name not in {"leased_by", "lease_until"}]


class Uploads(Section):
    """Uploads, each with the submission whose items its rows become."""

    def add(self, submission: NewSubmission, new: NewUpload) -> bool:
        """
        Keep a file and its submission, which has no item yet.

        Returns False, and keeps nothing, where the actor used the idempotency key before.
        """
        if not Intake(self._unit).add(submission, []):
            return False
        number = submission.submission_id
        self._unit.insert(
            upload,
            [
                {
                    "submission_id": number,
                    "kind": submission.kind,
                    "actor_id": submission.actor_id,
                    "source": submission.source,
                    "received_at": submission.received_at,
                    "form": new.form,
                    "variant": new.variant,
                    "file_name": self._unit.seal_json("intake", name_place(number), new.name),
                    "file_hash": self.file_hash(new.data),
                    "last_row": 0,
                    "is_complete": False,
                }
            ],
        )
        starts = range(0, len(new.data), _PART_BYTES)
        self._unit.insert(
            upload_part,
            [
                {
                    "submission_id": number,
                    "number": place,
                    "content": self._unit.safe.seal(
                        "intake", part_place(number, place), new.data[start : start + _PART_BYTES]
                    ),
                }
                for place, start in enumerate(starts)
            ],
        )
        return True

    def file_hash(self, data: bytes) -> bytes:
        """Return what tells two files apart and nothing else of them."""
        return self._unit.vault.keyed_hash("upload", hashlib.sha256(data).hexdigest())

    def find(self, submission_id: str) -> KeptUpload | None:
        """Return an upload, or None."""
        query = sa.select(*_COLUMNS).where(upload.c.submission_id == submission_id)
        row = self._unit.connection.execute(query).one_or_none()
        return None if row is None else self._kept(row)

    def of_actor(self, kind: str, actor_id: str, limit: int) -> Sequence[KeptUpload]:
        """Return an actor's last uploads of a kind, the newest first."""
        query = (
            sa.select(*_COLUMNS)
            .where(upload.c.actor_id == actor_id, upload.c.kind == kind)
            .order_by(upload.c.received_at.desc(), upload.c.submission_id)
            .limit(limit)
        )
        return [self._kept(row) for row in self._unit.connection.execute(query)]

    def data(self, submission_id: str) -> bytes | None:
        """Return the file; None where it is no longer kept."""
        query = (
            sa.select(upload_part.c.number, upload_part.c.content)
            .where(upload_part.c.submission_id == submission_id)
            .order_by(upload_part.c.number)
        )
        parts = [
            self._unit.safe.open(part_place(submission_id, row.number), row.content)
            for row in self._unit.connection.execute(query)
        ]
        return b"".join(parts) if parts else None

    def claim(
        self, worker: str, lease_seconds: float, *, also_own: bool = False
    ) -> KeptUpload | None:
        """
        Lease the oldest upload that is not taken whole; nobody else gets it meanwhile.

        With `also_own` it may be one that this worker has leased, and does not read any more.
        """
        now = self._unit.clock()
        free = sa.or_(upload.c.lease_until.is_(None), upload.c.lease_until <= now)
        if also_own:
            free = sa.or_(free, upload.c.leased_by == worker)
        oldest = (
            sa.select(upload.c.submission_id)
            .where(sa.not_(upload.c.is_complete), free)
            .order_by(upload.c.received_at)
            .limit(1)
            .with_for_update(skip_locked=True)
            .scalar_subquery()
        )
        lease = (
            sa.update(upload)
            .where(upload.c.submission_id == oldest)
            .values(leased_by=worker, lease_until=now + timedelta(seconds=lease_seconds))
            .returning(*_COLUMNS)
        )
        row = self._unit.connection.execute(lease).one_or_none()
        return None if row is None else self._kept(row)

    def take(
        self,
        kept: KeptUpload,
        worker: str,
        items: Sequence[NewItem],
        unreadable: Mapping[int, Finding],
        *,
        last_row: int,
        lease_seconds: float,
    ) -> bool:
        """
        Let rows wait to be issued and note those that cannot be read.

        Returns False, and does nothing, where the lease has gone to somebody else.
        """
        until = self._unit.clock() + timedelta(seconds=lease_seconds)
        if not self._go_on(kept, worker, last_row=last_row, lease_until=until):
            return False
        submission = NewSubmission(
            submission_id=kept.submission_id,
            kind=kept.kind,
            actor_id=kept.actor_id,
            source=kept.source,
            idempotency_key=None,
            received_at=kept.received_at,
        )
        Intake(self._unit).append(submission, items)
        rows = [
            {"submission_id": kept.submission_id, "row": number, "finding": finding}
            for number, finding in sorted(unreadable.items())
        ]
        self._unit.insert(unreadable_row, rows)
        return True

    def finish(self, kept: KeptUpload, worker: str) -> bool:
        """Note that every row was taken. Returns False where the lease has gone."""
        return self._go_on(kept, worker, is_complete=True, leased_by=None, lease_until=None)

    def release(self, kept: KeptUpload, worker: str) -> None:
        """Give a lease back."""
        self._go_on(kept, worker, leased_by=None, lease_until=None)

    def unreadable(self, submission_id: str) -> Mapping[int, Finding]:
        """Return what is wrong with each row that could not be read, by its number."""
        query = (
            sa.select(unreadable_row.c.row, unreadable_row.c.finding)
            .where(unreadable_row.c.submission_id == submission_id)
            .order_by(unreadable_row.c.row)
        )
        return {row.row: row.finding for row in self._unit.connection.execute(query)}

    def counts(self, submission_id: str) -> Mapping[str, int]:
        """Return how many items of a submission are in each state."""
        query = (
            sa.select(intake.c.state, sa.func.count())
            .where(intake.c.submission_id == submission_id)
            .group_by(intake.c.state)
        )
        unread = (
            sa.select(sa.func.count())
            .select_from(unreadable_row)
            .where(unreadable_row.c.submission_id == submission_id)
        )
        found = {row[0]: row[1] for row in self._unit.connection.execute(query)}
        count = self._unit.connection.execute(unread).scalar_one()
        return found | ({"unreadable": count} if count else {})

    def forget(self, received_until: datetime, limit: int) -> int:
        """Remove the files of old uploads that were taken whole; return how many they were."""
        old = (
            sa.select(upload.c.submission_id)
            .where(
                upload.c.received_at <= received_until,
                upload.c.is_complete,
                sa.exists().where(upload_part.c.submission_id == upload.c.submission_id),
            )
            .limit(limit)
        )
        numbers = list(self._unit.connection.execute(old).scalars())
        self._unit.connection.execute(
            sa.delete(upload_part).where(upload_part.c.submission_id.in_(numbers))
        )
        return len(numbers)

    def _go_on(self, kept: KeptUpload, worker: str, **values: object) -> bool:
        mine = upload.c.submission_id == kept.submission_id, upload.c.leased_by == worker
        statement = sa.update(upload).where(*mine).values(**values)
        return self._unit.connection.execute(statement).rowcount > 0

    def _kept(self, row: Row) -> KeptUpload:
        opened = self._unit.safe.open(name_place(row.submission_id), row.file_name)
        name = msgspec.json.decode(opened, type=str)
        values = {key: value for key, value in named(row).items() if key != "file_name"}
        return KeptUpload(**{**values, "name": name})


def name_place(submission_id: str) -> str:
    """Return where a file's name is sealed for."""
    return f"upload.file_name/{submission_id}"


def part_place(submission_id: str, number: int) -> str:
    """Return where a piece of a file is sealed for."""
    return f"upload_part.content/{submission_id}/{number}"
