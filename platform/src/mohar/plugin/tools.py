"""
What the house hands to a plugin: typed ports, since a plugin may import no room.

Each plugin gets its own Tools. Every port checks what the plugin may do before it acts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

import msgspec

from mohar.domain.access import Actor
from mohar.domain.clock import Clock
from mohar.domain.credential import Outcome
from mohar.domain.findings import Finding
from mohar.domain.lifecycle import CredentialState
from mohar.domain.record import Message
from mohar.domain.values import Personal
from mohar.domain.valueset import ValueSet
from mohar.domain.verdict import Verdict
from mohar.plugin.asking import Credentials, Expiring, Requests
from mohar.plugin.holders import Holders
from mohar.plugin.roles import Messenger

T = TypeVar("T")
# No number of seconds with more digits is meant: it would be centuries.
_MOST_DIGITS: Final = 10


class Secret:
    """A value that never prints. `reveal()` is the one way to it; say it late and keep it short."""

    __slots__ = ("_value", "where")

    def __init__(self, value: bytes, where: str) -> None:
        self._value = value
        self.where = where

    def reveal(self) -> bytes:
        """Return the secret bytes."""
        return self._value

    def __repr__(self) -> str:
        return f"‹secret {self.where}›"

    __str__ = __repr__

    def __reduce__(self) -> Any:
        raise TypeError("a secret does not cross a process boundary; load it where it is used")


class Files(Protocol):
    """The deployment folder, and nothing outside what the deployment names."""

    root: Path

    def path(self, relative: str) -> Path:
        """Return the path of a file that the deployment names, relative to its folder."""
        ...

    def read(self, relative: str) -> bytes:
        """Return a file's bytes. Raises ConfigError naming the file when it is not there."""
        ...

    def load(self, relative: str, shape: type[T]) -> T:
        """
        Read a YAML file into a msgspec Struct.

        Raises:
            ConfigError: every mistake of the file, each with file, line, column and excerpt.
        """
        ...

    def load_anew(self, relative: str, shape: type[T]) -> T:
        """
        Read a YAML file that may change while the house runs; the digest leaves it out.

        Raises:
            ConfigError: every mistake of the file, each with file, line, column and excerpt.
        """
        ...

    def value_set(self, relative: str) -> ValueSet:
        """Read a value set (`docs/reference/value-sets.md`). Raises ConfigError."""
        ...

    def secret(self, reference: SecretReference) -> Secret:
        """Return the secret behind a reference. Raises SecretMissing naming it."""
        ...


