"""Tools to open an offer with: a real folder, a clock that stands still, ports that refuse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, NoReturn

from mohar.assembly.ports import OutgoingHttp
from mohar.config.files import DeploymentFiles
from mohar.config.secrets import SecretStore
from mohar.domain.access import Actor, Reason
from mohar.domain.clock import Clock
from mohar.domain.credential import Outcome, Secured
from mohar.domain.errors import Unavailable
from mohar.domain.record import Message
from mohar.domain.rendition import Rendition, Wanted
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
    Tools,
    Tracked,
    Wish,
    WrongRow,
)
from mohar.telemetry.room import TelemetryRoom

NOON: Final = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)


class NothingOutside:
    """Stands for every port that leads out of a plugin; each call is Unavailable."""

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
        """Refuse: a test reaches nothing outside."""
        del method, url, body, headers, deadline_seconds, max_bytes
        _refuse()

    def fetch(
        self,
        actor: Actor,
        credential_id: str,
        body: str | None = None,
        *,
        reason: Reason | None = None,
    ) -> Sequence[Secured]:
        """Refuse: no credential has been issued here."""
        del actor, credential_id, body, reason
        _refuse()

    def current(
        self, actor: Actor, kind: str, key: Mapping[str, Any], *, reason: Reason | None = None
    ) -> Sequence[Secured]:
        """Refuse: no credential has been issued here."""
        del actor, kind, key, reason
        _refuse()

    def look_up(
        self, actor: Actor, wanted: Lookup, *, reason: Reason | None = None
    ) -> Sequence[Match]:
        """Refuse: no credential has been issued here."""
        del actor, wanted, reason
        _refuse()

    def draw(
        self,
        actor: Actor,
        credential_id: str,
        wanted: Wanted,
        *,
        reason: Reason | None = None,
    ) -> Rendition:
        """Refuse: no credential has been issued here."""
        del actor, credential_id, wanted, reason
        _refuse()

    def sign(self, actor: Actor, kind: str, document: JsonObject) -> Secured:
        """Refuse: nobody signs here."""
        del actor, kind, document
        _refuse()

    def submit(self, actor: Actor, kind: str, messages: Sequence[Message]) -> Receipt:
        """Refuse: nobody issues here."""
        del actor, kind, messages
        _refuse()

    def send_file(self, actor: Actor, kind: str, name: str, data: bytes) -> str:
        """Refuse: nobody issues here."""
        del actor, kind, name, data
        _refuse()

    def sent_files(self, actor: Actor, kind: str) -> Sequence[SentFile]:
        """Refuse: nobody issues here."""
        del actor, kind
        _refuse()

    def wrong_rows(
        self, actor: Actor, submission_id: str
    ) -> tuple[Sequence[str], Sequence[WrongRow]]:
        """Refuse: nobody issues here."""
        del actor, submission_id
        _refuse()

    def revisions(
        self, actor: Actor, kind: str, keys: Sequence[Mapping[str, Any]]
    ) -> Sequence[Sequence[Held]]:
        """Refuse: no credential has been issued here."""
        del actor, kind, keys
        _refuse()

    def revisions_of(
        self, actor: Actor, kind: str, credential_ids: Sequence[str]
    ) -> Sequence[Sequence[Held]]:
        """Refuse: no credential has been issued here."""
        del actor, kind, credential_ids
        _refuse()

    def correct(self, actor: Actor, message: Message) -> Receipt:
        """Refuse: no credential has been issued here."""
        del actor, message
        _refuse()

    def preview(self, actor: Actor, kind: str, messages: Sequence[Message]) -> Sequence[Outcome]:
        """Refuse: nobody issues here."""
        del actor, kind, messages
        _refuse()

    def revoke(
        self, actor: Actor, kind: str, credential_ids: Sequence[str], reason: str
    ) -> Sequence[str]:
        """Refuse: no credential has been issued here."""
        del actor, kind, credential_ids, reason
        _refuse()

    def ask(
        self, actor: Actor, kind: str, wish: Wish, idempotency_key: str | None = None
    ) -> Tracked:
        """Refuse: no request is kept here."""
        del actor, kind, wish, idempotency_key
        _refuse()

    def follow(self, actor: Actor, tracking: str) -> Tracked:
        """Refuse: no request is kept here."""
        del actor, tracking
        _refuse()

    def send_code(self, actor: Actor, contact: str, client: str, language: str = "") -> str:
        """Refuse: no holder is let in here."""
        del actor, contact, client, language
        _refuse()

    def confirm(self, actor: Actor, transaction: str, code: str, client: str) -> str:
        """Refuse: no holder is let in here."""
        del actor, transaction, code, client
        _refuse()

    def members(self, actor: Actor, token: str) -> Sequence[Member]:
        """Refuse: no holder is let in here."""
        del actor, token
        _refuse()

    def member_of(self, actor: Actor, token: str, credential_id: str) -> Member | None:
        """Refuse: no holder is let in here."""
        del actor, token, credential_id
        _refuse()

    def choose(
        self,
        actor: Actor,
        token: str,
        member: str,
        second_factor: Mapping[str, str] | None = None,
    ) -> Sequence[Match]:
        """Refuse: no holder is let in here."""
        del actor, token, member, second_factor
        _refuse()

    def chosen(self, actor: Actor, token: str, member: str) -> Sequence[Match]:
        """Refuse: no holder is let in here."""
        del actor, token, member
        _refuse()

    def end(self, actor: Actor, token: str) -> None:
        """Refuse: no holder is let in here."""
        del actor, token
        _refuse()

    def verify(self, data: bytes) -> Verdict:
        """Refuse: nobody verifies here."""
        del data
        _refuse()


class Shelf:
    """Things put aside in memory, by the given clock: for a test of one process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._values: dict[str, tuple[bytes, datetime]] = {}
        self._counts: dict[str, tuple[int, datetime]] = {}

    def put(self, key: str, value: bytes, lifetime: timedelta) -> None:
        """Keep a value, in place of whatever was there."""
        self._values[key] = value, self._clock() + lifetime

    def add(self, key: str, value: bytes, lifetime: timedelta) -> bool:
        """Keep a value unless there is one; say whether it was kept."""
        if self.get(key) is not None:
            return False
        self.put(key, value, lifetime)
        return True

    def get(self, key: str) -> bytes | None:
        """Return the value, or None."""
        value, until = self._values.get(key, (b"", self._clock()))
        return value if until > self._clock() else None

    def take(self, key: str) -> bytes | None:
        """Return the value and remove it, or None."""
        value = self.get(key)
        self._values.pop(key, None)
        return value

    def remove(self, key: str) -> None:
        """Remove a value or a count, if there is one."""
        self._values.pop(key, None)
        self._counts.pop(key, None)

    def count(self, key: str, lifetime: timedelta, amount: int = 1) -> int:
        """Add to a count and return what it is now."""
        so_far, until = self._counts.get(key, (0, self._clock()))
        if until <= self._clock():
            so_far, until = 0, self._clock() + lifetime
        if amount:
            self._counts[key] = so_far + amount, until
        return so_far + amount


def tools_for(
    folder: Path,
    *,
    documents: Mapping[str, bytes] | None = None,
    dictionaries: Mapping[str, Sequence[bytes]] | None = None,
    with_network: bool = False,
) -> Tools:
    """
    Return tools over a folder, at noon of 31 January 2026.

    With a network, HTTP is the real one: for a server that the test itself has started.
    """
    nothing = NothingOutside()
    return Tools(
        clock=lambda: NOON,
        files=DeploymentFiles(folder, SecretStore(folder)),
        http=OutgoingHttp() if with_network else nothing,
        credentials=nothing,
        intake=nothing,
        life=nothing,
        requests=nothing,
        expiring=Shelf(lambda: NOON),
        shared=Shelf(lambda: NOON),
        holders=nothing,
        telemetry=TelemetryRoom().instruments,
        time_zone="Asia/Kolkata",
        country="IN",
        contexts_url="https://credentials.example/contexts",
        documents=documents or {},
        dictionaries=dictionaries or {},
    )


def _refuse() -> NoReturn:
    raise Unavailable("nothing stands behind this port in a test")
