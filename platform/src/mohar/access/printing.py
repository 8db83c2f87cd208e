"""A worker at a facility prints the certificate of a holder who stands there."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import msgspec

from mohar.access.fetch import Access
from mohar.access.one_time import contact_of
from mohar.access.people import People
from mohar.access.permit import Permits
from mohar.config.holders import Holders as Section
from mohar.domain.access import Actor, Reason
from mohar.domain.errors import InvalidInput, NotFound, TooManyRequests
from mohar.domain.rendition import Rendition, Wanted
from mohar.domain.values import PartialDate, Personal
from mohar.store import Store
from mohar.store.audit import NewEntry

_IN_VAIN: Final = 30
_WITHIN: Final = timedelta(hours=1)


class ToPrint(Personal, frozen=True, kw_only=True):
    """Who stands there, and what for it is printed."""

    kind: str
    contact: str
    birth_date: str
    purpose: str
    language: str | None = None


class Printing:
    """
    Prints the newest certificate of the one person known by a contact and a date of birth.

    Who asked and what for stands in the audit log before anything is drawn, whether anybody was
    found or not. Nobody, another date of birth and more than one person are one answer.
    """

    def __init__(
        self,
        *,
        section: Section,
        store: Store,
        permits: Permits,
        access: Access,
        people: People,
        finder: Actor,
    ) -> None:
        self._section = section
        self._store = store
        self._permits = permits
        self._access = access
        self._people = people
        self._finder = finder

    def print(self, actor: Actor, wanted: ToPrint) -> Rendition:
        """
        Return the certificate as a PDF.

        Raises:
            NotPermitted: the actor has no scope `print` for this kind.
            InvalidInput: the contact, the date or the purpose has not its form.
            NotFound: nobody, or more than one, is known by both.
            TooManyRequests: this actor found nobody too often.
        """
        self._permits.require(actor, "print", wanted.kind)
        number = self._found(wanted)
        with self._store.begin() as work:
            in_vain = work.expiring.count(
                "print", actor.actor_id, _WITHIN, amount=0 if number else 1
            )
            work.audit.append([_entry(actor, wanted, number)])
        if in_vain > _IN_VAIN:
            raise TooManyRequests(int(_WITHIN.total_seconds()))
        if number is None:
            raise NotFound("nobody, or more than one person, is known by this contact and date")
        reader = msgspec.structs.replace(actor, scopes=frozenset({f"read:{wanted.kind}"}))
        return self._access.draw(
            reader,
            number,
            Wanted(suffix="pdf", language=wanted.language),
            reason=Reason(purpose=wanted.purpose, channel="print"),
        )

    def _found(self, wanted: ToPrint) -> str | None:
        contact, birth_date = self._read(wanted)
        people = [
            each for each in self._people.under(self._finder, contact) if each.kind == wanted.kind
        ]
        found = self._people.born_on(people, birth_date)
        return found[0].numbers[-1] if len(found) == 1 else None

    def _read(self, wanted: ToPrint) -> tuple[str, str]:
        if wanted.purpose not in self._section.purposes:
            known = ", ".join(self._section.purposes)
            raise InvalidInput(f"the purpose is one of {known}" if known else "nothing is printed")
        try:
            born = PartialDate.parse(wanted.birth_date)
        except ValueError as error:
            raise InvalidInput("the date of birth is a day, as in 1988-12-31") from error
        if not born.is_full:
            raise InvalidInput("the date of birth is a whole day, as in 1988-12-31")
        return contact_of(self._section, wanted.contact), str(born)


def _entry(actor: Actor, wanted: ToPrint, number: str | None) -> NewEntry:
    return NewEntry(
        actor_id=actor.actor_id,
        action="print",
        subject=number or "",
        count=1 if number else 0,
        facts={"kind": wanted.kind, "purpose": wanted.purpose},
    )
