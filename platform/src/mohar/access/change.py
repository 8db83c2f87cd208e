"""Somebody wants a credential revoked, suspended or restored, or asks what became of one."""

from __future__ import annotations

from collections.abc import Sequence

from mohar.access.ids import can_be_an_id
from mohar.access.opened import record_of
from mohar.access.permit import Permits
from mohar.domain.access import Actor
from mohar.domain.errors import NotFound
from mohar.revoking.change import Changed, Revoking, Wish, must_be_possible
from mohar.store import Store
from mohar.store.rows import KeptChange, StoredCredential

_NOT_FOUND = "there is no such credential for this caller"


class Changes:
    """Changes credentials for actors whose scopes say `revoke`, and tells them the history."""

    def __init__(self, store: Store, permits: Permits, revoking: Revoking) -> None:
        self._store = store
        self._permits = permits
        self._revoking = revoking

    def change(
        self, actor: Actor, wish: Wish, credential_id: str, *, dry_run: bool = False
    ) -> Changed:
        """
        Do as wished to one credential.

        Raises:
            NotFound: no such credential, or one of a kind that this actor may not even read.
            NotPermitted: the actor may read this kind and not revoke it.
            NotChangeable: its state does not allow it.
            InvalidInput, Unavailable: see `Revoking.change`.
        """
        stored = self._visible(actor, credential_id)
        record = record_of(self._store, credential_id)
        self._permits.require(actor, "revoke", stored.kind, record=record)
        (answer,) = self._revoking.change(wish, [credential_id], dry_run=dry_run)
        must_be_possible(answer, wish.action)
        return answer

    def revoke_all(
        self, actor: Actor, kind: str, credential_ids: Sequence[str], reason: str
    ) -> Sequence[Changed]:
        """
        Revoke credentials of one kind in one transaction.

        Raises:
            NotPermitted: the actor may not revoke this kind.
            NotFound: one of them is not there, of another kind, or outside the actor's limits.
            InvalidInput, Unavailable: see `Revoking.change`; nothing was changed.
        """
        self._permits.require_some(actor, "revoke", kind)
        with self._store.read() as work:
            found = work.credentials.find(credential_ids)
        if any(each not in found or found[each].kind != kind for each in credential_ids):
            raise NotFound(_NOT_FOUND)
        if not all(self._may_revoke(actor, kind, each) for each in credential_ids):
            raise NotFound(_NOT_FOUND)
        wish = Wish(action="revoke", actor_id=actor.actor_id, reason=reason)
        return self._revoking.change(wish, credential_ids)

    def history(
        self, actor: Actor, credential_id: str
    ) -> tuple[StoredCredential, Sequence[KeptChange]]:
        """
        Return a credential and what became of it, the oldest change first.

        Raises:
            NotFound: no such credential, or one of a kind this actor may neither read nor revoke.
        """
        stored = self._visible(actor, credential_id)
        with self._store.read() as work:
            return stored, work.lifecycle.history([credential_id])[credential_id]

    def _may_revoke(self, actor: Actor, kind: str, credential_id: str) -> bool:
        record = record_of(self._store, credential_id)
        return self._permits.allows(actor, "revoke", kind, record=record)

    def _visible(self, actor: Actor, credential_id: str) -> StoredCredential:
        if not can_be_an_id(credential_id):
            raise NotFound(_NOT_FOUND)
        with self._store.read() as work:
            stored = work.credentials.find([credential_id]).get(credential_id)
        if stored is None or stored.issued_at is None:
            raise NotFound(_NOT_FOUND)
        record = record_of(self._store, credential_id)
        if not any(
            self._permits.allows(actor, may, stored.kind, record=record)
            for may in ("read", "revoke")
        ):
            raise NotFound(_NOT_FOUND)
        return stored
