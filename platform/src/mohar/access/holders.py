"""Holders let themselves in: a code to the registered contact, masked members, one that is chosen."""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

import msgspec

from mohar.access.fetch import Access
from mohar.access.one_time import Codes, Confirmed, at
from mohar.access.people import People, Person, by_details
from mohar.config.holders import Holders as Section
from mohar.domain.access import OWN, Actor, Reason
from mohar.domain.consent import Notice
from mohar.domain.errors import NotAuthenticated, NotFound
from mohar.plugin import Match, Member
from mohar.store import Store

_TOKEN_BYTES: Final = 32
_TOKEN_LETTERS: Final = 43
_NO_MEMBER: Final = "there is no such member in this session, or it was not chosen"


class Holders:
    """
    Lets holders in (`mohar.plugin.Holders`), and forgets them.

    A session is known by its token alone, of which the store has a hash; the contact is sealed.
    """

    def __init__(
        self, *, section: Section, store: Store, codes: Codes, people: People, access: Access
    ) -> None:
        self._store = store
        self._codes = codes
        self._people = people
        self._access = access
        self._lifetime = timedelta(minutes=section.session_minutes)

    def send_code(
        self,
        actor: Actor,
        contact: str,
        client: str,
        language: str = "",
        *,
        notice: Notice | None = None,
    ) -> str:
        """Have a code sent, and return its transaction. Raises as `Codes.ask` does."""
        return self._codes.ask(actor, contact, client, language, notice=notice)

    def confirm(self, actor: Actor, transaction: str, code: str, client: str) -> str:
        """Return the token of a new session. Raises as `Codes.confirm` does."""
        confirmed = self._codes.confirm(actor, transaction, code, client)
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        kept = msgspec.msgpack.encode(confirmed)
        with self._store.begin() as work:
            work.expiring.put(at(actor), f"session/{token}", kept, self._lifetime)
        return token

    def session(self, actor: Actor, token: str) -> Confirmed:
        """Return who a session is of. Raises NotAuthenticated where it is unknown or over."""
        kept = None
        if len(token) == _TOKEN_LETTERS and token.isascii():
            with self._store.read() as work:
                kept = work.expiring.get(at(actor), f"session/{token}")
        if kept is None:
            raise NotAuthenticated("this session is over; ask for another code")
        return msgspec.msgpack.decode(kept, type=Confirmed)

    def members(self, actor: Actor, token: str) -> Sequence[Member]:
        """
        Return the persons under the contact of a session, masked.

        Raises:
            NotAuthenticated: the session is unknown or over.
        """
        found = self._people.under(actor, self.session(actor, token).contact)
        return [
            msgspec.structs.replace(each, details=tuple(sorted(each.details, key=by_details)))
            for each in self._people.shown(found, lambda person: _handle(token, person))
        ]

    def member_of(self, actor: Actor, token: str, credential_id: str) -> Member | None:
        """
        Return the person under the contact of a session whose current credential that is, masked.

        Raises:
            NotAuthenticated: the session is unknown or over.
        """
        contact = self.session(actor, token).contact
        for person in self._people.under(actor, contact):
            if credential_id in person.numbers:
                return self._people.shown([person], lambda each: _handle(token, each))[0]
        return None

    def choose(
        self,
        actor: Actor,
        token: str,
        member: str,
        second_factor: Mapping[str, str] | None = None,
    ) -> Sequence[Match]:
        """
        Return the current credentials of one member, the oldest first.

        Raises:
            NotAuthenticated: the session is unknown or over.
            NotFound: no such member in this session.
            SecondFactorWrong, TooManyRequests: see `People.must_know`.
        """
        person = self._person(actor, token, member)
        self._people.must_know(person, second_factor or {})
        with self._store.begin() as work:
            work.expiring.put(at(actor), f"chosen/{token}/{member}", b"", self._lifetime)
        return self._matches(actor, token, person)

    def chosen(self, actor: Actor, token: str, member: str) -> Sequence[Match]:
        """
        Return the current credentials of a member that was chosen in this session.

        Raises:
            NotAuthenticated: the session is unknown or over.
            NotFound: no such member, or it was not chosen.
        """
        return self._matches(actor, token, self.chosen_person(actor, token, member))

    def reason(self, actor: Actor, token: str) -> Reason:
        """Return what is read for in a session. Raises NotAuthenticated."""
        notice = self.session(actor, token).notice
        return Reason(purpose=OWN, channel=actor.name, notice=notice)

    def chosen_person(self, actor: Actor, token: str, member: str) -> Person:
        """Return a member that was chosen in this session. Raises as `chosen` does."""
        person = self._person(actor, token, member)
        with self._store.read() as work:
            if work.expiring.get(at(actor), f"chosen/{token}/{member}") is None:
                raise NotFound(_NO_MEMBER)
        return person

    def end(self, actor: Actor, token: str) -> None:
        """End a session; one that is over already is no error."""
        with self._store.begin() as work:
            work.expiring.remove(at(actor), f"session/{token}")

    def _person(self, actor: Actor, token: str, member: str) -> Person:
        contact = self.session(actor, token).contact
        for person in self._people.under(actor, contact):
            if hmac.compare_digest(_handle(token, person), member if member.isascii() else ""):
                return person
        raise NotFound(_NO_MEMBER)

    def _matches(self, actor: Actor, token: str, person: Person) -> Sequence[Match]:
        with self._store.read() as work:
            handles = work.credentials.handles(person.numbers)
        reason = self.reason(actor, token)
        return [
            Match(
                credential_id=each.credential_id,
                revision=each.revision,
                masked={h.name: h.masked for h in handles.get(each.credential_id, ())},
                secured=tuple(self._access.bodies(actor, each.credential_id, reason=reason)),
            )
            for each in person.credentials
        ]


def _handle(token: str, person: Person) -> str:
    """A handle means nothing to anybody else, nor in the next session of the same holder."""
    return handle_in(token, f"{person.kind}/{person.group.hex()}")


def handle_in(token: str, thing: str) -> str:
    """Return what stands for a thing in one session, and in no other."""
    made = hmac.digest(token.encode(), thing.encode(), "sha256")[:15]
    return base64.b32encode(made).decode().lower()
