"""The log of who did what: its entries, the seals over them, and the digests that bind both."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from mohar.domain.values import JsonObject

FIRST_PREVIOUS: Final = bytes(32)
"""What the first seal names as the hash of the one before it."""


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """
    One thing that somebody did, without a personal value.

    `subject` names what it was done to, `count` says to how many, and `digest` binds what it led
    to: rows elsewhere in the store. `batch` is what the credentials of an `issue` are marked with.
    """

    entry_id: int
    at: datetime
    actor_id: str
    action: str
    subject: str
    batch: str | None
    count: int
    digest: bytes
    facts: JsonObject


class AuditSeal(msgspec.Struct, frozen=True, kw_only=True):
    """
    What binds the entries of one batch, and the seal before it.

    `leaves` are the number (8 bytes) and the hash (32 bytes) of each entry, so that an entry that
    was changed can be named; `digest` is the one over them, and `hash` the one over all of this.
    """

    number: int
    previous: bytes
    digest: bytes
    leaves: bytes
    count: int
    last_entry: int
    sealed_at: datetime
    hash: bytes


def entry_hash(entry: AuditEntry) -> bytes:
    """Return the hash of an entry as its seal keeps it."""
    return digest_of(
        "entry",
        entry.entry_id,
        entry.at,
        entry.actor_id,
        entry.action,
        entry.subject,
        entry.batch,
        entry.count,
        entry.digest,
        entry.facts,
    )


def seal_hash(seal: AuditSeal) -> bytes:
    """Return the hash of a seal, which the next one names; `hash` itself is not looked at."""
    return digest_of(
        "seal",
        seal.number,
        seal.previous,
        seal.digest,
        seal.count,
        seal.last_entry,
        seal.sealed_at,
    )


def sealed(
    entries: Sequence[AuditEntry], number: int, previous: bytes, sealed_at: datetime
) -> AuditSeal:
    """Return the seal over entries, at least one, in the order of their numbers."""
    leaves = b"".join(
        each.entry_id.to_bytes(8, "big", signed=True) + entry_hash(each) for each in entries
    )
    seal = AuditSeal(
        number=number,
        previous=previous,
        digest=hashlib.sha256(leaves).digest(),
        leaves=leaves,
        count=len(entries),
        last_entry=entries[-1].entry_id,
        sealed_at=sealed_at,
        hash=b"",
    )
    return msgspec.structs.replace(seal, hash=seal_hash(seal))


def leaves_of(seal: AuditSeal) -> Mapping[int, bytes] | None:
    """Return the hash of each entry by its number; None where the leaves are not as sealed."""
    if hashlib.sha256(seal.leaves).digest() != seal.digest or len(seal.leaves) != 40 * seal.count:
        return None
    cuts = [seal.leaves[start : start + 40] for start in range(0, len(seal.leaves), 40)]
    return {int.from_bytes(cut[:8], "big", signed=True): cut[8:] for cut in cuts}


def digest_of(*values: Any) -> bytes:
    """
    Return the SHA-256 of values as one JSON array: bytes in hex, times in UTC to the microsecond.

    Members of objects are in the order of their names, so equal values have equal digests.
    """
    text = msgspec.json.encode(_plain(values), order="deterministic")
    return hashlib.sha256(text).digest()


def set_digest(digests: Sequence[bytes]) -> bytes:
    """Return one digest over digests, whatever their order."""
    return hashlib.sha256(b"".join(sorted(digests))).digest()


def _plain(value: Any) -> Any:
    if value is None or value.__class__ is str:
        return value
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, (tuple, list)):
        return [_plain(each) for each in value]
    return value
