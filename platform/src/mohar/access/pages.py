"""What stands on a picture is found and opened in batches, for all who ask at the same time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

import msgspec

from mohar.access.hand_over import MayRead, asking_once
from mohar.access.ids import can_be_an_id
from mohar.access.permit import Permits
from mohar.access.pictures import Page, Pictures
from mohar.access.together import Together
from mohar.domain.access import Actor
from mohar.domain.errors import Conflict, InvalidInput, NotFound
from mohar.domain.rendition import Wanted
from mohar.store import Store, Work
from mohar.store.credentials import Unopened
from mohar.store.rows import StoredCredential
from mohar.store.vault import Damaged

_Kept: TypeAlias = "tuple[StoredCredential, Sequence[Unopened]]"


NO_SUCH: Final = "there is no such credential for this caller"


class NoLongerValid(Conflict):
    """The credential is revoked or suspended: its signed form still verifies as such, no picture."""

    code = "no-longer-valid"

    def __init__(self) -> None:
        super().__init__("this credential is revoked or suspended, so it is not drawn any more")


class PageWish(msgspec.Struct, frozen=True, kw_only=True):
    """A picture of one credential that somebody asks for."""

    actor: Actor
    credential_id: str
    wanted: Wanted


class FoundPage(msgspec.Struct, frozen=True, kw_only=True):
    """
    What became of a wish: the credential, if there is one, and what is to be drawn of it.

    In place of a page that is not to be drawn stands why. It has neither where the caller may not
    read the credential.
    """

    stored: StoredCredential | None = None
    may_read: bool = False
    page: Page | None = None
    why_not: NotFound | InvalidInput | Conflict | Damaged | None = None


class Pages:
    """
    Finds credentials, and opens what stands on their pictures, for all who ask at the same time.

    One transaction looks for all of them. It writes nothing down: what became of a picture is known
    when it is drawn, and no transaction is open while anything is drawn.
    """

    def __init__(self, store: Store, permits: Permits, pictures: Pictures) -> None:
        self._store = store
        self._permits = permits
        self._pictures = pictures
        self._together: Together[PageWish, FoundPage] = Together(self._find)

    def ask(self, wish: PageWish) -> FoundPage:
        """Return what became of a wish. Raises Unavailable where it could not be looked up."""
        return self._together.ask(wish)

    async def ask_soon(self, wish: PageWish) -> FoundPage:
        """Return the same to one who waits in an event loop. Raises as `ask` does."""
        return await self._together.ask_soon(wish)

    def _find(self, wishes: Sequence[PageWish]) -> Sequence[FoundPage]:
        numbers = {each.credential_id for each in wishes if can_be_an_id(each.credential_id)}
        with self._store.read() as work:
            look = _looked(work, list(numbers), asking_once(self._permits, work))
            return [self._found(wish, look) for wish in wishes]

    def _found(self, wish: PageWish, look: _Look) -> FoundPage:
        stored, _ = look.kept.get(wish.credential_id, (None, ()))
        may_read = False
        try:
            may_read = stored is not None and look.may_read(wish.actor, stored)
            if stored is None or not may_read:
                return FoundPage(stored=stored)
            page = self._pictures.page(*_drawable(wish.actor, stored, look), wish.wanted)
        except (NotFound, InvalidInput, Conflict, Damaged) as error:
            return FoundPage(stored=stored, may_read=may_read, why_not=error)
        return FoundPage(stored=stored, may_read=True, page=page)


class _Look(msgspec.Struct, frozen=True, kw_only=True):
    """What a batch found: credentials, those that took the place of others, and who may read."""

    kept: Mapping[str, _Kept]
    later: Mapping[str, str]
    may_read: MayRead


def _looked(work: Work, numbers: Sequence[str], may_read: MayRead) -> _Look:
    kept = work.credentials.with_groups(numbers)
    superseded = [number for number, (each, _) in kept.items() if each.state == "superseded"]
    later = work.credentials.current_after(superseded) if superseded else {}
    missing = sorted(set(later.values()) - set(kept))
    if missing:
        kept = {**kept, **work.credentials.with_groups(missing)}
    return _Look(kept=kept, later=later, may_read=may_read)


def _drawable(actor: Actor, stored: StoredCredential, look: _Look) -> _Kept:
    """Return what is drawn for a credential: of one that was corrected, its successor."""
    number = stored.credential_id
    drawn, group = look.kept.get(look.later.get(number, number), (stored, ()))
    if drawn is not stored and not look.may_read(actor, drawn):
        raise NotFound(NO_SUCH)
    # One that took another's place may be revoked by the time it is looked at.
    if drawn.state != "current":
        raise NoLongerValid
    return drawn, group
