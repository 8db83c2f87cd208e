"""A new pepper: all hashes made again from the texts that are sealed beside them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from mohar.store import hashes
from mohar.store.read_tables import read_log
from mohar.store.reads import PURPOSE as READS
from mohar.store.tables import credential, handle
from mohar.store.unit import Row, Unit

_AT_ONCE: Final = 1_000


def rehash_page(unit: Unit, after: str) -> str | None:
    """
    Bring the credentials that follow a number under the current pepper, with their handles.

    Returns the last number of this page, or None at the end. Idempotency keys are left out: their
    text is not kept, and a repeated request is then known by the natural keys of its records.
    """
    number = credential.c.credential_id
    query = sa.select(number).where(number > after).order_by(number).limit(_AT_ONCE)
    page: list[str] = list(unit.connection.execute(query).scalars())
    if not page:
        return None
    _rehash_credentials(unit, page)
    _rehash_handles(unit, page)
    return page[-1]


def rehash_reads(unit: Unit, after: int) -> int | None:
    """
    Bring the rows of the log of reads that follow a number under the current pepper.

    Returns the last number of this page, or None at the end. Tries for what is not there keep the
    handle that they have.
    """
    number = read_log.c.read_id
    query = sa.select(number, read_log.c.handle, read_log.c.credential).where(
        number > after,
        read_log.c.credential.is_not(None),
        read_log.c.pepper_version != unit.vault.pepper_version,
    )
    rows = unit.connection.execute(query.order_by(number).limit(_AT_ONCE)).all()
    unit.update(read_log, [_read_row(unit, row) for row in rows], by=["read_id"])
    return rows[-1].read_id if rows else None


def _read_row(unit: Unit, row: Row) -> dict[str, Any]:
    asked_for = unit.safe.open(hashes.read_place(row.handle), row.credential)
    handle = hashes.read_handle(unit.vault, asked_for.decode())
    return {
        "read_id": row.read_id,
        "pepper_version": unit.vault.pepper_version,
        "handle": handle,
        "credential": unit.safe.seal(READS, hashes.read_place(handle), asked_for),
    }


def _rehash_credentials(unit: Unit, page: Sequence[str]) -> None:
    query = sa.select(credential.c.credential_id, credential.c.kind, credential.c.identity).where(
        credential.c.pepper_version != unit.vault.pepper_version
    )
    rows = unit.select_in(query, credential.c.credential_id, page)
    unit.update(credential, [_credential_row(unit, row) for row in rows], by=["credential_id"])


def _credential_row(unit: Unit, row: Row) -> dict[str, Any]:
    sealed = unit.safe.open(hashes.identity_place(row.credential_id), row.identity)
    identity = msgspec.json.decode(sealed, type=hashes.Identity)
    return {
        "credential_id": row.credential_id,
        "pepper_version": unit.vault.pepper_version,
        "key_hash": hashes.key_hash(unit.vault, row.kind, identity.key),
        "group_hash": hashes.group_hash(unit.vault, row.kind, identity.group),
        "digest": hashes.digest_hash(unit.vault, row.kind, identity.digest),
    }


def _rehash_handles(unit: Unit, page: Sequence[str]) -> None:
    query = (
        sa.select(handle.c.credential_id, handle.c.name, handle.c.contact, credential.c.kind)
        .join(credential, credential.c.credential_id == handle.c.credential_id)
        .where(handle.c.pepper_version != unit.vault.pepper_version)
    )
    rows = unit.select_in(query, handle.c.credential_id, page)
    unit.update(handle, [_handle_row(unit, row) for row in rows], by=["credential_id", "name"])


def _handle_row(unit: Unit, row: Row) -> dict[str, Any]:
    place = hashes.contact_place(row.credential_id, row.name)
    value = unit.safe.open(place, row.contact).decode()
    return {
        "credential_id": row.credential_id,
        "name": row.name,
        "pepper_version": unit.vault.pepper_version,
        "value_hash": hashes.handle_hash(unit.vault, row.kind, row.name, value),
    }
