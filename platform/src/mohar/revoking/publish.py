"""Publish what has become of credentials: lists by slot, and a snapshot to take along."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from threading import Lock
from typing import Final, Protocol

import msgspec

from mohar.codec import jwk
from mohar.codec.statement import SNAPSHOT, STATUS_LIST
from mohar.codec.status_list import encode_bitstring, encode_token_list
from mohar.domain.clock import Clock, rfc3339
from mohar.domain.credential import Credential, Secured
from mohar.domain.errors import Unavailable
from mohar.domain.findings import Refusal
from mohar.domain.keys import PublicKey
from mohar.domain.values import JsonObject
from mohar.revoking.sheets import bits, bound, card_numbers, key_names, token_values
from mohar.store.store import Store, Work

LISTS: Final = ("", "lists")
STATEMENTS: Final = ("", "statements")
"""Where the workshop signs them: bodies of no kind."""

# So long is a list believed to be the newest: a change is seen by everybody within a second.
_BELIEVED_SECONDS: Final = 0.5
_MOST_KEPT: Final = 2_000
_CONTEXT: Final = "https://www.w3.org/ns/credentials/v2"

_Make = Callable[[Work, datetime], JsonObject]


class Signing(Protocol):
    """Where statements are signed; the workshop of the house is one."""

    def secure(
        self, kind: str, body: str, credentials: Sequence[Credential]
    ) -> Sequence[Secured | Refusal]:
        """Return each document signed, in order, or why it must not be. Raises Unavailable."""
        ...


class Edition(msgspec.Struct, frozen=True, kw_only=True):
    """One edition of something published: its text, and how long it counts."""

    content: bytes
    media_type: str
    version: int
    renew_at: datetime
    ends_at: datetime


class PublishPlan(msgspec.Struct, frozen=True, kw_only=True):
    """Who publishes, where, and how long an edition counts."""

    issuer: str
    public_url: str
    ttl: timedelta
    snapshot_life: timedelta


class Publisher:
    """
    Gives out the lists and the snapshot, signed.

    An edition is made when somebody asks and the last one is old or has changed, so many askers cost
    one signature. While the store does not answer, the last edition is given out until it ends.
    `timer` returns seconds that never go back; `keys` are those whose documents are told of.
    """

    def __init__(
        self,
        *,
        store: Store,
        signing: Signing,
        keys: Callable[[], Sequence[PublicKey]],
        plan: PublishPlan,
        clock: Clock,
        timer: Callable[[], float],
    ) -> None:
        self._store = store
        self._signing = signing
        self._keys = keys
        self._plan = plan
        self._clock = clock
        self._shelf = _Shelf(timer)

    def bitstring(self, list_id: str) -> Edition:
        """
        Return a list as a BitstringStatusListCredential (W3C Bitstring Status List 1.0 §2.2).

        Raises:
            NotFound: there is no such list.
            Unavailable: it cannot be made now, and no edition is left that counts.
        """
        return self._list(f"bits:{list_id}", LISTS, list_id, self._credential)

    def token(self, list_id: str) -> Edition:
        """Return a list as a Status List Token (draft-ietf-oauth-status-list §5.1); as `bitstring`."""
        return self._list(f"token:{list_id}", STATEMENTS, list_id, self._token_claims)

    def snapshot(self) -> Edition:
        """Return all lists, and what is bound by bodies that name none. Raises Unavailable."""
        return self._edition(
            "snapshot",
            STATEMENTS,
            lambda work: work.status.serial(),
            self._snapshot_claims,
            self._plan.snapshot_life,
        )

    def cards(self, key: PublicKey) -> Edition:
        """
        Return the numbers of one key's revoked cards (SMART Health Cards, Revocation); not signed.

        Raises:
            Unavailable: it cannot be made now, and no edition is left that counts.
        """
        kid = jwk.thumbprint(key)
        return self._shelf.get(f"cards:{kid}", lambda last: self._cards(last, key.key_id, kid))

    def _cards(self, last: Edition | None, key_id: str, kid: str) -> Edition:
        now = self._clock()
        try:
            with self._store.read() as work:
                listed = work.listed.numbers(key_id)
        except Unavailable:
            if last and now < last.ends_at:
                return last
            raise
        content = {"kid": kid, "method": "rid", "ctr": listed.count, "rids": card_numbers(listed)}
        return Edition(
            content=msgspec.json.encode(content),
            media_type="application/json",
            version=listed.count,
            renew_at=now,
            ends_at=now + self._plan.snapshot_life,
        )

    def _list(
        self,
        name: str,
        station: tuple[str, str],
        list_id: str,
        make: Callable[[Work, str, datetime], JsonObject],
    ) -> Edition:
        return self._edition(
            name,
            station,
            lambda work: work.status.version(list_id),
            lambda work, now: make(work, list_id, now),
            self._plan.ttl,
        )

    def _edition(
        self,
        name: str,
        station: tuple[str, str],
        version_of: Callable[[Work], int],
        make: _Make,
        life: timedelta,
    ) -> Edition:
        def anew(last: Edition | None) -> Edition:
            now = self._clock()
            try:
                with self._store.read() as work:
                    version = version_of(work)
                    if last and last.version == version and now < last.renew_at:
                        return last
                    document = make(work, now)
                return self._signed(station, document, version, now, life)
            except Unavailable:
                if last and now < last.ends_at:
                    return last
                raise

        return self._shelf.get(name, anew)

    def _signed(
        self,
        station: tuple[str, str],
        document: JsonObject,
        version: int,
        now: datetime,
        life: timedelta,
    ) -> Edition:
        kind, body = station
        statement = Credential(
            kind=kind,
            body=body,
            credential_id="",
            revision=1,
            schema="",
            issued_at=now,
            document=document,
        )
        [answer] = self._signing.secure(kind, body, [statement])
        if isinstance(answer, Refusal):
            told = "; ".join(finding.message for finding in answer.findings)
            raise Unavailable(f"the status list cannot be signed: {told}")
        return Edition(
            content=answer.content,
            media_type=answer.media_type,
            version=version,
            renew_at=now + life / 2,
            ends_at=now + life,
        )

    def _credential(self, work: Work, list_id: str, now: datetime) -> JsonObject:
        url, sheet = self._url(list_id), work.status.sheet(list_id)
        return {
            "@context": [_CONTEXT],
            "id": url,
            "type": ["VerifiableCredential", "BitstringStatusListCredential"],
            "issuer": self._plan.issuer,
            "validFrom": rfc3339(now),
            "validUntil": rfc3339(now + self._plan.ttl),
            "credentialSubject": {
                "id": f"{url}#list",
                "type": "BitstringStatusList",
                "statusPurpose": "revocation",
                "encodedList": encode_bitstring(bits(sheet)),
                "ttl": int(self._plan.ttl.total_seconds() * 1_000),
            },
        }

    def _token_claims(self, work: Work, list_id: str, now: datetime) -> JsonObject:
        values = token_values(work.status.sheet(list_id))
        claims = self._claims(self._url(list_id), now, self._plan.ttl) | {
            "ttl": int(self._plan.ttl.total_seconds()),
            "status_list": {"bits": values.width, "lst": encode_token_list(values)},
        }
        return {"typ": STATUS_LIST, "claims": claims}

    def _snapshot_claims(self, work: Work, now: datetime) -> JsonObject:
        lists = {}
        for list_id in work.status.lists():
            values = token_values(work.status.sheet(list_id))
            lists[self._url(list_id)] = {"bits": values.width, "lst": encode_token_list(values)}
        claims = self._claims(self._url("snapshot"), now, self._plan.snapshot_life) | {
            "serial": work.status.serial(),
            "keys": key_names(self._keys()),
            "lists": lists,
            "bound": bound(work.listed.flagged()),
        }
        return {"typ": SNAPSHOT, "claims": claims}

    def _claims(self, url: str, now: datetime, life: timedelta) -> JsonObject:
        return {
            "iss": self._plan.issuer,
            "sub": url,
            "iat": int(now.timestamp()),
            "exp": int((now + life).timestamp()),
        }

    def _url(self, list_id: str) -> str:
        return f"{self._plan.public_url}/v1/status/{list_id}"


class _Shelf:
    """The last editions. Who asks for one that is being made waits for it, and for no other."""

    def __init__(self, timer: Callable[[], float]) -> None:
        self._timer = timer
        self._lock = Lock()
        self._places: OrderedDict[str, _Place] = OrderedDict()

    def get(self, name: str, anew: Callable[[Edition | None], Edition]) -> Edition:
        place = self._place(name)
        with place.lock:
            if place.edition is None or self._timer() >= place.believed_until:
                try:
                    place.edition = anew(place.edition)
                finally:
                    self._clear(name, place)
                place.believed_until = self._timer() + _BELIEVED_SECONDS
            return place.edition

    def _clear(self, name: str, place: _Place) -> None:
        """A name that nothing goes by must not push out what others ask for."""
        if place.edition is None:
            with self._lock:
                self._places.pop(name, None)

    def _place(self, name: str) -> _Place:
        with self._lock:
            place = self._places.setdefault(name, _Place())
            self._places.move_to_end(name)
            if len(self._places) > _MOST_KEPT:
                self._places.popitem(last=False)
            return place


class _Place:
    def __init__(self) -> None:
        self.lock = Lock()
        self.edition: Edition | None = None
        self.believed_until = 0.0
