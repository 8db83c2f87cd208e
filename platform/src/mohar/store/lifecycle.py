"""What becomes of credentials after they are issued: each change, and the history they make."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from mohar.domain.lifecycle import CredentialState, StateChange
from mohar.store.audit import Audit, NewEntry
from mohar.store.bound import change_digest, why_digest
from mohar.store.listed import Listed
from mohar.store.rows import KeptChange, NewChange
from mohar.store.tables import credential, list_version, state_change
from mohar.store.unit import Row, Section

_PURPOSE: Final = "record"
_SALT_BYTES: Final = 16


class Lifecycle(Section):
    """The states of credentials, changed under a lock and written down."""

    def lock(self, credential_ids: Sequence[str]) -> Mapping[str, CredentialState]:
        """
        Return the states of those issued; nobody else changes one until this transaction ends.

        They are locked by number, so that two batches cannot wait for each other.
        """
        return self._lock(credential_ids, credential.c.issued_at.is_not(None))

    def lock_lapsed(
        self, credential_ids: Sequence[str], moment: datetime
    ) -> Mapping[str, CredentialState]:
        """Lock those whose suspension was to end by a moment: one may have been renewed meanwhile."""
        return self._lock(credential_ids, *_lapsed(moment))

    def change(self, changes: Sequence[NewChange]) -> None:
        """
        Write changes of locked credentials down; the status lists they stand in become old.

        A suspension's end is kept with the credential while it lasts. The audit log tells of each.
        """
        ordered = sorted(changes, key=lambda each: each.credential_id)
        self._unit.update(credential, [_state_row(each) for each in ordered], by=["credential_id"])
        whys = [_why(each) for each in ordered]
        rows = [self._row(each, why) for each, why in zip(ordered, whys, strict=True)]
        self._unit.insert(state_change, rows)
        Audit(self._unit).append([_entry(row, why) for row, why in zip(rows, whys, strict=True)])
        numbers = [each.credential_id for each in ordered]
        Listed(self._unit).note(numbers)
        self._mark_lists(numbers)

    def history(self, credential_ids: Sequence[str]) -> Mapping[str, tuple[KeptChange, ...]]:
        """Return what became of each credential, the oldest change first."""
        query = sa.select(state_change).order_by(state_change.c.change_id)
        found: dict[str, tuple[KeptChange, ...]] = dict.fromkeys(credential_ids, ())
        for row in self._unit.select_in(query, state_change.c.credential_id, credential_ids):
            found[row.credential_id] = (*found[row.credential_id], self._kept(row))
        return found

    def changes_in(self, list_id: str, after: datetime) -> Mapping[int, tuple[StateChange, ...]]:
        """Return every change later than a moment of what stands in a list, by its index."""
        return self._changes(credential.c.status_list_id == list_id, state_change.c.at > after)

    def changes_of(self, list_id: str, index: int) -> Sequence[StateChange]:
        """Return every change of what stands in one slot."""
        wanted = credential.c.status_list_id == list_id, credential.c.status_index == index
        return self._changes(*wanted).get(index, ())

    def lapsed(self, moment: datetime, limit: int) -> Sequence[str]:
        """Return suspended credentials whose suspension was to end by a moment, the first ones."""
        query = (
            sa.select(credential.c.credential_id)
            .where(*_lapsed(moment))
            .order_by(credential.c.suspended_until)
            .limit(limit)
        )
        return list(self._unit.connection.execute(query).scalars())

    def _lock(
        self, credential_ids: Sequence[str], *wanted: sa.ColumnElement[bool]
    ) -> dict[str, CredentialState]:
        """A row that another transaction held is looked at again once it is free."""
        query = (
            sa.select(credential.c.credential_id, credential.c.state)
            .where(*wanted)
            .order_by(credential.c.credential_id)
            .with_for_update()
        )
        numbers = sorted(set(credential_ids))
        rows = self._unit.select_in(query, credential.c.credential_id, numbers)
        return {row.credential_id: row.state for row in rows}

    def _changes(self, *wanted: sa.ColumnElement[bool]) -> dict[int, tuple[StateChange, ...]]:
        query = (
            sa.select(
                credential.c.status_index,
                state_change.c.at,
                state_change.c.before,
                state_change.c.after,
            )
            .join(credential, credential.c.credential_id == state_change.c.credential_id)
            .where(*wanted)
            .order_by(state_change.c.change_id)
        )
        found: dict[int, tuple[StateChange, ...]] = {}
        for index, at, before, after in self._unit.connection.execute(query):
            step = StateChange(at=at, before=before, after=after)
            found[index] = (*found.get(index, ()), step)
        return found

    def _mark_lists(self, credential_ids: Sequence[str]) -> None:
        """A list is locked after all credentials, and by name, as everywhere."""
        query = sa.select(credential.c.status_list_id).distinct()
        rows = self._unit.select_in(query, credential.c.credential_id, credential_ids)
        lists = sorted({row.status_list_id for row in rows if row.status_list_id})
        new = [{"list_id": each, "version": 0} for each in lists]
        self._unit.insert_new(list_version, new, list_version.c.list_id)
        for list_id in lists:
            self._unit.connection.execute(
                sa.update(list_version)
                .where(list_version.c.list_id == list_id)
                .values(version=list_version.c.version + 1)
            )

    def _row(self, each: NewChange, why: bytes | None) -> dict[str, Any]:
        place = why_place(each.credential_id, each.at)
        return {
            "credential_id": each.credential_id,
            "at": each.at,
            "before": each.before,
            "after": each.after,
            "cause": each.cause,
            "actor_id": each.actor_id,
            "why": why and self._unit.safe.seal(_PURPOSE, place, why),
            "until": each.until,
            "campaign_id": each.campaign_id,
        }

    def _kept(self, row: Row) -> KeptChange:
        place = why_place(row.credential_id, row.at)
        why = self._unit.open_json(place, row.why) if row.why else {}
        return KeptChange(
            at=row.at,
            before=row.before,
            after=row.after,
            cause=row.cause,
            actor_id=row.actor_id,
            reason=why.get("reason", ""),
            evidence=why.get("evidence", ""),
            until=row.until,
        )


def _lapsed(moment: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return credential.c.suspended_until <= moment, credential.c.state == "suspended"


def _state_row(each: NewChange) -> dict[str, Any]:
    return {
        "credential_id": each.credential_id,
        "state": each.after,
        "suspended_until": each.until if each.after == "suspended" else None,
    }


def _why(each: NewChange) -> bytes | None:
    """The salt keeps what binds it in the audit log from confirming a guess."""
    if not each.reason and not each.evidence:
        return None
    salt = secrets.token_hex(_SALT_BYTES)
    return msgspec.json.encode({"reason": each.reason, "evidence": each.evidence, "salt": salt})


def _entry(row: Mapping[str, Any], why: bytes | None) -> NewEntry:
    return NewEntry(
        actor_id=row["actor_id"],
        action="change",
        subject=row["credential_id"],
        digest=change_digest(row, why and why_digest(why)),
        facts={"before": row["before"], "after": row["after"], "cause": row["cause"]},
    )


def why_place(credential_id: str, at: datetime) -> str:
    """Return where the reason of a change is sealed for."""
    return f"state_change.why/{credential_id}/{at.timestamp():.6f}"
