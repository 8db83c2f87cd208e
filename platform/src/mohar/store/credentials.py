"""Credentials: how they are found again, beside how they are reserved and committed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
import sqlalchemy as sa

from mohar.domain.credential import Secured
from mohar.domain.record import Record
from mohar.domain.values import JsonObject
from mohar.store import hashes
from mohar.store.additions import Additions
from mohar.store.bulk import Finding
from mohar.store.commit import Commit
from mohar.store.reserve import Reserve, row_slot
from mohar.store.rows import MaskedHandle, Sought, StoredCredential
from mohar.store.tables import body, credential, handle
from mohar.store.unit import Row
from mohar.store.vault import Safe

_STORED: Final = (
    credential.c.credential_id,
    credential.c.kind,
    credential.c.revision,
    credential.c.state,
    credential.c.subject,
    credential.c.key_hash,
    credential.c.group_hash,
    credential.c.status_list_id,
    credential.c.status_index,
    credential.c.issued_at,
    credential.c.config_digest,
    credential.c.supersedes,
    credential.c.superseded_by,
    credential.c.cause,
    credential.c.changed,
    credential.c.refused,
)
_ISSUED: Final = credential.c.state.not_in(["reserved", "refused"])
_OLDEST_FIRST: Final = (credential.c.issued_at, credential.c.credential_id)

# W3C VC Data Model 2.0 §C: a credential is JSON although its media type has no suffix.
_JSON: Final = frozenset({"application/json", "application/vc", "application/vp"})

_WITH_BODIES: Final = Finding(
    sa.select(*_STORED, *(each for each in body.c if each is not body.c.credential_id))
    .join(body, body.c.credential_id == credential.c.credential_id, isouter=True)
    .order_by(credential.c.credential_id, body.c.position),
    credential.c.credential_id,
)


# A group is of one kind, so of the others only the number and the revision are asked for.
_OTHER: Final = credential.alias("other")
_WITH_GROUP: Final = Finding(
    sa.select(
        *_STORED,
        _OTHER.c.credential_id.label("other_id"),
        _OTHER.c.revision.label("other_revision"),
        *(each for each in body.c if each is not body.c.credential_id),
    )
    .join(
        _OTHER,
        (_OTHER.c.group_hash == credential.c.group_hash) & (_OTHER.c.state == "current"),
        isouter=True,
    )
    .join(body, body.c.credential_id == _OTHER.c.credential_id, isouter=True)
    .order_by(_OTHER.c.issued_at, _OTHER.c.credential_id, body.c.position),
    credential.c.credential_id,
)


class Unopened:
    """A signed body as it is kept, which opens as long as its transaction is open."""

    def __init__(self, row: Row, safe: Safe, credential_id: str, revision: int) -> None:
        self._row = row
        self._safe = safe
        self._revision = revision
        self.credential_id = credential_id
        self.name: str = row.name
        self.profile: str = row.profile

    def opened(self) -> Secured | None:
        """Return the body; None where it was erased. Raises Damaged."""
        place = hashes.body_place(self.credential_id, self.name)
        content = self._safe.open(place, self._row.content)
        if not content:
            return None
        return _secured(self._row, content, self.credential_id, self._revision)


class Credentials(Reserve, Commit, Additions):
    """Everything about credentials. What was only reserved is found by its number alone."""

    def find(self, credential_ids: Sequence[str]) -> Mapping[str, StoredCredential]:
        """Return the credentials that are there, by number, in whatever state."""
        query = sa.select(*_STORED)
        rows = self._unit.select_in(query, credential.c.credential_id, credential_ids)
        return {row.credential_id: _stored(row) for row in rows}

    def current_after(self, credential_ids: Sequence[str]) -> Mapping[str, str]:
        """Return the current credential that took the place of each, where there is one."""
        found: dict[str, str] = {}
        heads = {number: number for number in credential_ids}
        while heads:
            stored = self.find(sorted(set(heads.values())))
            found |= {n: head for n, head in heads.items() if _is_current(stored.get(head))}
            heads = {
                number: after
                for number, head in heads.items()
                if head in stored and (after := stored[head].superseded_by)
            }
        return found

    def bodies(self, credential_ids: Sequence[str]) -> Mapping[str, tuple[Secured, ...]]:
        """
        Return the signed bodies of each credential, in the order they were committed.

        Those that were erased are not among them.
        """
        query = (
            sa.select(body, credential.c.kind, credential.c.revision)
            .join(credential, credential.c.credential_id == body.c.credential_id)
            .order_by(body.c.credential_id, body.c.position)
        )
        found: dict[str, tuple[Secured, ...]] = {}
        for row in self._unit.select_in(query, body.c.credential_id, credential_ids):
            content = self._unit.safe.open(
                hashes.body_place(row.credential_id, row.name), row.content
            )
            if content:
                secured = _secured(row, content, row.credential_id, row.revision)
                found[row.credential_id] = (*found.get(row.credential_id, ()), secured)
        return found

    def unopened(
        self, credential_ids: Sequence[str]
    ) -> Mapping[str, tuple[StoredCredential, list[Unopened]]]:
        """Return credentials by number, in whatever state, each with its bodies in their order."""
        found: dict[str, tuple[StoredCredential, list[Unopened]]] = {}
        for row in self._unit.find(_WITH_BODIES, credential_ids):
            number = row.credential_id
            if number not in found:
                found[number] = (_stored(row), [])
            if row.name is not None:
                found[number][1].append(Unopened(row, self._unit.safe, number, row.revision))
        return found

    def with_groups(
        self, credential_ids: Sequence[str]
    ) -> Mapping[str, tuple[StoredCredential, list[Unopened]]]:
        """
        Return credentials by number, in whatever state, each with the bodies of its group.

        These are the bodies of all current credentials of the group, the oldest credential first:
        its own are among them while it is current.
        """
        found: dict[str, tuple[StoredCredential, list[Unopened]]] = {}
        for row in self._unit.find(_WITH_GROUP, credential_ids):
            number = row.credential_id
            if number not in found:
                found[number] = (_stored(row), [])
            if row.name is not None:
                found[number][1].append(
                    Unopened(row, self._unit.safe, row.other_id, row.other_revision)
                )
        return found

    def record_of(self, credential_ids: Sequence[str]) -> Mapping[str, Record]:
        """Return the records that credentials were issued from, where they are still kept."""
        query = sa.select(credential.c.credential_id, credential.c.variant, credential.c.record)
        kept = query.where(_ISSUED, credential.c.record.is_not(None))
        rows = self._unit.select_in(kept, credential.c.credential_id, credential_ids)
        return {
            number: Record(
                variant=variant or "",
                content=self._unit.open_json(hashes.record_place(number), sealed),
            )
            for number, variant, sealed in rows
        }

    def handles(self, credential_ids: Sequence[str]) -> Mapping[str, tuple[MaskedHandle, ...]]:
        """Return what may be shown of each credential's handles."""
        query = sa.select(handle.c.credential_id, handle.c.name, handle.c.masked)
        found: dict[str, tuple[MaskedHandle, ...]] = {}
        ordered = query.order_by(handle.c.credential_id, handle.c.name)
        for number, name, text in self._unit.select_in(
            ordered, handle.c.credential_id, credential_ids
        ):
            shown = MaskedHandle(name=name, masked=text)
            found[number] = (*found.get(number, ()), shown)
        return found

    def current_in_group(
        self, credential_ids: Sequence[str]
    ) -> Mapping[str, tuple[StoredCredential, ...]]:
        """Return, for each credential, the current ones of its group, oldest first."""
        asked = {number: each.group_hash for number, each in self.find(credential_ids).items()}
        query = sa.select(*_STORED).where(credential.c.state == "current").order_by(*_OLDEST_FIRST)
        groups: dict[bytes, tuple[StoredCredential, ...]] = {}
        for row in self._unit.select_in(query, credential.c.group_hash, list(set(asked.values()))):
            groups[row.group_hash] = (*groups.get(row.group_hash, ()), _stored(row))
        return {number: groups.get(group, ()) for number, group in asked.items()}

    def revisions(
        self, credential_ids: Sequence[str]
    ) -> Mapping[str, tuple[StoredCredential, ...]]:
        """Return, for each credential, all that were issued for its natural key, oldest first."""
        query = sa.select(credential.c.credential_id, credential.c.kind, credential.c.key_hash)
        rows = self._unit.select_in(query, credential.c.credential_id, credential_ids)
        keys = {row.credential_id: (row.kind, row.key_hash) for row in rows}
        found: dict[tuple[str, bytes], tuple[StoredCredential, ...]] = {}
        # The index begins with the kind.
        kinds = {kind for kind, _ in keys.values()}
        wanted = sa.select(*_STORED).where(_ISSUED, credential.c.kind.in_(kinds))
        for row in self._unit.select_in(
            wanted.order_by(credential.c.revision),
            credential.c.key_hash,
            list({key for _, key in keys.values()}),
        ):
            there = found.get((row.kind, row.key_hash), ())
            found[row.kind, row.key_hash] = (*there, _stored(row))
        return {number: found.get(key, ()) for number, key in keys.items()}

    def has_key(self, stored: StoredCredential, key: str) -> bool:
        """Say whether a credential was issued for this natural key."""
        return hashes.key_hash(self._unit.vault, stored.kind, key) == stored.key_hash

    def by_key(self, kind: str, key: str) -> Sequence[StoredCredential]:
        """Return all revisions issued for one natural key, oldest first."""
        wanted = hashes.key_hash(self._unit.vault, kind, key)
        return self._issued(credential.c.kind == kind, credential.c.key_hash == wanted)

    def newest_of_keys(self, kind: str, keys: Sequence[str]) -> Mapping[str, StoredCredential]:
        """Return the newest revision issued for each natural key, where one was."""
        texts = {hashes.key_hash(self._unit.vault, kind, key): key for key in keys}
        query = sa.select(*_STORED).where(_ISSUED, credential.c.kind == kind)
        rows = self._unit.select_in(
            query.order_by(credential.c.revision), credential.c.key_hash, sorted(texts)
        )
        return {texts[row.key_hash]: _stored(row) for row in rows}

    def by_keys(self, kind: str, keys: Sequence[str]) -> Sequence[Sequence[StoredCredential]]:
        """Return, for each natural key, all revisions issued for it, the oldest first."""
        wanted = [hashes.key_hash(self._unit.vault, kind, key) for key in keys]
        query = sa.select(*_STORED).where(_ISSUED, credential.c.kind == kind)
        found: dict[bytes, list[StoredCredential]] = {each: [] for each in wanted}
        for row in self._unit.select_in(
            query.order_by(*_OLDEST_FIRST), credential.c.key_hash, list(found)
        ):
            found[row.key_hash].append(_stored(row))
        return [found[each] for each in wanted]

    def by_group(self, kind: str, group: str) -> Sequence[StoredCredential]:
        """Return all credentials issued in one group, oldest first."""
        wanted = hashes.group_hash(self._unit.vault, kind, group)
        return self._issued(credential.c.group_hash == wanted)

    def by_handle(self, kind: str, name: str, value: str) -> Sequence[StoredCredential]:
        """Return all credentials issued to the holder of a handle, oldest first."""
        wanted = hashes.handle_hash(self._unit.vault, kind, name, value)
        numbers = sa.select(handle.c.credential_id).where(handle.c.value_hash == wanted)
        return self._issued(credential.c.credential_id.in_(numbers))

    def look_up(self, sought: Sought) -> Sequence[StoredCredential]:
        """
        Return the current credentials that all of this is true of, the oldest first.

        It is one statement, of the same parts whether anything is there or not. A number finds
        what is current of its natural key.
        """
        vault, kind = self._unit.vault, sought.kind
        wanted = [credential.c.state == "current", credential.c.kind == kind]
        if sought.credential_id is not None:
            same = credential.alias("same")
            of_that = sa.select(same.c.key_hash).where(
                same.c.credential_id == sought.credential_id, same.c.kind == kind
            )
            wanted.append(credential.c.key_hash == of_that.scalar_subquery())
        if sought.group is not None:
            hashed = hashes.group_hash(vault, kind, sought.group)
            wanted.append(credential.c.group_hash == hashed)
        if sought.key is not None:
            wanted.append(credential.c.key_hash == hashes.key_hash(vault, kind, sought.key))
        for name, value in sought.handles:
            hashed = hashes.handle_hash(vault, kind, name, value)
            with_it = sa.select(handle.c.credential_id).where(handle.c.value_hash == hashed)
            wanted.append(credential.c.credential_id.in_(with_it))
        return self._issued(*wanted)

    def _issued(self, *wanted: sa.ColumnElement[bool]) -> Sequence[StoredCredential]:
        query = sa.select(*_STORED).where(_ISSUED, *wanted).order_by(*_OLDEST_FIRST)
        return [_stored(row) for row in self._unit.connection.execute(query)]


