"""The ports behind `Tools`: what a plugin may reach, and no more."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import cached_property
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, Any, Final, TypeVar

from mohar.access.change import Changes
from mohar.access.correct import Corrections
from mohar.access.expiring import PutAside
from mohar.access.fetch import Access
from mohar.access.holders import Holders
from mohar.access.request import Asked, Named, Requests, Seen
from mohar.domain.access import Actor, Reason
from mohar.domain.credential import Outcome, Secured
from mohar.domain.errors import InvalidInput, NotFound, NotReached, Unavailable
from mohar.domain.record import Message
from mohar.domain.rendition import Rendition, Wanted
from mohar.domain.request import spelt
from mohar.domain.values import JsonObject
from mohar.domain.verdict import Verdict
from mohar.plugin import (
    Held,
    HttpResponse,
    Lookup,
    Match,
    Member,
    Receipt,
    SentFile,
    Tracked,
    Wish,
    WrongRow,
)
from mohar.receiving.upload import Uploads
from mohar.store import Store
from mohar.store.request_rows import Contents
from mohar.store.rows import StoredCredential
from mohar.verifying.verify import Presented, Verifier

if TYPE_CHECKING:
    import httpx

    from mohar.assembly.house import House

T = TypeVar("T")
_DOOR: Final = "door:"


class OutgoingHttp:
    """
    HTTP with one deadline for the whole exchange, no redirects, and a bounded answer.

    Nothing of one call is left for the next: neither a connection nor a cookie.
    """

    def request(
        self,
        method: str,
        url: str,
        *,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        deadline_seconds: float = 10.0,
        max_bytes: int = 1_000_000,
    ) -> HttpResponse:
        """
        Send one request.

        Raises:
            InvalidInput: the address is none.
            NotReached: there was no connection, so nothing was sent.
            Unavailable: no whole answer came in time, or a longer one than allowed.
        """
        # It takes a tenth of a second to import: only who asks another house waits for it.
        import httpx

        host, until = _host(url), time.monotonic() + deadline_seconds
        try:
            with self._client.stream(
                method,
                url,
                content=body,
                headers=dict(headers or {}),
                timeout=deadline_seconds,
            ) as response:
                return HttpResponse(
                    status=response.status_code,
                    headers=dict(response.headers),
                    body=_bounded(response, until, max_bytes),
                )
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise NotReached(f"{host} did not answer: {type(error).__name__}") from error
        except httpx.HTTPError as error:
            raise Unavailable(f"{host} did not answer: {type(error).__name__}") from error

    @cached_property
    def _client(self) -> httpx.Client:
        """Made once, when it is first needed: to read the roots of trust takes longer than a call."""
        import httpx

        return httpx.Client(
            follow_redirects=False,
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        )


def _host(url: str) -> str:
    """The rest of an address may hold what nobody else should read, so errors name the host only."""
    import httpx

    try:
        return httpx.URL(url).host
    except httpx.InvalidURL as error:
        raise InvalidInput("this is no address that can be asked") from error


def _bounded(response: httpx.Response, until: float, max_bytes: int) -> bytes:
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > max_bytes:
            raise Unavailable(f"the answer is longer than {max_bytes} bytes")
        if time.monotonic() > until:
            raise Unavailable("the answer did not come in time")
    return bytes(body)


Submit = Callable[[Actor, str, Sequence[Message]], Receipt]
Upload = Callable[[Actor, str, str, bytes], str]
SignWhole = Callable[[Actor, JsonObject, str], Secured]


class Late:
    """A port that is filled in once the rooms behind it are built; plugins are opened before."""

    def __init__(self) -> None:
        self.access: Access | None = None
        self.submit_to: Submit | None = None
        self.upload_to: Upload | None = None
        self.uploads: Uploads | None = None
        self.changes: Changes | None = None
        self.corrections: Corrections | None = None
        self.verifier: Verifier | None = None
        self.requests: Requests | None = None
        self.store: Store | None = None
        self.sign_whole: SignWhole | None = None
        self.holders: Holders | None = None

    def fill(self, house: House) -> None:
        """Put the rooms of a house behind the ports; all of them stand."""
        self.access = house.access
        self.submit_to, self.upload_to = house.submit, house.upload
        self.uploads = house.uploads
        self.changes, self.corrections = house.changes, house.corrections
        self.verifier, self.sign_whole = house.verifier, house.issue_whole
        self.requests, self.store = house.requests, house.store
        self.holders = house.holders.rooms if house.holders else None

    def fetch(
        self,
        actor: Actor,
        credential_id: str,
        body: str | None = None,
        *,
        reason: Reason | None = None,
    ) -> Sequence[Secured]:
        """Return the bodies of one credential, for an actor who may see them."""
        why = _why(actor, reason)
        return _built(self.access).bodies(actor, credential_id, body, reason=why)

    def current(
        self, actor: Actor, kind: str, key: Mapping[str, Any], *, reason: Reason | None = None
    ) -> Sequence[Secured]:
        """Return all current bodies of a natural key, for an actor who may search."""
        return _built(self.access).current(actor, kind, key, reason=_why(actor, reason))

    def look_up(
        self, actor: Actor, wanted: Lookup, *, reason: Reason | None = None
    ) -> Sequence[Match]:
        """Return the current credentials that all of this is true of."""
        return _built(self.access).look_up(actor, wanted, reason=_why(actor, reason))

    def draw(
        self,
        actor: Actor,
        credential_id: str,
        wanted: Wanted,
        *,
        reason: Reason | None = None,
    ) -> Rendition:
        """Return one picture of a credential, or of the one that took its place."""
        why = _why(actor, reason)
        return _built(self.access).draw(actor, credential_id, wanted, reason=why)

    def sign(self, actor: Actor, kind: str, document: JsonObject) -> Secured:
        """Sign a document that tells of credentials of a kind; nothing of it is kept."""
        return _built(self.sign_whole)(actor, document, kind)


class PluginIntake:
    """The intake as one plugin sees it: no kind named means the one its own source feeds."""

    def __init__(self, late: Late, own_kind: str | None) -> None:
        self._late = late
        self._own_kind = own_kind

    def submit(self, actor: Actor, kind: str, messages: Sequence[Message]) -> Receipt:
        """Make messages durable and answer for each one. Raises NotFound without a kind."""
        return _built(self._late.submit_to)(actor, _own_or(kind, self._own_kind), messages)

    def send_file(self, actor: Actor, kind: str, name: str, data: bytes) -> str:
        """Make a file durable. Raises as `House.upload` does, and NotFound without a kind."""
        return _built(self._late.upload_to)(actor, _own_or(kind, self._own_kind), name, data)

    def sent_files(self, actor: Actor, kind: str) -> Sequence[SentFile]:
        """Return the actor's own last files, the newest first."""
        listed = _built(self._late.uploads).listed(actor, _own_or(kind, self._own_kind))
        return [
            SentFile(
                submission_id=each.submission_id,
                name=each.name,
                received_at=each.received_at,
                is_complete=each.is_complete,
                rows=each.rows,
            )
            for each in listed
        ]

    def wrong_rows(
        self, actor: Actor, submission_id: str
    ) -> tuple[Sequence[str], Sequence[WrongRow]]:
        """Return the header of a file and its wrong rows. Raises as `Uploads.wrong_rows` does."""
        wrong = _built(self._late.uploads).wrong_rows(actor, submission_id)
        rows = [
            WrongRow(row=each.row, cells=each.cells, findings=each.findings) for each in wrong.rows
        ]
        return wrong.columns, rows


