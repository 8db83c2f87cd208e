"""Credentials are found, opened and handed over in batches, each with its row in the log of reads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from mohar.access.ids import can_be_an_id
from mohar.access.opened import record_in
from mohar.access.permit import Permits
from mohar.access.read_log import ReadLog
from mohar.access.together import Together
from mohar.access.visit import Visit
from mohar.domain.access import Actor
from mohar.domain.credential import Secured
from mohar.store import Store, Work
from mohar.store.credentials import Unopened
from mohar.store.read_rows import NewRead
from mohar.store.rows import StoredCredential
from mohar.store.vault import Damaged

NEVER_ISSUED: Final = frozenset({"reserved", "refused"})

MayRead = Callable[[Actor, StoredCredential], bool]


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """Bodies of one credential that somebody asks for: all of them, those named, or the first."""

    visit: Visit
    credential_id: str
    body: str | None = None
    only_first: bool = False


class Handed(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a wish: whether this caller may read it, and the bodies, in their order."""

    may_read: bool
    bodies: tuple[Secured, ...] = ()
    damage: Damaged | None = None


class HandOver:
    """
    Finds credentials and hands over their bodies, for all who ask at the same time.

    One transaction finds them, asks whether each caller may read them, opens what may be seen and
    writes down who has seen it. A caller whom no record limits is asked about once for each kind
    and batch; a plugin that takes long to say so keeps the others of its batch waiting.
    """

    def __init__(self, store: Store, log: ReadLog, permits: Permits) -> None:
        self._store = store
        self._log = log
        self._permits = permits
        self._together: Together[Wish, Handed] = Together(self._hand_over)

    def ask(self, wish: Wish) -> Handed:
        """
        Return what became of a wish, when it is written down for good.

        Raises:
            Unavailable: it could not be looked up, or not be written down.
        """
        return self._together.ask(wish)

    async def ask_soon(self, wish: Wish) -> Handed:
        """Return the same to one who waits in an event loop. Raises as `ask` does."""
        return await self._together.ask_soon(wish)

    def _hand_over(self, wishes: Sequence[Wish]) -> Sequence[Handed]:
        numbers = {each.credential_id for each in wishes if can_be_an_id(each.credential_id)}
        with self._store.begin() as work:
            found = work.credentials.unopened(list(numbers))
            may_read = asking_once(self._permits, work)
            told = [_told(each, found.get(each.credential_id), may_read) for each in wishes]
            self._log.keep(work, [read for _, read in told])
        return [handed for handed, _ in told]


def in_vain(visit: Visit, credential_id: str, stored: StoredCredential | None) -> NewRead:
    """Return the row of a try for what is not there, or not for this caller."""
    if stored is None or stored.state in NEVER_ISSUED:
        return visit.in_vain("not-found", asked_for=credential_id)
    return visit.to(stored, "refused")


def asking_once(permits: Permits, work: Work) -> MayRead:
    """Return what says who may read what, and asks once about a caller whom no record limits."""
    known: dict[tuple[Actor, str], bool] = {}

    def may_read(actor: Actor, stored: StoredCredential) -> bool:
        if stored.state in NEVER_ISSUED:
            return False
        asked = (actor, stored.kind)
        if asked in known:
            return known[asked]
        record = record_in(work, stored.credential_id)
        answer = permits.allows(actor, "read", stored.kind, record=record)
        if not actor.is_limited("read", stored.kind):
            known[asked] = answer
        return answer

    return may_read


def _told(
    wish: Wish, there: tuple[StoredCredential, Sequence[Unopened]] | None, may_read: MayRead
) -> tuple[Handed, NewRead]:
    """Return the answer to a wish, and the row of the log that tells of it."""
    stored, bodies = there or (None, ())
    if stored is None or not may_read(wish.visit.actor, stored):
        return Handed(may_read=False), in_vain(wish.visit, wish.credential_id, stored)
    chosen = [each for each in bodies if wish.body in (None, each.name, each.profile)]
    try:
        handed = Handed(may_read=True, bodies=_opened(chosen, only_first=wish.only_first))
    except Damaged as damage:
        handed = Handed(may_read=True, damage=damage)
    return handed, wish.visit.to(stored, "shown" if handed.bodies else "refused")


def _opened(bodies: Sequence[Unopened], *, only_first: bool) -> tuple[Secured, ...]:
    opened = (secured for each in bodies if (secured := each.opened()) is not None)
    if only_first:
        first = next(opened, None)
        return (first,) if first else ()
    return tuple(opened)