def _secured(row: Row, content: bytes, credential_id: str, revision: int) -> Secured:
    return Secured(
        kind=row.kind,
        body=row.name,
        profile=row.profile,
        credential_id=credential_id,
        revision=revision,
        schema=row.schema,
        format=row.format,
        media_type=row.media_type,
        key_id=row.key_id,
        algorithm=row.algorithm,
        created=row.created,
        document=_document(row.media_type, content),
        content=content,
        identifier=row.identifier,
    )


def _stored(row: Row) -> StoredCredential:
    return StoredCredential(
        credential_id=row.credential_id,
        kind=row.kind,
        revision=row.revision,
        state=row.state,
        subject=row.subject,
        key_hash=row.key_hash,
        group_hash=row.group_hash,
        slot=row_slot(row),
        issued_at=row.issued_at,
        config_digest=row.config_digest,
        supersedes=row.supersedes,
        superseded_by=row.superseded_by,
        cause=row.cause,
        changed=row.changed or (),
        refused=row.refused or (),
    )


def _document(media_type: str, content: bytes) -> JsonObject:
    essence = media_type.partition(";")[0].strip().lower()
    if essence in _JSON or essence.endswith("+json"):
        return msgspec.json.decode(content, type=JsonObject)
    return {}


def _is_current(stored: StoredCredential | None) -> bool:
    return stored is not None and stored.state == "current"
