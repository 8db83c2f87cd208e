"""The port by which holders let themselves in: a code to the registered contact, then a choice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from mohar.domain.access import Actor
from mohar.domain.values import Personal
from mohar.plugin.asking import Match


class Member(Personal, frozen=True, kw_only=True):
    """
    A person whose credentials stand under a contact, as the one who holds the contact may see it.

    `handle` counts for one session only. `name` is masked; `details` has of each credential, the
    oldest first, the few public values that tell one from another. Where `asks` is not empty, one
    of these second factors is needed to choose the person.
    """

    handle: str
    kind: str
    name: str
    details: tuple[Mapping[str, str], ...]
    asks: tuple[str, ...] = ()


class Holders(Protocol):
    """
    What a holder does, one step after the other, at the door that `actor` is.

    `client` is the caller's address. Nothing of one door counts at another. Every call raises
    NotFound where the deployment lets no holders in, and Unavailable where the store does not
    answer.
    """

    def send_code(self, actor: Actor, contact: str, client: str, language: str = "") -> str:
        """
        Have a one-time code sent to a contact, and return the transaction it counts for.

        Whether anybody is known by this contact changes neither the answer nor its time.

        Raises:
            InvalidInput: the contact has not the form that contacts have.
            TooManyRequests: a code was sent just now, or too many were asked for.
        """
        ...

    def confirm(self, actor: Actor, transaction: str, code: str, client: str) -> str:
        """
        Return the token of a session; `code` is what was sent, or its SHA-256 in hexadecimal.

        Raises:
            NotAuthenticated: it is wrong, used or over, or was tried too often.
            TooManyRequests: this caller tries too much.
        """
        ...

    def members(self, actor: Actor, token: str) -> Sequence[Member]:
        """
        Return the persons under the contact of a session; none where nobody is known by it.

        Raises:
            NotAuthenticated: the session is unknown or over.
        """
        ...

    def member_of(self, actor: Actor, token: str, credential_id: str) -> Member | None:
        """
        Return the person under the contact of a session whose current credential that is.

        Nobody has to be opened to find whom a caller means who names a credential.

        Raises:
            NotAuthenticated: the session is unknown or over.
        """
        ...

    def choose(
        self,
        actor: Actor,
        token: str,
        member: str,
        second_factor: Mapping[str, str] | None = None,
    ) -> Sequence[Match]:
        """
        Return the current credentials of one member, the oldest first, whole.

        Raises:
            NotAuthenticated: the session is unknown or over.
            NotFound: no such member in this session.
            NotPermitted: a second factor is needed, and none or a wrong one was given.
            TooManyRequests: wrong ones were given so often that the member is closed for a while.
        """
        ...

    def chosen(self, actor: Actor, token: str, member: str) -> Sequence[Match]:
        """
        Return the current credentials of a member that was chosen in this session.

        Raises:
            NotAuthenticated: the session is unknown or over.
            NotFound: no such member, or it was not chosen.
        """
        ...

    def end(self, actor: Actor, token: str) -> None:
        """End a session; one that is over already is no error."""
        ...