class PluginLife:
    """The life of credentials as one plugin sees it: no kind named means its own source's."""

    def __init__(self, late: Late, own_kind: str | None) -> None:
        self._late = late
        self._own_kind = own_kind

    def revisions(
        self, actor: Actor, kind: str, keys: Sequence[Mapping[str, Any]]
    ) -> Sequence[Sequence[Held]]:
        """Return all revisions of each whole natural key. Raises as `Access.revisions` does."""
        access = _built(self._late.access)
        chosen = _own_or(kind, self._own_kind)
        found = access.revisions(actor, chosen, keys, reason=_why(actor, None))
        return [[_held(each) for each in revisions] for revisions in found]

    def revisions_of(
        self, actor: Actor, kind: str, credential_ids: Sequence[str]
    ) -> Sequence[Sequence[Held]]:
        """Return all revisions of what each number is one of. Raises as `Access.revisions_of`."""
        chosen = _own_or(kind, self._own_kind)
        found = _built(self._late.access).revisions_of(actor, chosen, credential_ids)
        return [[_held(each) for each in revisions] for revisions in found]

    def preview(self, actor: Actor, kind: str, messages: Sequence[Message]) -> Sequence[Outcome]:
        """Say what speaks against messages that correct something; nothing is kept."""
        corrections = _built(self._late.corrections)
        return corrections.preview_messages(actor, _own_or(kind, self._own_kind), messages)

    def correct(self, actor: Actor, message: Message) -> Receipt:
        """Issue what takes the place of a credential. Raises as `Corrections.correct` does."""
        return _built(self._late.corrections).correct(actor, message)

    def revoke(
        self, actor: Actor, kind: str, credential_ids: Sequence[str], reason: str
    ) -> Sequence[str]:
        """Revoke credentials, all or none. Raises as `Changes.revoke_all` does."""
        chosen, changes = _own_or(kind, self._own_kind), _built(self._late.changes)
        answers = changes.revoke_all(actor, chosen, credential_ids, reason)
        return [each.credential_id for each in answers if each.result == "changed"]

    def verify(self, data: bytes) -> Verdict:
        """Return what is to be said of something presented."""
        inputs = [Presented(name="request", data=data)]
        return _built(self._late.verifier).verify(inputs)[0]


