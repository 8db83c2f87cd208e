"""Ports for those who are asked for credentials: look up, draw, take requests, put aside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Protocol

import msgspec

from mohar.domain.access import Actor, Reason
from mohar.domain.credential import Secured
from mohar.domain.rendition import Rendition, Wanted
from mohar.domain.request import RequestState
from mohar.domain.values import JsonObject, Personal


class Lookup(Personal, frozen=True, kw_only=True):
    """
    What somebody at a door knows of a credential; all that is given must be so.

    `credential_id` is any revision's number, `key` the whole natural key path by path, `handles`
    values of the record by the names of the kind's handles. At a door that anybody may use `client`
    tells who asks, as in an address: who tries many things and finds few is slowed by it.
    """

    kind: str
    credential_id: str = ""
    group: str = ""
    key: Mapping[str, Any] = {}
    handles: Mapping[str, str] = {}
    client: str = ""


class Match(Personal, frozen=True, kw_only=True):
    """A current credential that was looked up, with its handles as they may be shown."""

    credential_id: str
    revision: int
    masked: Mapping[str, str]
    secured: tuple[Secured, ...]


class Credentials(Protocol):
    """
    Credentials already issued, for an actor who may see them.

    Each read is written down before it is answered, with its reason; Unavailable where it cannot be.
    Without a reason its channel is the door, or `plugin`.
    """

    def fetch(
        self,
        actor: Actor,
        credential_id: str,
        body: str | None = None,
        *,
        reason: Reason | None = None,
    ) -> Sequence[Secured]:
        """Return the bodies of one credential. Raises NotFound for "no such" and "not yours"."""
        ...

    def current(
        self, actor: Actor, kind: str, key: Mapping[str, Any], *, reason: Reason | None = None
    ) -> Sequence[Secured]:
        """Return the current bodies of one whole natural key, path by path, oldest first."""
        ...

    def look_up(
        self, actor: Actor, wanted: Lookup, *, reason: Reason | None = None
    ) -> Sequence[Match]:
        """
        Return the current credentials that all of this is true of, the oldest first.

        What is not there and what does not match are the same answer, nothing, from the same one
        question to the store. What was corrected is found as what it became; what is revoked or
        suspended is not found.

        Raises:
            InvalidInput: nothing is given that could tell one holder from another.
            NotPermitted: the actor may not search this kind.
            TooManyRequests: this client tried too much that is not there; it says how long to wait.
        """
        ...

    def draw(
        self,
        actor: Actor,
        credential_id: str,
        wanted: Wanted,
        *,
        reason: Reason | None = None,
    ) -> Rendition:
        """
        Return one picture of a credential, or of the one that took its place.

        Raises:
            NotFound: no such credential, not this actor's, or none that can be drawn like that.
            Conflict: it is revoked or suspended, so no picture of it is given out.
            InvalidInput: it cannot be drawn whole; the findings say why.
        """
        ...

    def sign(self, actor: Actor, kind: str, document: JsonObject) -> Secured:
        """
        Sign a document that tells of credentials of this kind, as `whole:` says; none of it is kept.

        Raises:
            NotPermitted: the actor may not sign for this kind.
            NotFound: this deployment signs no whole documents.
            InvalidInput: it must not be signed; the findings say why.
            Unavailable: nothing was signed.
        """
        ...


class Wish(Personal, frozen=True, kw_only=True):
    """
    What a holder asks for: a type of request of the kind, and the credential it is about.

    `changes` are wished values by their paths in the record, `evidence` references by name.
    """

    type: str
    credential_id: str
    reason: str
    changes: Mapping[str, Any] = {}
    evidence: Mapping[str, str] = {}


class Tracked(msgspec.Struct, frozen=True, kw_only=True):
    """A request by its tracking number, as it is now."""

    tracking: str
    title: str
    state: RequestState


class Requests(Protocol):
    """Requests of holders that a credential be put right."""

    def ask(
        self, actor: Actor, kind: str, wish: Wish, idempotency_key: str | None = None
    ) -> Tracked:
        """
        Keep a request, under an idempotency key once.

        Raises:
            NotFound: no such kind or credential, or no such type of request.
            NotPermitted: the actor may make no requests of this kind.
            InvalidInput, Conflict: it could never be granted; the message says why.
            Unavailable: nothing was kept.
        """
        ...

    def follow(self, actor: Actor, tracking: str) -> Tracked:
        """Return a request that this actor made. Raises NotFound."""
        ...


class Expiring(Protocol):
    """
    What is put aside for a while: values and counts that end by themselves.

    Each plugin and each door has names of its own. Values are sealed and keys hashed where they
    are kept; a new pepper forgets them. Every call raises Unavailable where the store does not
    answer.
    """

    def put(self, key: str, value: bytes, lifetime: timedelta) -> None:
        """Keep a value, in place of whatever was there."""
        ...

    def add(self, key: str, value: bytes, lifetime: timedelta) -> bool:
        """Keep a value unless there is one; say whether it was kept. One of many callers wins."""
        ...

    def get(self, key: str) -> bytes | None:
        """Return the value, or None."""
        ...

    def take(self, key: str) -> bytes | None:
        """Return the value and remove it, or None; one of many callers gets it."""
        ...

    def remove(self, key: str) -> None:
        """Remove a value or a count, if there is one."""
        ...

    def count(self, key: str, lifetime: timedelta, amount: int = 1) -> int:
        """
        Add to a count and return what it is now; it ends a lifetime after its first addition.

        An amount of 0 only looks.
        """
        ...
