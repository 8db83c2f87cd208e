"""What was there before the audit log was is written down in it, so that the log explains it all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa

from mohar.domain.audit import set_digest
from mohar.store.audit import Audit, NewEntry, new_batch
from mohar.store.bound import OF_CREDENTIAL, bodies_digest, credential_digest, key_digest
from mohar.store.evidence import Evidence
from mohar.store.tables import api_key, credential
from mohar.store.unit import Row, Unit, named

_AT_ONCE: Final = 1_000
_HOUSE: Final = "mohar"
BEGUN: Final = "begin"


def adopt_page(unit: Unit) -> bool:
    """
    Write down some of what was issued before; return whether there is more.

    The last page writes the entry `begin`, and from then on nothing is adopted any more: what
    nobody wrote down is to be found.
    """
    if Audit(unit).has(BEGUN):
        return False
    query = (
        sa.select(*OF_CREDENTIAL)
        .where(credential.c.issued_at.is_not(None), credential.c.batch.is_(None))
        .order_by(credential.c.credential_id)
        .limit(_AT_ONCE)
        .with_for_update()
    )
    rows = unit.connection.execute(query).all()
    if rows:
        _adopt(unit, rows)
        return True
    _adopt_keys(unit)
    Audit(unit).append([NewEntry(actor_id=_HOUSE, action=BEGUN)])
    return False


def _adopt(unit: Unit, rows: Sequence[Row]) -> None:
    numbers, batch = [row.credential_id for row in rows], new_batch(unit.clock())
    marks = [{"credential_id": number, "batch": batch} for number in numbers]
    unit.update(credential, marks, by=["credential_id"])
    bodies = Evidence(unit).bodies(numbers)
    digests = [credential_digest(named(row), bodies.first(row.credential_id)) for row in rows]
    issued = NewEntry(
        actor_id=_HOUSE,
        action="issue",
        batch=batch,
        count=len(rows),
        digest=set_digest(digests),
    )
    added = [_added(number, bodies.added(number)) for number in numbers if bodies.added(number)]
    Audit(unit).append([issued])
    Audit(unit).append([*added, *_changes(unit, numbers)])


def _added(number: str, rows: Sequence[Any]) -> NewEntry:
    return NewEntry(
        actor_id=_HOUSE,
        action="add-body",
        subject=number,
        count=len(rows),
        digest=bodies_digest(rows),
        facts={"bodies": sorted(row["name"] for row in rows)},
    )


def _changes(unit: Unit, numbers: Sequence[str]) -> list[NewEntry]:
    """A change that was written down already, by somebody who was quicker, is left out."""
    written = {each.digest for each in Audit(unit).of_subjects(numbers, "change")}
    return [
        NewEntry(
            actor_id=row.actor_id,
            action="change",
            subject=number,
            digest=row.digest or b"",
            facts={"before": row.before, "after": row.after, "cause": row.cause},
        )
        for number, rows in Evidence(unit).changes(numbers).items()
        for row in rows
        if row.digest not in written
    ]


def _adopt_keys(unit: Unit) -> None:
    log = Audit(unit)
    rows = unit.connection.execute(sa.select(api_key).order_by(api_key.c.key_id)).all()
    known = {each.subject for each in log.of_subjects([row.key_id for row in rows], "make-key")}
    for row in rows:
        if row.key_id in known:
            continue
        made = NewEntry(
            actor_id=_HOUSE,
            action="make-key",
            subject=row.key_id,
            digest=key_digest(named(row)),
            facts={"scopes": sorted(row.scopes)},
        )
        log.append([made])
        if row.revoked_at is not None:
            facts = {"at": row.revoked_at.isoformat()}
            revoked = NewEntry(
                actor_id=_HOUSE, action="revoke-key", subject=row.key_id, facts=facts
            )
            log.append([revoked])