class PluginRequests:
    """Requests of holders as a plugin sees them: their numbers and states."""

    def __init__(self, late: Late) -> None:
        self._late = late

    def ask(
        self, actor: Actor, kind: str, wish: Wish, idempotency_key: str | None = None
    ) -> Tracked:
        """Keep a request. Raises as `Requests.open` does."""
        contents = Contents(
            reason=wish.reason, changes=dict(wish.changes), evidence=dict(wish.evidence)
        )
        asked = Asked(
            type=wish.type,
            about=Named(credential_id=wish.credential_id),
            contents=contents,
            idempotency_key=idempotency_key,
        )
        seen, _ = _built(self._late.requests).open(actor, kind, asked)
        return _tracked(seen)

    def follow(self, actor: Actor, tracking: str) -> Tracked:
        """Return a request that this actor made. Raises NotFound."""
        return _tracked(_built(self._late.requests).find(actor, tracking, whole=False))


class LateExpiring:
    """What a plugin or a door puts aside, once the store is there; see `PutAside`."""

    def __init__(self, late: Late, namespace: str) -> None:
        self._late = late
        self._namespace = namespace

    def put(self, key: str, value: bytes, lifetime: timedelta) -> None:
        """Keep a value, in place of whatever was there."""
        self._aside.put(key, value, lifetime)

    def add(self, key: str, value: bytes, lifetime: timedelta) -> bool:
        """Keep a value unless there is one; say whether it was kept."""
        return self._aside.add(key, value, lifetime)

    def get(self, key: str) -> bytes | None:
        """Return the value, or None."""
        return self._aside.get(key)

    def take(self, key: str) -> bytes | None:
        """Return the value and remove it, or None."""
        return self._aside.take(key)

    def remove(self, key: str) -> None:
        """Remove a value or a count, if there is one."""
        self._aside.remove(key)

    def count(self, key: str, lifetime: timedelta, amount: int = 1) -> int:
        """Add to a count and return what it is now."""
        return self._aside.count(key, lifetime, amount)

    @property
    def _aside(self) -> PutAside:
        return PutAside(_built(self._late.store), self._namespace)


class LateHolders:
    """How holders let themselves in, once the room is there; see `mohar.access.holders`."""

    def __init__(self, late: Late) -> None:
        self._late = late

    def send_code(self, actor: Actor, contact: str, client: str, language: str = "") -> str:
        """Have a code sent, and return its transaction."""
        return self._room.send_code(actor, contact, client, language)

    def confirm(self, actor: Actor, transaction: str, code: str, client: str) -> str:
        """Return the token of a session."""
        return self._room.confirm(actor, transaction, code, client)

    def members(self, actor: Actor, token: str) -> Sequence[Member]:
        """Return the persons under the contact of a session."""
        return self._room.members(actor, token)

    def member_of(self, actor: Actor, token: str, credential_id: str) -> Member | None:
        """Return the person of a session whose credential that is."""
        return self._room.member_of(actor, token, credential_id)

    def choose(
        self,
        actor: Actor,
        token: str,
        member: str,
        second_factor: Mapping[str, str] | None = None,
    ) -> Sequence[Match]:
        """Return the current credentials of one member."""
        return self._room.choose(actor, token, member, second_factor)

    def chosen(self, actor: Actor, token: str, member: str) -> Sequence[Match]:
        """Return the current credentials of a member that was chosen."""
        return self._room.chosen(actor, token, member)

    def end(self, actor: Actor, token: str) -> None:
        """End a session."""
        self._room.end(actor, token)

    @property
    def _room(self) -> Holders:
        _built(self._late.store)
        if self._late.holders is None:
            raise NotFound("this deployment lets no holders in; it would with a `holders:`")
        return self._late.holders


def _tracked(seen: Seen) -> Tracked:
    return Tracked(tracking=spelt(seen.kept.tracking), title=seen.title, state=seen.kept.state)


def _why(actor: Actor, reason: Reason | None) -> Reason:
    if reason is not None:
        return reason
    is_door = actor.actor_id.startswith(_DOOR)
    return Reason(channel=actor.actor_id.removeprefix(_DOOR) if is_door else "plugin")


def _own_or(named: str, own: str | None) -> str:
    chosen = named or own
    if chosen is None:
        raise NotFound("no kind, or more than one, reads what this plugin receives; name it")
    return chosen


def _held(stored: StoredCredential) -> Held:
    return Held(credential_id=stored.credential_id, revision=stored.revision, state=stored.state)


def _built(room: T | None) -> T:
    if room is None:
        raise Unavailable("the house is still being built; ask again when it serves")
    return room
