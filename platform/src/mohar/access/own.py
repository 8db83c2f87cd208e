"""What holders do with the certificates of the member they chose."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence

import msgspec

from mohar.access.fetch import Access
from mohar.access.holders import Holders, handle_in
from mohar.access.people import People, Person, by_details
from mohar.access.readers import Reader, Readers
from mohar.access.request import Asked, Named, Requests, Seen
from mohar.access.shares import Share, Shares
from mohar.domain.access import Actor
from mohar.domain.consent import Notice
from mohar.domain.errors import NotFound
from mohar.domain.rendition import Rendition, Wanted
from mohar.domain.values import Personal
from mohar.store.request_rows import Contents
from mohar.store.rows import StoredCredential


class Chosen(Personal, frozen=True):
    """A certificate as a holder names it: the session, the member, and the certificate's handle."""

    token: str
    member: str
    certificate: str


class Own(Personal, frozen=True, kw_only=True):
    """One certificate of a chosen member; `handle` counts for one session only."""

    handle: str
    kind: str
    credential_id: str
    details: Mapping[str, str]
    share: Share | None


class OwnCertificates:
    """
    The certificates of those who were chosen in a session, and nobody else's.

    Everything raises NotAuthenticated where the session is unknown or over, and NotFound where the
    member was not chosen in it or has no such certificate.
    """

    def __init__(
        self,
        *,
        holders: Holders,
        people: People,
        access: Access,
        readers: Readers,
        requests: Requests,
        shares: Shares,
        actor: Actor,
    ) -> None:
        self._holders = holders
        self._people = people
        self._access = access
        self._readers = readers
        self._requests = requests
        self._shares = shares
        self._actor = actor

    def choose(self, token: str, member: str, second_factor: Mapping[str, str]) -> Sequence[Own]:
        """Choose a member and return its certificates. Raises as `Holders.choose` does."""
        self._holders.choose(self._actor, token, member, second_factor)
        return self.listed(token, member)

    def listed(self, token: str, member: str) -> Sequence[Own]:
        """Return the certificates of a chosen member, in the order of what they say of themselves."""
        person = self._holders.chosen_person(self._actor, token, member)
        (shown,) = self._people.shown([person], lambda _: member)
        own = [
            Own(
                handle=_handle(token, each),
                kind=person.kind,
                credential_id=each.credential_id,
                details=details,
                share=self._shares.of(each.credential_id),
            )
            for each, details in zip(person.credentials, shown.details, strict=True)
        ]
        return sorted(own, key=lambda each: by_details(each.details))

    def draw(self, chosen: Chosen, wanted: Wanted) -> Rendition:
        """Return a picture of a certificate. Raises as `Access.draw` does, too."""
        _, found = self._certificate(chosen)
        reason = self._holders.reason(self._actor, chosen.token)
        return self._access.draw(self._actor, found.credential_id, wanted, reason=reason)

    def reads(self, chosen: Chosen) -> Sequence[Reader]:
        """Return who has fetched a certificate. Raises as `Readers.of` does, too."""
        _, found = self._certificate(chosen)
        reason = self._holders.reason(self._actor, chosen.token)
        return self._readers.of(self._actor, found.credential_id, reason=reason)

    def share(self, chosen: Chosen, language: str, notice: Notice | None = None) -> Share:
        """Make a link that shows a certificate; the link before ends, and so does its notice."""
        person, found = self._certificate(chosen)
        return self._shares.open(person.kind, found.credential_id, language, notice)

    def end_share(self, chosen: Chosen) -> None:
        """End the link of a certificate."""
        _, found = self._certificate(chosen)
        self._shares.end(found.credential_id)

    def ask(
        self, chosen: Chosen, kind: str, contents: Contents, notice: Notice | None = None
    ) -> Seen:
        """
        Keep a request of a kind that a certificate be put right.

        Raises:
            InvalidInput, Conflict: see `Requests.open`.
        """
        person, found = self._certificate(chosen)
        asked = Asked(
            type=kind,
            about=Named(credential_id=found.credential_id),
            contents=contents,
            notice=notice,
        )
        seen, _ = self._requests.open(self._actor, person.kind, asked)
        return seen

    def follow(self, token: str, tracking: str) -> Seen:
        """Return a request about a credential of the session's contact, without what it wishes."""
        contact = self._holders.session(self._actor, token).contact
        seen = self._requests.find(self._actor, tracking, whole=False)
        if not self._people.has_ever(seen.kept.kind, contact, seen.kept.credential_id):
            raise NotFound("there is no such request for this caller; compare its number")
        return msgspec.structs.replace(seen, is_whole=False, contents=None)

    def _certificate(self, chosen: Chosen) -> tuple[Person, StoredCredential]:
        person = self._holders.chosen_person(self._actor, chosen.token, chosen.member)
        given = chosen.certificate if chosen.certificate.isascii() else ""
        for each in person.credentials:
            if hmac.compare_digest(_handle(chosen.token, each), given):
                return person, each
        raise NotFound("there is no such certificate in this session")


def _handle(token: str, credential: StoredCredential) -> str:
    return handle_in(token, f"certificate/{credential.credential_id}")
