"""Somebody asks for another form of a credential: may they, and what may they get?"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from mohar.access.ids import can_be_an_id
from mohar.access.permit import Permits
from mohar.domain.access import Actor
from mohar.domain.errors import NotFound
from mohar.issuing.add import Added, Adder
from mohar.issuing.hold import Hold
from mohar.store import Store

_NOT_FOUND = "there is no such credential for this caller"


class Additions:
    """Adds bodies to issued credentials for an actor who may issue their kind."""

    def __init__(self, store: Store, permits: Permits, adder: Adder, hold: Hold) -> None:
        self._store = store
        self._permits = permits
        self._adder = adder
        self._hold = hold

    def add(self, actor: Actor, credential_id: str, formats: Sequence[str]) -> Added:
        """
        Add bodies; signed ones are in the answer where the actor may read them, too.

        Raises:
            NotFound: no such credential, or one of a kind that this actor may not even read.
            NotPermitted: the actor may read this kind and not issue it.
            Paused: nothing of this kind is signed at the moment.
            InvalidInput, Conflict, Unavailable: see `Adder.add`.
        """
        kind = self._kind_of(credential_id)
        may_read = kind is not None and self._permits.allows(actor, "read", kind)
        if kind is None or not (may_read or self._permits.allows(actor, "issue", kind)):
            raise NotFound(_NOT_FOUND)
        self._permits.require(actor, "issue", kind)
        with self._store.read() as work:
            self._hold.must_not_hold(work, kind)
        added = self._adder.add(credential_id, formats, actor_id=actor.actor_id)
        return added if may_read else msgspec.structs.replace(added, secured=())

    def _kind_of(self, credential_id: str) -> str | None:
        if not can_be_an_id(credential_id):
            return None
        with self._store.read() as work:
            stored = work.credentials.find([credential_id]).get(credential_id)
        if stored is None or stored.state in {"reserved", "refused"}:
            return None
        return stored.kind
