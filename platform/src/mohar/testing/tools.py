"""Tools to open an offer with: a real folder, a clock that stands still, ports that refuse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NoReturn

from mohar.assembly.ports import OutgoingHttp
from mohar.config.files import DeploymentFiles
from mohar.config.secrets import SecretStore
from mohar.domain.access import Actor, Reason
from mohar.domain.credential import Outcome, Secured
from mohar.domain.errors import Unavailable
from mohar.domain.record import Message
from mohar.domain.verdict import Verdict
from mohar.plugin import Held, HttpResponse, Receipt, SentFile, Tools, WrongRow
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

    def verify(self, data: bytes) -> Verdict:
        """Refuse: nobody verifies here."""
        del data
        _refuse()


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
        telemetry=TelemetryRoom().instruments,
        time_zone="Asia/Kolkata",
        country="IN",
        contexts_url="https://credentials.example/contexts",
        documents=documents or {},
        dictionaries=dictionaries or {},
    )


def _refuse() -> NoReturn:
    raise Unavailable("nothing stands behind this port in a test")
