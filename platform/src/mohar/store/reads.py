"""Who has read which credential: appended in batches, looked at by credential or by reader."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from mohar.store import hashes
from mohar.store.read_rows import KeptRead, NewRead
from mohar.store.read_tables import read_log
from mohar.store.unit import Query, Row, Section

PURPOSE: Final = "reads"
_TOLD: Final = (
    read_log.c.read_id,
    read_log.c.at,
    read_log.c.actor_id,
    read_log.c.purpose,
    read_log.c.channel,
    read_log.c.outcome,
    read_log.c.kind,
    read_log.c.handle,
    read_log.c.credential,
    read_log.c.notice,
)


class Reads(Section):
    """The log of reads. A row never changes; it is removed when its time is over."""

    def append(self, reads: Sequence[NewRead]) -> None:
        """Write down reads, or tries to; they stand or fall with this transaction."""
        now, version = self._unit.clock(), self._unit.vault.pepper_version
        handles = [hashes.read_handle(self._unit.vault, each.asked_for) for each in reads]
        sealed = iter(
            self._unit.safe.seal_all(
                PURPOSE,
                [
                    (hashes.read_place(handle), each.asked_for.encode())
                    for each, handle in zip(reads, handles, strict=True)
                    if each.is_there
                ],
            )
        )
        rows = [
            {
                "at": now,
                "actor_id": each.actor_id,
                "purpose": each.reason.purpose,
                "channel": each.reason.channel,
                "outcome": each.outcome,
                "kind": each.kind,
                "handle": handle,
                "pepper_version": version,
                "credential": next(sealed) if each.is_there else None,
                "notice": each.reason.notice,
            }
            for each, handle in zip(reads, handles, strict=True)
        ]
        self._unit.insert(read_log, rows)

    def of_credential(
        self, credential_id: str, *, before: int | None = None, limit: int = 100
    ) -> Sequence[KeptRead]:
        """Return the reads of one credential, the last one first, those before a number."""
        handle = hashes.read_handle(self._unit.vault, credential_id)
        query = sa.select(*_TOLD).where(read_log.c.handle == handle)
        if before is not None:
            query = query.where(read_log.c.read_id < before)
        return self._found(query.order_by(read_log.c.read_id.desc()).limit(limit))

    def of_actor(
        self,
        actor_id: str,
        since: datetime,
        until: datetime,
        *,
        after: KeptRead | None = None,
        limit: int = 1_000,
    ) -> Sequence[KeptRead]:
        """Return the reads of one actor from one moment to before another, behind the last one."""
        place = sa.tuple_(read_log.c.at, read_log.c.read_id)
        query = sa.select(*_TOLD).where(
            read_log.c.actor_id == actor_id, read_log.c.at >= since, read_log.c.at < until
        )
        if after is not None:
            query = query.where(place > sa.tuple_(after.at, after.read_id))
        return self._found(query.order_by(read_log.c.at, read_log.c.read_id).limit(limit))

    def forget(self, until: datetime, limit: int) -> int:
        """Remove those of the oldest rows that were written by a moment; return how many."""
        # The oldest have the lowest numbers: no index by time has to be kept for this.
        oldest = sa.select(read_log.c.read_id, read_log.c.at).order_by(read_log.c.read_id)
        first = oldest.limit(limit).with_for_update(skip_locked=True).subquery("first")
        over = sa.select(first.c.read_id).where(first.c.at <= until)
        statement = sa.delete(read_log).where(read_log.c.read_id.in_(over))
        removed: int = self._unit.connection.execute(statement).rowcount
        return removed

    def _found(self, query: Query) -> Sequence[KeptRead]:
        return [self._kept(row) for row in self._unit.connection.execute(query)]

    def _kept(self, row: Row) -> KeptRead:
        values: dict[str, Any] = dict(zip(row._fields, row, strict=True))
        sealed, handle = values.pop("credential"), values["handle"]
        place = hashes.read_place(handle)
        opened = self._unit.safe.open(place, sealed).decode() if sealed is not None else ""
        return KeptRead(**{**values, "handle": handle.hex()}, credential_id=opened)
