"""Credentials already issued, handed to those who may have them."""

from __future__ import annotations

from asyncio import to_thread
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from mohar.access.easel import Drawn, Easel
from mohar.access.hand_over import NEVER_ISSUED, Handed, HandOver, Wish, in_vain
from mohar.access.ids import can_be_an_id
from mohar.access.opened import record_in, record_of
from mohar.access.pages import NO_SUCH, FoundPage, Pages, PageWish
from mohar.access.permit import Permits
from mohar.access.pictures import Page, Pictures
from mohar.access.read_log import ReadLog
from mohar.access.visit import Visit
from mohar.access.watch import Watch
from mohar.domain.access import Actor, Reason
from mohar.domain.credential import Outcome, Secured
from mohar.domain.errors import InvalidInput, NotFound, Refused
from mohar.domain.findings import Refusal
from mohar.domain.rendition import Rendition, Wanted
from mohar.plugin import Lookup, Match
from mohar.rendering.drawing import Drawing, Option
from mohar.store import Store, Work
from mohar.store.read_rows import NewRead
from mohar.store.rows import Sought, StoredCredential
from mohar.store.vault import Damaged

_FINDING: Final = ("search", "revoke", "correct")
_UNSTATED: Final = Reason()


class Access:
    """
    Reads for an actor.

    "No such credential" and "not yours" are one answer (NotFound); a store that does not answer
    is Unavailable, and neither is the other. Each read, and each try to, is written down before it
    is answered; where that cannot be done, it is Unavailable and nothing is shown.
    """

    def __init__(
        self,
        *,
        store: Store,
        permits: Permits,
        drawing: Drawing,
        keys: Mapping[str, Sequence[str]],
        log: ReadLog,
        watch: Watch,
    ) -> None:
        self._log = log
        self._hand_over = HandOver(store, log, permits)
        self._store = store
        self._permits = permits
        self._pictures = Pictures(drawing)
        self._pages = Pages(store, permits, self._pictures)
        self._easel = Easel(drawing, self._pictures)
        self._keys = keys
        self._watch = watch

    def bodies(
        self,
        actor: Actor,
        credential_id: str,
        body: str | None = None,
        *,
        reason: Reason = _UNSTATED,
    ) -> Sequence[Secured]:
        """
        Return the signed bodies of one credential, or those of the body or profile named.

        Raises:
            NotFound: no such credential, not this actor's, or no such body.
        """
        wish = Wish(visit=Visit(actor, reason), credential_id=credential_id, body=body)
        return self._taken(wish, self._hand_over.ask(wish))

    def body(
        self,
        actor: Actor,
        credential_id: str,
        body: str | None = None,
        *,
        reason: Reason = _UNSTATED,
    ) -> Secured:
        """Return the first of the bodies that `bodies` returns; raises as it does."""
        wish = _wish_for_one(actor, credential_id, body, reason)
        return self._taken(wish, self._hand_over.ask(wish))[0]

    async def body_soon(
        self,
        actor: Actor,
        credential_id: str,
        body: str | None = None,
        *,
        reason: Reason = _UNSTATED,
    ) -> Secured:
        """Return the same to one who waits in an event loop."""
        wish = _wish_for_one(actor, credential_id, body, reason)
        handed = await self._hand_over.ask_soon(wish)
        if handed.bodies:
            return self._taken(wish, handed)[0]
        # Who finds nothing may be one to be told of, and that is written down.
        return (await to_thread(self._taken, wish, handed))[0]

    def draw(
        self, actor: Actor, credential_id: str, wanted: Wanted, *, reason: Reason = _UNSTATED
    ) -> Rendition:
        """
        Return one picture of a credential; of one that was corrected, that of its successor.

        Raises:
            NotFound: no such credential, or none that can be drawn like that.
            NoLongerValid: it is revoked or suspended.
            InvalidInput: it cannot be drawn whole, or the body it would be drawn from could not be
                issued; the findings say why.
        """
        visit = Visit(actor, reason)
        wish = PageWish(actor=actor, credential_id=credential_id, wanted=wanted)
        found = self._pages.ask(wish)
        page = self._drawable(visit, credential_id, found)
        drawn = self._easel.draw(page, wanted)
        self._log.write(_reads_of_picture(visit, found, page, drawn))
        return _picture(drawn)

    async def draw_soon(
        self, actor: Actor, credential_id: str, wanted: Wanted, *, reason: Reason = _UNSTATED
    ) -> Rendition:
        """Return the same to one who waits in an event loop. Raises as `draw` does."""
        visit = Visit(actor, reason)
        wish = PageWish(actor=actor, credential_id=credential_id, wanted=wanted)
        found = await self._pages.ask_soon(wish)
        # Why it is not drawn is written down, and perhaps somebody to be told of.
        page = (
            self._drawable(visit, credential_id, found)
            if found.page
            else await to_thread(self._drawable, visit, credential_id, found)
        )
        drawn = await self._easel.draw_soon(page, wanted)
        await self._log.write_soon(_reads_of_picture(visit, found, page, drawn))
        return _picture(drawn)

    def drawings(
        self,
        actor: Actor,
        secured: Secured,
        *,
        language: str | None = None,
        suffix: str | None = None,
        wishes: Mapping[str, str] | None = None,
        reason: Reason = _UNSTATED,
    ) -> Sequence[tuple[Option, Rendition | Refusal]]:
        """Return one credential in every rendering of its body, or in those with this suffix."""
        record = record_of(self._store, secured.credential_id)
        self._permits.require(actor, "read", secured.kind, record=record)
        with self._store.read() as work:
            same = self._pictures.drawn_with(work, secured)
        # Who has this body was written down when it was handed over.
        others = [each for each in same if each.credential_id != secured.credential_id]
        self._log.write([Visit(actor, reason).shown(each) for each in others])
        return self._pictures.every(
            secured, same, language=language, suffix=suffix, wishes=wishes or {}
        )

    def behind(
        self, actor: Actor, outcomes: Sequence[Outcome], *, reason: Reason = _UNSTATED
    ) -> Sequence[Secured]:
        """
        Return the signed bodies behind the outcomes of a submission, for its own submitter.

        No permission is asked for: who may see the outcomes sent the very records.
        """
        issued = list(dict.fromkeys(each.credential_id for each in outcomes if each.credential_id))
        with self._store.read() as work:
            found = work.credentials.bodies(issued)
        visit = Visit(actor, reason)
        self._log.write([visit.shown(there[0]) for there in found.values()])
        return [body for credential_id in issued for body in found.get(credential_id, ())]

    def current(
        self, actor: Actor, kind: str, key: Mapping[str, Any], *, reason: Reason = _UNSTATED
    ) -> Sequence[Secured]:
        """
        Return the current bodies of one natural key, oldest first.

        Raises:
            InvalidInput: the key does not name every part of the kind's natural key.
            NotPermitted: the actor may not search this kind.
        """
        visit = Visit(actor, reason)
        self._must_search(visit, kind, "search")
        wanted = msgspec.json.encode(self._key_parts(kind, key)).decode()
        with self._store.read() as work:
            current = [
                each.credential_id
                for each in work.credentials.by_key(kind, wanted)
                if each.state == "current" and self._may(work, actor, each, "search")
            ]
            found = work.credentials.bodies(current)
        self._watch.saw(actor.actor_id, f"{kind} {wanted}", hit=bool(found))
        shown = [visit.shown(there[0]) for there in found.values()]
        self._log.write(shown or [visit.in_vain("not-found", kind)])
        return [body for credential_id in current for body in found.get(credential_id, ())]

    def look_up(
        self, actor: Actor, wanted: Lookup, *, reason: Reason = _UNSTATED
    ) -> Sequence[Match]:
        """
        Return the current credentials that all of this is true of, the oldest first.

        Raises:
            NotFound: there is no such kind.
            InvalidInput: nothing is given that could tell one holder from another, or a part of the
                natural key is missing.
            NotPermitted: the actor may not search this kind.
        """
        if wanted.kind not in self._keys:
            raise NotFound("there is no such kind")
        self._watch.must_not_be_slowed(actor.actor_id, wanted.client)
        visit = Visit(actor, reason)
        self._must_search(visit, wanted.kind, "search")
        asked = self._sought(wanted)
        with self._store.read() as work:
            stored = [
                each
                for each in work.credentials.look_up(asked)
                if self._may(work, actor, each, "search")
            ]
            numbers = [each.credential_id for each in stored]
            bodies = work.credentials.bodies(numbers)
            handles = work.credentials.handles(numbers)
        self._watch.saw(
            actor.actor_id,
            msgspec.json.encode(asked).decode(),
            hit=bool(stored),
            client=wanted.client,
        )
        self._log.write(
            [visit.to(each, "shown") for each in stored]
            or [visit.in_vain("not-found", wanted.kind, asked_for=wanted.credential_id)]
        )
        return [
            Match(
                credential_id=each.credential_id,
                revision=each.revision,
                masked={h.name: h.masked for h in handles.get(each.credential_id, ())},
                secured=tuple(bodies.get(each.credential_id, ())),
            )
            for each in stored
        ]

    def _sought(self, wanted: Lookup) -> Sought:
        parts = self._key_parts(wanted.kind, wanted.key) if wanted.key else None
        if not (wanted.credential_id or wanted.group or parts or wanted.handles):
            raise InvalidInput("a look-up names an id, a group, a natural key or a handle")
        return Sought(
            kind=wanted.kind,
            credential_id=wanted.credential_id or None,
            group=wanted.group or None,
            key=msgspec.json.encode(parts).decode() if parts else None,
            handles=tuple(wanted.handles.items()),
        )

    def revisions(
        self,
        actor: Actor,
        kind: str,
        keys: Sequence[Mapping[str, Any]],
        *,
        reason: Reason = _UNSTATED,
    ) -> Sequence[Sequence[StoredCredential]]:
        """
        Return all revisions of each natural key, the oldest first.

        Raises:
            InvalidInput: a key does not name every part of the kind's natural key.
            NotPermitted: the actor may neither search this kind nor change credentials of it.
        """
        visit = Visit(actor, reason)
        self._must_search(visit, kind, *_FINDING)
        wanted = [msgspec.json.encode(self._key_parts(kind, key)).decode() for key in keys]
        with self._store.read() as work:
            found = [
                [each for each in there if self._may(work, actor, each, *_FINDING)]
                for there in work.credentials.by_keys(kind, wanted)
            ]
        for text, there in zip(wanted, found, strict=True):
            self._watch.saw(actor.actor_id, f"{kind} {text}", hit=bool(there))
        self._log.write(_reads_of(visit, kind, found))
        return found

    def _must_search(self, visit: Visit, kind: str, *actions: str) -> None:
        """Raise NotPermitted for who may do none of it to any record, and write that down."""
        if not any(self._permits.allows_some(visit.actor, each, kind) for each in actions):
            self._log.write([visit.in_vain("refused", kind if kind in self._keys else "")])
            self._permits.require_some(visit.actor, "search", kind)

    def revisions_of(
        self,
        actor: Actor,
        kind: str,
        credential_ids: Sequence[str],
        *,
        reason: Reason = _UNSTATED,
    ) -> Sequence[Sequence[StoredCredential]]:
        """
        Return, for each number, all revisions of its natural key, the oldest first.

        Raises:
            NotFound: there is no such kind.
            NotPermitted: the actor may neither search this kind nor change credentials of it.
        """
        if kind not in self._keys:
            raise NotFound("there is no such kind")
        visit = Visit(actor, reason)
        self._must_search(visit, kind, *_FINDING)
        numbers = [each for each in credential_ids if can_be_an_id(each)]
        with self._store.read() as work:
            held = work.credentials.revisions(numbers)
            found = [
                [
                    each
                    for each in held.get(number, ())
                    if each.kind == kind and self._may(work, actor, each, *_FINDING)
                ]
                for number in credential_ids
            ]
        self._log.write(_reads_of(visit, kind, found))
        return found

    def _key_parts(self, kind: str, key: Mapping[str, Any]) -> list[Any]:
        paths = self._keys.get(kind)
        if paths is None:
            raise NotFound("there is no such kind")
        if set(paths) != set(key):
            raise InvalidInput(f"the natural key of {kind} is {', '.join(paths)}: give all of it")
        return [key[path] for path in paths]

    def readable(self, visit: Visit, credential_id: str) -> StoredCredential:
        """Return a credential that this actor may read. Raises NotFound, and writes that down."""
        stored, may_read = None, False
        if can_be_an_id(credential_id):
            with self._store.read() as work:
                stored = work.credentials.find([credential_id]).get(credential_id)
                may_read = stored is not None and self._may_read(work, visit.actor, stored)
        return self._let_through(visit, credential_id, stored, may_read=may_read)

    def _let_through(
        self, visit: Visit, credential_id: str, stored: StoredCredential | None, *, may_read: bool
    ) -> StoredCredential:
        self._watch.saw(visit.actor.actor_id, credential_id, hit=may_read)
        if stored is not None and may_read:
            return stored
        self._log.write([in_vain(visit, credential_id, stored)])
        raise NotFound(NO_SUCH)

    def _drawable(self, visit: Visit, credential_id: str, found: FoundPage) -> Page:
        """Return what is to be drawn. Raises why there is nothing, which is written down."""
        if isinstance(found.why_not, Damaged):
            raise found.why_not
        stored = self._let_through(visit, credential_id, found.stored, may_read=found.may_read)
        if found.page is None:
            self._log.write([visit.to(stored, "refused")])
            raise found.why_not or NotFound(NO_SUCH)
        return found.page

    def _taken(self, wish: Wish, handed: Handed) -> Sequence[Secured]:
        self._watch.saw(wish.visit.actor.actor_id, wish.credential_id, hit=handed.may_read)
        if handed.damage:
            raise handed.damage
        if not handed.bodies:
            raise NotFound(NO_SUCH)
        return handed.bodies

    def _may_read(self, work: Work, actor: Actor, stored: StoredCredential) -> bool:
        return stored.state not in NEVER_ISSUED and self._may(work, actor, stored, "read")

    def _may(self, work: Work, actor: Actor, stored: StoredCredential, *actions: str) -> bool:
        record = record_in(work, stored.credential_id)
        return any(
            self._permits.allows(actor, each, stored.kind, record=record) for each in actions
        )


def _wish_for_one(actor: Actor, credential_id: str, body: str | None, reason: Reason) -> Wish:
    return Wish(visit=Visit(actor, reason), credential_id=credential_id, body=body, only_first=True)


def _reads_of_picture(
    visit: Visit, found: FoundPage, page: Page, drawn: Drawn
) -> Sequence[NewRead]:
    """Return the rows of one that was drawn, or refused; one that may be drawn later has none."""
    if isinstance(drawn, Rendition):
        return [visit.shown(secured) for secured in page.shown]
    if isinstance(drawn, Refused) and found.stored is not None:
        return [visit.to(found.stored, "refused")]
    return ()


def _picture(drawn: Drawn) -> Rendition:
    if isinstance(drawn, Rendition):
        return drawn
    raise drawn


def _reads_of(
    visit: Visit, kind: str, found: Sequence[Sequence[StoredCredential]]
) -> list[NewRead]:
    return [
        read
        for there in found
        for read in (
            [visit.to(each, "shown") for each in there] or [visit.in_vain("not-found", kind)]
        )
    ]
