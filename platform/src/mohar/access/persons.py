"""What is kept of one person, told to that person or removed for good."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from mohar.access.permit import Permits
from mohar.access.shares import Share, share_of
from mohar.domain.access import Actor
from mohar.domain.errors import Conflict, NotFound
from mohar.domain.request import spelt
from mohar.domain.values import JsonObject
from mohar.store import Store, Work
from mohar.store.audit import NewEntry
from mohar.store.read_rows import KeptRead
from mohar.store.rows import StoredCredential

_MOST_READS: Final = 1_000


class StillWaiting(Conflict):
    """Something of this person has no answer yet, and would be lost with what is erased."""

    code = "person-waits"


class Persons:
    """
    Dossiers and erasures, for who may operate. A person is found by the group of a kind.

    Both stand in the audit log, by the numbers of the credentials.
    """

    def __init__(self, store: Store, permits: Permits, kinds: Sequence[str]) -> None:
        self._store = store
        self._permits = permits
        self._kinds = kinds

    def dossier(self, actor: Actor, kind: str, group: str) -> JsonObject:
        """
        Return everything that is kept of a person, the last thousand reads of each credential too.

        Raises:
            NotPermitted: the actor may not operate.
            NotFound: there is no such kind, or nobody of that group.
        """
        self._must_be_allowed(actor, kind)
        with self._store.begin() as work:
            held = _held(work, kind, group)
            work.audit.append([_entry(actor, "tell-dossier", each) for each in held])
            return {"kind": kind, **_told(work, held)}

    def erase(self, actor: Actor, kind: str, group: str) -> Sequence[str]:
        """
        Remove every personal value of a person, and return the numbers of the credentials.

        Numbers, states, the sealed texts behind the hashes and the audit log stay, so that what was
        printed verifies as what it is and nothing is issued twice.

        Raises:
            NotPermitted, NotFound: as above.
            StillWaiting: a request or a message of this person waits for its answer.
            Unavailable: nothing was removed.
        """
        self._must_be_allowed(actor, kind)
        with self._store.begin() as work:
            held = _held(work, kind, group)
            numbers = [each.credential_id for each in held]
            if work.persons.waits(numbers):
                raise StillWaiting("a request or a message of this person waits; answer it first")
            work.persons.erase(held)
            work.audit.append([_entry(actor, "erase", each) for each in held])
        return numbers

    def _must_be_allowed(self, actor: Actor, kind: str) -> None:
        self._permits.require(actor, "operate")
        if kind not in self._kinds:
            raise NotFound("there is no such kind in this deployment")


def _held(work: Work, kind: str, group: str) -> Sequence[StoredCredential]:
    held = work.credentials.by_group(kind, group)
    if not held:
        raise NotFound("there is no credential of this person")
    return held


def _entry(actor: Actor, action: str, stored: StoredCredential) -> NewEntry:
    return NewEntry(actor_id=actor.actor_id, action=action, subject=stored.credential_id)


def _told(work: Work, held: Sequence[StoredCredential]) -> JsonObject:
    told = {
        "credentials": _credentials(work, held),
        "requests": _requests(work, [each.credential_id for each in held]),
    }
    return {**told, "notices": work.notices.texts(_versions(told))}


def _credentials(work: Work, held: Sequence[StoredCredential]) -> list[JsonObject]:
    numbers = [each.credential_id for each in held]
    bodies = work.credentials.bodies(numbers)
    records = work.credentials.record_of(numbers)
    handles = work.credentials.handles(numbers)
    return [
        {
            "credential_id": each.credential_id,
            "revision": each.revision,
            "state": each.state,
            "issued_at": each.issued_at,
            "handles": {one.name: one.masked for one in handles.get(each.credential_id, ())},
            "record": records[each.credential_id].content
            if each.credential_id in records
            else None,
            "bodies": [
                {"name": body.body, "created": body.created, "document": body.document or None}
                for body in bodies.get(each.credential_id, ())
            ],
            "share": _share(share_of(work, each.credential_id)),
            "reads": [
                _read(read)
                for read in work.reads.of_credential(each.credential_id, limit=_MOST_READS)
            ],
        }
        for each in held
    ]


def _requests(work: Work, numbers: Sequence[str]) -> list[JsonObject]:
    return [
        {
            "tracking": spelt(each.tracking),
            "type": each.type,
            "state": each.state,
            "opened_at": each.opened_at,
            "notice": each.notice,
            "contents": work.requests.contents(each.tracking),
        }
        for each in work.persons.requests(numbers)
    ]


def _share(share: Share | None) -> JsonObject | None:
    """The link itself is a key, and whoever prints a dossier is not to have it."""
    return {"until": share.until, "notice": share.notice} if share else None


def _read(read: KeptRead) -> JsonObject:
    return {
        "at": read.at,
        "actor": read.actor_id,
        "purpose": read.purpose,
        "channel": read.channel,
        "outcome": read.outcome,
        "notice": read.notice,
    }


def _versions(told: Mapping[str, Sequence[JsonObject]]) -> set[str]:
    """Return the notices that anything of this rests on."""
    credentials = told["credentials"]
    resting = [
        *told["requests"],
        *(read for each in credentials for read in each["reads"]),
        *(each["share"] for each in credentials if each["share"]),
    ]
    return {each["notice"] for each in resting} - {""}
