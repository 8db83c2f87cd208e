"""Commit: signed credentials become current, with their bodies and handles, all or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from mohar.domain.audit import set_digest
from mohar.domain.credential import Secured
from mohar.domain.errors import Conflict
from mohar.store import hashes
from mohar.store.audit import Audit, NewEntry, new_batch
from mohar.store.bound import OF_CREDENTIAL, credential_digest
from mohar.store.lifecycle import Lifecycle
from mohar.store.rows import AddedBodies, HandleValue, IssuedCredential, NewChange
from mohar.store.tables import body, credential, handle
from mohar.store.unit import Row, Section, Unit, named
from mohar.store.vault import masked


class Commit(Section):
    """The step after signing."""

    def commit(self, issued: Sequence[IssuedCredential]) -> None:
        """
        Make reserved credentials current.

        Raises:
            Conflict: one of them is no longer reserved for this content, or the credential whose
                place it takes is not current any more. The transaction must be given up;
                reserving again tells which were issued meanwhile.
        """
        reserved = self._lock_reserved(issued)
        batches = self._batches(issued)
        rows = [
            self._current_row(each, sealed, batches[each.actor_id])
            for each, sealed in zip(issued, self._sealed_records(issued), strict=True)
        ]
        bodies = body_rows(self._unit, issued)
        self._unit.update(credential, rows, by=["credential_id"])
        self._unit.insert(body, [row for some in bodies for row in some])
        self._unit.insert(handle, self._handle_rows(issued, reserved))
        digests = [
            credential_digest({**named(reserved[row["credential_id"]]), **row}, some)
            for row, some in zip(rows, bodies, strict=True)
        ]
        self._tell_issued(batches, [row["batch"] for row in rows], digests)
        self._supersede([each for each in issued if each.predecessor])

    def _batches(self, issued: Sequence[IssuedCredential]) -> Mapping[str, str]:
        """The audit log has one entry for all that one actor asked for."""
        now = self._unit.clock()
        return {actor_id: new_batch(now) for actor_id in sorted({e.actor_id for e in issued})}

    def _tell_issued(
        self, batches: Mapping[str, str], marks: Sequence[str], digests: Sequence[bytes]
    ) -> None:
        entries = []
        for actor_id, batch in batches.items():
            some = [each for each, mark in zip(digests, marks, strict=True) if mark == batch]
            entry = NewEntry(
                actor_id=actor_id,
                action="issue",
                batch=batch,
                count=len(some),
                digest=set_digest(some),
            )
            entries.append(entry)
        Audit(self._unit).append(entries)

    def _lock_reserved(self, issued: Sequence[IssuedCredential]) -> dict[str, Row]:
        lock = (
            sa.select(*OF_CREDENTIAL, credential.c.digest)
            .where(credential.c.state == "reserved")
            .order_by(credential.c.credential_id)
            .with_for_update()
        )
        numbers = sorted(each.credential_id for each in issued)
        rows = self._unit.select_in(lock, credential.c.credential_id, numbers)
        reserved = {row.credential_id: row for row in rows}
        lost = [n for n, each in enumerate(issued) if not self._is_held(each, reserved)]
        if lost:
            raise Conflict(
                f"{len(lost)} of {len(issued)} credentials (positions {_listed(lost)}) are no "
                "longer reserved for this content; reserve the batch again"
            )
        return reserved

    def _supersede(self, issued: Sequence[IssuedCredential]) -> None:
        """What a new one takes the place of is superseded with it, if it is current still."""
        successors = {each.predecessor.credential_id: each for each in issued if each.predecessor}
        if not successors:
            return
        life = Lifecycle(self._unit)
        states = life.lock(list(successors))
        if any(states.get(number) != "current" for number in successors):
            raise Conflict("a credential that is to be superseded is not current any more")
        links = [
            {"credential_id": number, "superseded_by": each.credential_id}
            for number, each in sorted(successors.items())
        ]
        self._unit.update(credential, links, by=["credential_id"])
        life.change([_superseded(each, self._unit.clock()) for each in successors.values()])

    def _is_held(self, each: IssuedCredential, reserved: dict[str, Row]) -> bool:
        row = reserved.get(each.credential_id)
        if row is None:
            return False
        return bool(row.digest == hashes.digest_hash(self._unit.vault, row.kind, each.digest))

    def _sealed_records(self, issued: Sequence[IssuedCredential]) -> list[bytes]:
        places = [hashes.record_place(each.credential_id) for each in issued]
        records = [msgspec.json.encode(each.record) for each in issued]
        return self._unit.safe.seal_all("record", list(zip(places, records, strict=True)))

    def _current_row(self, each: IssuedCredential, record: bytes, batch: str) -> dict[str, Any]:
        return {
            "credential_id": each.credential_id,
            "state": "current",
            "issued_at": each.issued_at,
            "config_digest": each.config_digest,
            "record": record,
            "variant": each.variant,
            "refused": each.refused or None,
            "supersedes": each.predecessor and each.predecessor.credential_id,
            "cause": each.predecessor and each.predecessor.cause,
            "changed": each.changed or None,
            "batch": batch,
        }

    def _handle_rows(
        self, issued: Sequence[IssuedCredential], reserved: Mapping[str, Row]
    ) -> list[dict[str, Any]]:
        pairs = [(each.credential_id, given) for each in issued for given in each.handles]
        texts = [
            (hashes.contact_place(number, given.name), given.value.encode())
            for number, given in pairs
        ]
        contacts = self._unit.safe.seal_all("contact", texts)
        return [
            self._handle_row(number, reserved[number].kind, given, contact)
            for (number, given), contact in zip(pairs, contacts, strict=True)
        ]

    def _handle_row(
        self, credential_id: str, kind: str, given: HandleValue, contact: bytes
    ) -> dict[str, Any]:
        return {
            "credential_id": credential_id,
            "name": given.name,
            "value_hash": hashes.handle_hash(self._unit.vault, kind, given.name, given.value),
            "pepper_version": self._unit.vault.pepper_version,
            "masked": masked(given.value, given.visible),
            "contact": contact,
        }


def body_rows(
    unit: Unit, signed: Sequence[IssuedCredential | AddedBodies], first: int = 0
) -> list[list[dict[str, Any]]]:
    """Return the rows of each credential's bodies; `first` is the position of the first of them."""
    contents = [
        (hashes.body_place(each.credential_id, secured.body), secured.content)
        for each in signed
        for secured in each.bodies
    ]
    sealed = iter(unit.safe.seal_all("body", contents))
    return [
        [
            _body_row(each.credential_id, position, secured, next(sealed))
            for position, secured in enumerate(each.bodies, first)
        ]
        for each in signed
    ]


def _body_row(credential_id: str, position: int, secured: Secured, sealed: bytes) -> dict[str, Any]:
    return {
        "credential_id": credential_id,
        "name": secured.body,
        "position": position,
        "profile": secured.profile,
        "schema": secured.schema,
        "format": secured.format,
        "media_type": secured.media_type,
        "key_id": secured.key_id,
        "algorithm": secured.algorithm,
        "created": secured.created,
        "sha256": hashes.sha256(secured.content),
        "content": sealed,
        "identifier": secured.identifier,
    }


def _superseded(each: IssuedCredential, now: datetime) -> NewChange:
    assert each.predecessor is not None
    return NewChange(
        credential_id=each.predecessor.credential_id,
        at=now,
        before="current",
        after="superseded",
        cause=each.predecessor.cause,
        actor_id=each.predecessor.actor_id,
        reason=each.predecessor.reason,
        evidence=each.predecessor.evidence,
    )


def _listed(positions: Sequence[int], limit: int = 10) -> str:
    shown = ", ".join(map(str, positions[:limit]))
    return shown + (", …" if len(positions) > limit else "")
