"""Reserve: the number and the slot of a record, decided by the database and never by a cache."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from mohar.domain.errors import Unavailable
from mohar.domain.status import StatusSlot
from mohar.domain.values import Personal
from mohar.store import hashes
from mohar.store.rows import Reservation, ReservationRequest, ReservationState
from mohar.store.status import Status
from mohar.store.tables import credential, intake
from mohar.store.unit import Row, Section

_FIRST_REVISION: Final = 1
_ROUNDS: Final = 12
_UNISSUED: Final = ("reserved", "refused")
_COLUMNS: Final = (
    credential.c.credential_id,
    credential.c.key_hash,
    credential.c.revision,
    credential.c.group_hash,
    credential.c.digest,
    credential.c.subject,
    credential.c.state,
    credential.c.intake_id,
    credential.c.status_list_id,
    credential.c.status_index,
    credential.c.supersedes,
)


class _Wanted(Personal, frozen=True, kw_only=True):
    """A request with the hashes it is compared by."""

    request: ReservationRequest
    key_hash: bytes
    group_hash: bytes
    digest: bytes


class _Found(msgspec.Struct, frozen=True):
    """
    What is there for one key: the newest that was issued, and whatever has a given revision.

    The next revision of a key that was issued is nobody's business but a correction's.
    """

    issued: Row | None
    next: Row | None

    @property
    def revision(self) -> int:
        return self.issued.revision + 1 if self.issued else _FIRST_REVISION


class Reserve(Section):
    """Reservations: made, resumed, taken over and refused."""

    def reserve(self, requests: Sequence[ReservationRequest]) -> Sequence[Reservation]:
        """
        Return what each record may use, in order; the second of two equal keys is `busy`.

        Raises:
            Unavailable: no free number was found; the kind needs more digits.
        """
        wanted = [self._wanted(request) for request in requests]
        firsts = {each.key_hash: each for each in reversed(wanted)}
        decided = self._decide(list(firsts.values()))
        return [
            decided[each.key_hash]
            if firsts[each.key_hash] is each
            else msgspec.structs.replace(decided[each.key_hash], state="busy")
            for each in wanted
        ]

    def refuse(self, credential_ids: Sequence[str]) -> None:
        """Give reservations up: their keys are free for another attempt, with the same number."""
        rows = [{"credential_id": each, "state": "refused"} for each in sorted(credential_ids)]
        self._unit.update(credential, rows, by=["credential_id"], state="reserved")

    def _decide(self, wanted: Sequence[_Wanted]) -> dict[bytes, Reservation]:
        decided: dict[bytes, Reservation] = {}
        slots: dict[bytes, StatusSlot] = {}
        # A key can be taken by somebody else, and a number already be given, at each round.
        for _ in range(_ROUNDS):
            rest = _without(wanted, decided)
            found = self._found(rest)
            decided |= self._there(rest, found)
            free = _without(rest, decided)
            if free:
                self._add_slots(slots, free)
                decided |= self._insert(free, slots, found)
                # Perhaps it was the slot that somebody has already.
                for each in _without(free, decided):
                    slots.pop(each.key_hash, None)
            if len(decided) == len(wanted):
                return decided
        raise Unavailable(
            f"no free credential id was found in {_ROUNDS} tries: "
            "give the kind more digits (credentials.identifiers.digits)"
        )

    def _found(self, wanted: Sequence[_Wanted]) -> dict[bytes, _Found]:
        rows: dict[bytes, list[Row]] = {each.key_hash: [] for each in wanted}
        for row in self._rows(wanted):
            rows[row.key_hash].append(row)
        found = {}
        for key, of_key in rows.items():
            issued = [row for row in of_key if row.state not in _UNISSUED]
            after = [row for row in of_key if not issued or row.revision > issued[-1].revision]
            found[key] = _Found(issued[-1] if issued else None, after[0] if after else None)
        return found

    def _there(
        self, wanted: Sequence[_Wanted], found: Mapping[bytes, _Found]
    ) -> dict[bytes, Reservation]:
        by_key = {each.key_hash: each for each in wanted}
        rows = {key: _row_of(by_key[key], found[key]) for key in by_key}
        newest = {key: row for key, row in rows.items() if row is not None}
        renewed = self._renew(
            [
                (by_key[key], row)
                for key, row in newest.items()
                if _may_use(by_key[key], row) and not _is_as_wanted(by_key[key], row)
            ]
        )
        return {
            key: renewed.get(row.credential_id) or _answer(by_key[key], row)
            for key, row in newest.items()
        }

    def _rows(self, wanted: Sequence[_Wanted]) -> list[Row]:
        query = (
            sa.select(*_COLUMNS, intake.c.state.label("holder_state"))
            .outerjoin(intake, intake.c.intake_id == credential.c.intake_id)
            .where(credential.c.kind.in_({each.request.kind for each in wanted}))
            .order_by(credential.c.revision)
        )
        keys = [each.key_hash for each in wanted]
        return self._unit.select_in(query, credential.c.key_hash, keys)

    def _renew(self, pairs: Sequence[tuple[_Wanted, Row]]) -> dict[str, Reservation]:
        """Make reservations those of new items, where nobody else was quicker; by number."""
        if not pairs:
            return {}
        untouched = self._lock_untouched([row for _, row in pairs])
        held = [(each, row) for each, row in pairs if row.credential_id in untouched]
        subjects = self._subjects([each for each, _ in held])
        slots = {each.key_hash: slot for each, row in held if (slot := row_slot(row))}
        self._add_slots(slots, [each for each, _ in held])
        renewed = [(each, _renewed(each, row, slots, subjects)) for each, row in held]
        numbers = [reservation.credential_id for _, reservation in renewed]
        identities = self._identities([each for each, _ in renewed], numbers)
        rows = [
            _renewed_row(*pair, identity)
            for pair, identity in zip(renewed, identities, strict=True)
        ]
        self._unit.update(credential, rows, by=["credential_id"])
        return {reservation.credential_id: reservation for _, reservation in renewed}

    def _lock_untouched(self, rows: Sequence[Row]) -> frozenset[str]:
        seen = {row.credential_id: (row.state, row.intake_id) for row in rows}
        lock = (
            sa.select(credential.c.credential_id, credential.c.state, credential.c.intake_id)
            .order_by(credential.c.credential_id)
            .with_for_update()
        )
        now = self._unit.select_in(lock, credential.c.credential_id, sorted(seen))
        return frozenset(row[0] for row in now if (row[1], row[2]) == seen[row[0]])

    def _insert(
        self,
        free: Sequence[_Wanted],
        slots: dict[bytes, StatusSlot],
        found: Mapping[bytes, _Found],
    ) -> dict[bytes, Reservation]:
        subjects = self._subjects(free)
        numbers = [self._new_number(each.request.digits) for each in free]
        now = self._unit.clock()
        rows = {
            each.key_hash: {
                **identity,
                "kind": each.request.kind,
                "revision": found[each.key_hash].revision,
                "subject": subjects[each.group_hash],
                "state": "reserved",
                "intake_id": each.request.intake_id,
                **_slot_row(slots.get(each.key_hash)),
                "reserved_at": now,
            }
            for each, identity in zip(free, self._identities(free, numbers), strict=True)
        }
        # In one order everywhere, so that two batches cannot wait for each other.
        ordered = [rows[key] for key in sorted(rows)]
        inserted = self._unit.insert_new(credential, ordered, credential.c.key_hash)
        return {
            key: Reservation(
                state="fresh",
                credential_id=rows[key]["credential_id"],
                revision=rows[key]["revision"],
                slot=slots.get(key),
                subject=rows[key]["subject"],
            )
            for key in inserted
        }

    def _subjects(self, free: Sequence[_Wanted]) -> dict[bytes, str]:
        """Return the subject of each group: the one it has, so that a new pepper changes none."""
        groups = list({each.group_hash for each in free})
        query = sa.select(credential.c.group_hash, credential.c.subject).distinct()
        known = self._unit.select_in(query, credential.c.group_hash, groups)
        made = {
            each.group_hash: hashes.subject_of(
                self._unit.vault, each.request.kind, each.request.group
            )
            for each in free
        }
        return made | {row.group_hash: row.subject for row in known}

    def _add_slots(self, slots: dict[bytes, StatusSlot], free: Sequence[_Wanted]) -> None:
        lists: dict[tuple[str, str], list[bytes]] = {}
        for each in free:
            purpose = each.request.list_purpose
            if purpose is not None and each.key_hash not in slots:
                lists.setdefault((each.request.kind, purpose), []).append(each.key_hash)
        for (kind, purpose), keys in sorted(lists.items()):
            slots |= zip(keys, Status(self._unit).take(kind, purpose, len(keys)), strict=True)

    def _wanted(self, request: ReservationRequest) -> _Wanted:
        vault, kind = self._unit.vault, request.kind
        return _Wanted(
            request=request,
            key_hash=hashes.key_hash(vault, kind, request.key),
            group_hash=hashes.group_hash(vault, kind, request.group),
            digest=hashes.digest_hash(vault, kind, request.digest),
        )

    def _identities(
        self, wanted: Sequence[_Wanted], numbers: Sequence[str]
    ) -> list[dict[str, Any]]:
        """Return what rows say of who they are about: hashes, and the texts behind them, sealed."""
        requests = [each.request for each in wanted]
        texts = [
            msgspec.json.encode(
                hashes.Identity(key=request.key, group=request.group, digest=request.digest)
            )
            for request in requests
        ]
        places = map(hashes.identity_place, numbers)
        sealed = self._unit.safe.seal_all("record", list(zip(places, texts, strict=True)))
        return [
            {
                "credential_id": number,
                "key_hash": each.key_hash,
                "group_hash": each.group_hash,
                "digest": each.digest,
                "pepper_version": self._unit.vault.pepper_version,
                "identity": identity,
            }
            for each, number, identity in zip(wanted, numbers, sealed, strict=True)
        ]

    def _new_number(self, digits: int) -> str:
        lowest = 10 ** (digits - 1)
        return str(lowest + self._unit.random_below(9 * lowest))


def _slot_row(slot: StatusSlot | None) -> dict[str, Any]:
    return {"status_list_id": slot and slot.list_id, "status_index": slot and slot.index}


def _renewed_row(
    each: _Wanted, renewed: Reservation, identity: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        "credential_id": renewed.credential_id,
        "state": "reserved",
        "intake_id": each.request.intake_id,
        "subject": renewed.subject,
        "group_hash": identity["group_hash"],
        "digest": identity["digest"],
        "identity": identity["identity"],
        **_slot_row(renewed.slot),
    }


def _without(wanted: Sequence[_Wanted], decided: dict[bytes, Reservation]) -> list[_Wanted]:
    return [each for each in wanted if each.key_hash not in decided]


def _row_of(each: _Wanted, found: _Found) -> Row | None:
    """Return the row that decides: a correction goes beyond the one whose place it takes."""
    if found.issued is None or not _goes_beyond(each, found.issued):
        return found.issued or found.next
    return found.next


def _goes_beyond(each: _Wanted, issued: Row) -> bool:
    request = each.request
    differs = bool(issued.digest != each.digest)
    if request.supersedes is None:
        return request.after_revocation and issued.state == "revoked" and differs
    if request.supersedes != issued.credential_id or issued.state != "current":
        return False
    return request.again or differs


def _may_use(each: _Wanted, row: Row) -> bool:
    """Say whether an unissued credential is this item's, or nobody's any more."""
    if row.state == "reserved":
        return each.request.intake_id == row.intake_id or bool(row.holder_state != "waiting")
    return bool(row.state == "refused")


def _is_as_wanted(each: _Wanted, row: Row) -> bool:
    """Say whether the row already stands as this very request would make it."""
    request = each.request
    wanted = ("reserved", request.intake_id, each.digest, each.group_hash)
    there = (row.state, row.intake_id, row.digest, row.group_hash)
    lacks_slot = request.list_purpose is not None and row_slot(row) is None
    return not lacks_slot and bool(wanted == there)


def _answer(each: _Wanted, row: Row) -> Reservation:
    return Reservation(
        state=_state(each, row),
        credential_id=row.credential_id,
        revision=row.revision,
        slot=row_slot(row),
        subject=row.subject,
    )


def _state(each: _Wanted, row: Row) -> ReservationState:
    if row.state not in _UNISSUED:
        if row.digest == each.digest and _answers(each, row):
            return "known"
        return "outdated" if each.request.supersedes else "differs"
    return "resumed" if _is_as_wanted(each, row) else "busy"


def _answers(each: _Wanted, row: Row) -> bool:
    """A wish to issue once more is not answered by what it wanted superseded."""
    return not each.request.again or bool(each.request.supersedes == row.supersedes)


def _renewed(
    each: _Wanted,
    row: Row,
    slots: dict[bytes, StatusSlot],
    subjects: dict[bytes, str],
) -> Reservation:
    return Reservation(
        state="resumed",
        credential_id=row.credential_id,
        revision=row.revision,
        slot=slots.get(each.key_hash),
        subject=subjects[each.group_hash],
    )


def row_slot(row: Row) -> StatusSlot | None:
    """Return the slot of a credential's row."""
    if row.status_list_id is None:
        return None
    return StatusSlot(list_id=row.status_list_id, index=row.status_index)
