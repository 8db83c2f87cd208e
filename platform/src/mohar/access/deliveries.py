"""The delivery log, for actors who may operate the kinds it is about."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from mohar.access.permit import Permits
from mohar.domain.access import Actor
from mohar.domain.errors import Conflict, NotFound
from mohar.store import Store, Work
from mohar.store.delivery_rows import KeptAttempt, KeptDelivery, Wanted


class DeliveryLog:
    """What was told to whom, how often and with what answer; nothing of what was said."""

    def __init__(self, store: Store, permits: Permits, kinds: Sequence[str]) -> None:
        self._store = store
        self._permits = permits
        self._kinds = kinds

    def listed(self, actor: Actor, wanted: Wanted, limit: int) -> Sequence[KeptDelivery]:
        """
        Return deliveries of the kinds this actor may operate, the newest first.

        Raises:
            NotPermitted: there is no such kind.
        """
        if not self._permits.allows(actor, "operate"):
            mine = tuple(each for each in self._kinds if self._may(actor, each))
            if not mine:
                self._permits.require(actor, "operate")
            wanted = msgspec.structs.replace(wanted, kinds=mine)
        with self._store.read() as work:
            return work.deliveries.listed(wanted, limit)

    def show(self, actor: Actor, delivery_id: str) -> tuple[KeptDelivery, Sequence[KeptAttempt]]:
        """Return a delivery and its attempts. Raises NotFound for "no such" and "not yours"."""
        with self._store.read() as work:
            found = self._found(work, actor, delivery_id)
            return found, work.deliveries.attempts(delivery_id)

    def redeliver(self, actor: Actor, delivery_id: str) -> KeptDelivery:
        """
        Let a delivery that was delivered or is dead be due at once; return it as it is then.

        Raises:
            NotFound: no such, or not yours.
            Conflict: it waits already.
        """
        with self._store.begin() as work:
            self._found(work, actor, delivery_id)
            if not work.deliveries.redeliver([delivery_id]):
                raise Conflict("this delivery waits already; it is tried at `due_at`")
            return self._found(work, actor, delivery_id)

    def _may(self, actor: Actor, kind: str) -> bool:
        return self._permits.allows(actor, "operate", kind)

    def _found(self, work: Work, actor: Actor, delivery_id: str) -> KeptDelivery:
        found = work.deliveries.find(delivery_id)
        if found is None or not self._may(actor, found.kind):
            raise NotFound("there is no such delivery of yours")
        return found