class SecretReference(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a secret is kept: `{env: NAME}` or `{file: path}`; one of the two."""

    env: str | None = None
    file: str | None = None

    def __str__(self) -> str:
        return f"env {self.env}" if self.env else f"file {self.file}"


class HttpResponse(msgspec.Struct, frozen=True, kw_only=True):
    """An answer from outside. `body` is at most `max_bytes` long."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def retry_after_seconds(self) -> float | None:
        """
        Return the seconds that `Retry-After` asks to wait (RFC 9110 §10.2.3).

        None where it is not there or cannot be read; a date is counted from `Date`.
        """
        return _seconds_asked({name.lower(): value for name, value in self.headers.items()})


def _seconds_asked(headers: Mapping[str, str]) -> float | None:
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdecimal():
        return float(text[:_MOST_DIGITS])
    until, now = _moment(text), _moment(headers.get("date", ""))
    return max(0.0, until - now) if until is not None and now is not None else None


def _moment(text: str) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp()
    except (TypeError, ValueError, IndexError, OverflowError):
        return None


class HttpClient(Protocol):
    """The way out of the house. Every call has a deadline; no redirect leaves the named host."""

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
            NotReached: there was no connection, so nothing was sent.
            Unavailable: no answer came in time; what was sent may have arrived.
        """
        ...


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a submission: its id, durable now, and what became of each item so far."""

    submission_id: str
    outcomes: tuple[Outcome, ...]


class SentFile(Personal, frozen=True, kw_only=True):
    """A file of records, and how many of its rows came to what, by state."""

    submission_id: str
    name: str
    received_at: datetime
    is_complete: bool
    rows: Mapping[str, int]


class WrongRow(Personal, frozen=True, kw_only=True):
    """A row that led to no credential: its number, its fields while they are kept, and why."""

    row: int
    cells: tuple[str, ...]
    findings: tuple[Finding, ...]


class Intake(Protocol):
    """The door for records; an empty kind means the one that the plugin's own source feeds."""

    def submit(self, actor: Actor, kind: str, messages: Sequence[Message]) -> Receipt:
        """
        Make messages durable and answer for each one.

        Raises:
            NotPermitted: the actor may not issue this kind.
            Unavailable: nothing was kept; the same call may be made again.
        """
        ...

    def send_file(self, actor: Actor, kind: str, name: str, data: bytes) -> str:
        """
        Make a file of records durable and return the id of its submission.

        Raises:
            InvalidInput: it is no such file, or columns are missing; all are named.
            NotPermitted: the actor may not issue this kind.
            Unavailable: nothing was kept; the same call may be made again.
        """
        ...

    def sent_files(self, actor: Actor, kind: str) -> Sequence[SentFile]:
        """Return the actor's own last files, the newest first."""
        ...

    def wrong_rows(
        self, actor: Actor, submission_id: str
    ) -> tuple[Sequence[str], Sequence[WrongRow]]:
        """
        Return the header of a file and its rows that led to no credential so far.

        Raises:
            NotFound: there is no such file, or it is another actor's.
        """
        ...


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """One revision of a credential, and what has become of it."""

    credential_id: str
    revision: int
    state: CredentialState


class Life(Protocol):
    """What becomes of credentials; an empty kind means the one that the plugin's own source feeds."""

    def revisions(
        self, actor: Actor, kind: str, keys: Sequence[Mapping[str, Any]]
    ) -> Sequence[Sequence[Held]]:
        """
        Return all revisions of each whole natural key, path by path, the oldest first.

        Raises:
            InvalidInput: a key does not name every part of the kind's natural key.
            NotPermitted: the actor may neither search this kind nor change credentials of it.
        """
        ...

    def correct(self, actor: Actor, message: Message) -> Receipt:
        """
        Issue what takes the place of the credential that the message's correction names.

        Raises:
            NotFound: no such credential for this actor.
            NotPermitted: the actor may not correct it.
            InvalidInput, Conflict: the correction leads to no credential; the findings say why.
            Unavailable: what was accepted stays durable and is issued later.
        """
        ...

    def preview(self, actor: Actor, kind: str, messages: Sequence[Message]) -> Sequence[Outcome]:
        """
        Say of messages that correct something what speaks against them; nothing is kept.

        Raises:
            NotPermitted: the actor may not correct credentials of this kind.
        """
        ...

    def revoke(
        self, actor: Actor, kind: str, credential_ids: Sequence[str], reason: str
    ) -> Sequence[str]:
        """
        Revoke credentials of one kind, all of them or none; return those that were not before.

        Raises:
            NotPermitted: the actor may not revoke credentials of this kind.
            NotFound: one of them is not of this kind.
            Unavailable: nothing was changed.
        """
        ...

    def verify(self, data: bytes) -> Verdict:
        """Return what is to be said of something presented; nothing of it is kept."""
        ...


class Telemetry(Protocol):
    """Counting and timing. Attributes are names and numbers, never personal values."""

    def span(self, name: str, **attributes: str | int) -> AbstractContextManager[None]:
        """Time a piece of work."""
        ...

    def count(self, name: str, amount: int = 1, **attributes: str | int) -> None:
        """Add to a counter."""
        ...

    def log(self, event: str, **fields: str | float) -> None:
        """Write one log line; unknown field names are dropped rather than written."""
        ...


class Tools(msgspec.Struct, frozen=True, kw_only=True):
    """
    Everything a plugin may reach.

    `documents` are the pinned JSON-LD contexts of all credential types of the deployment, by URL,
    and `dictionaries` by the same URLs what their documents are packed with, the newest first.
    `time_zone` is the deployment's own (IANA name), `country` its ISO 3166-1 alpha-2 code,
    `contexts_url` where its JSON-LD contexts are served and `public_url` where the house itself is,
    without a slash at the end. A door reads as `actor`; any other plugin has none that may anything.
    `messengers` are those of the deployment by their names, for all that is opened after them:
    channels, doors and routes; none where it was opened without secrets.
    """

    clock: Clock
    files: Files
    http: HttpClient
    credentials: Credentials
    intake: Intake
    life: Life
    requests: Requests
    expiring: Expiring
    holders: Holders
    telemetry: Telemetry
    time_zone: str
    country: str
    contexts_url: str = ""
    public_url: str = ""
    actor: Actor = Actor(actor_id="nobody", name="nobody")
    documents: Mapping[str, bytes] = {}
    dictionaries: Mapping[str, Sequence[bytes]] = {}
    messengers: Mapping[str, Messenger] = {}
