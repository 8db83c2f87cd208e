"""
What an old data key sealed is sealed anew: column by column, page by page, in any number of runs.

A row that somebody holds is stepped over and met again in the next round. A value that was sealed
anew is not met again, so a run that was interrupted needs to remember nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final, TypeAlias

import msgspec
import sqlalchemy as sa

from mohar.store import hashes
from mohar.store.approvals import marks_place
from mohar.store.campaign_tables import campaign
from mohar.store.campaigns import campaign_place
from mohar.store.deliveries import delivery_place
from mohar.store.expiring import expiring_place
from mohar.store.expiring_tables import expiring
from mohar.store.intake import content_place, correction_place
from mohar.store.lifecycle import why_place
from mohar.store.pauses import reason_place
from mohar.store.reads import PURPOSE as READS
from mohar.store.request_tables import request, request_step
from mohar.store.requests import contents_place, step_place
from mohar.store.status import permutation_place
from mohar.store.tables import (
    api_key,
    approval,
    audit_seal,
    body,
    credential,
    delivery,
    handle,
    intake,
    pause,
    read_log,
    state_change,
    status_list,
    upload,
    upload_part,
)
from mohar.store.unit import Row, Unit, named
from mohar.store.uploads import name_place, part_place
from mohar.store.vault import HEADER_BYTES, header_of

_AT_ONCE: Final = 200

Cursor: TypeAlias = "tuple[Any, ...]"


class SealedColumn(msgspec.Struct, frozen=True):
    """A column whose values a data key of one purpose sealed, each for the place of its row."""

    column: sa.Column[Any]
    purpose: str
    place: Callable[[Row], str]

    @property
    def name(self) -> str:
        """Its name with its table's."""
        return f"{self.column.table.name}.{self.column.name}"


SEALED: Final = (
    SealedColumn(body.c.content, "body", lambda r: hashes.body_place(r.credential_id, r.name)),
    SealedColumn(credential.c.identity, "record", lambda r: hashes.identity_place(r.credential_id)),
    SealedColumn(credential.c.record, "record", lambda r: hashes.record_place(r.credential_id)),
    SealedColumn(state_change.c.why, "record", lambda r: why_place(r.credential_id, r.at)),
    SealedColumn(
        handle.c.contact, "contact", lambda r: hashes.contact_place(r.credential_id, r.name)
    ),
    SealedColumn(intake.c.content, "intake", lambda r: content_place(r.intake_id)),
    SealedColumn(intake.c.correction, "intake", lambda r: correction_place(r.intake_id)),
    SealedColumn(approval.c.marks, "intake", lambda r: marks_place(r.digest)),
    SealedColumn(request.c.contents, "intake", lambda r: contents_place(r.tracking)),
    SealedColumn(request_step.c.why, "intake", lambda r: step_place(r.tracking, r.state, r.at)),
    SealedColumn(campaign.c.content, "record", lambda r: campaign_place(r.campaign_id)),
    SealedColumn(pause.c.reason, "intake", lambda r: reason_place(r.scope, r.name)),
    SealedColumn(upload.c.file_name, "intake", lambda r: name_place(r.submission_id)),
    SealedColumn(upload_part.c.content, "intake", lambda r: part_place(r.submission_id, r.number)),
    SealedColumn(delivery.c.content, "intake", lambda r: delivery_place(r.delivery_id)),
    SealedColumn(expiring.c.content, "intake", lambda r: expiring_place(r.namespace, r.key_hash)),
    SealedColumn(status_list.c.permutation_key, "status", lambda r: permutation_place(r.list_id)),
    SealedColumn(read_log.c.credential, READS, lambda r: hashes.read_place(r.handle)),
)
# Nobody can make them anew: what they are of is kept nowhere, or must stay as it was sealed.
TAGS: Final[Mapping[str, sa.Column[Any]]] = {
    "access": api_key.c.secret_tag,
    "audit": audit_seal.c.tag,
}


def reseal_page(
    unit: Unit, sealed: SealedColumn, old: Sequence[int], after: Cursor
) -> tuple[int, Cursor | None]:
    """
    Seal the next values anew that one of the `old` keys sealed; return how many, and the last one.

    Where there are no more, None is returned in place of the last one. Raises Damaged.
    """
    if not old:
        return 0, None
    column, table = sealed.column, sealed.column.table
    keys = list(table.primary_key.columns)
    query = sa.select(table).where(_sealed_with(column, old)).order_by(*keys).limit(_AT_ONCE)
    if after:
        query = query.where(sa.tuple_(*keys) > sa.tuple_(*after))
    rows = unit.connection.execute(query.with_for_update(skip_locked=True)).all()
    unit.update(
        table,
        [_anew(unit, sealed, row) for row in rows],
        by=[key.name for key in keys],
    )
    is_last = len(rows) < _AT_ONCE
    return len(rows), None if is_last else tuple(named(rows[-1])[key.name] for key in keys)


def is_left(unit: Unit, old: Mapping[str, Collection[int]]) -> bool:
    """Say whether a value is left that can be sealed anew."""
    return any(_uses(unit, each.column, old.get(each.purpose, ())) for each in SEALED)


def unused(unit: Unit, old: Mapping[str, Collection[int]]) -> Sequence[int]:
    """Return those of the old keys that nothing in the database is sealed or tagged with."""
    columns = {**{purpose: [tag] for purpose, tag in TAGS.items()}}
    for each in SEALED:
        columns.setdefault(each.purpose, []).append(each.column)
    return [
        key_id
        for purpose, key_ids in old.items()
        for key_id in key_ids
        if not any(_uses(unit, column, [key_id]) for column in columns[purpose])
    ]


def _uses(unit: Unit, column: sa.Column[Any], key_ids: Collection[int]) -> bool:
    query = sa.select(sa.literal(1)).where(_sealed_with(column, key_ids)).limit(1)
    return bool(key_ids) and unit.connection.execute(query).first() is not None


def _sealed_with(column: sa.Column[Any], key_ids: Collection[int]) -> sa.ColumnElement[bool]:
    headers = [header_of(key_id) for key_id in key_ids]
    return sa.func.substr(column, 1, HEADER_BYTES, type_=sa.LargeBinary).in_(headers)


def _anew(unit: Unit, sealed: SealedColumn, row: Row) -> dict[str, Any]:
    place, name = sealed.place(row), sealed.column.name
    values = named(row)
    opened = unit.safe.open(place, values[name])
    keys = {key.name: values[key.name] for key in sealed.column.table.primary_key.columns}
    return {**keys, name: unit.safe.seal(sealed.purpose, place, opened)}
