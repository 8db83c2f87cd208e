"""Tools to open an offer with: a real folder, a clock that stands still, ports that refuse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NoReturn

from mohar.assembly.ports import OutgoingHttp
from mohar.config.files import DeploymentFiles
from mohar.config.secrets import SecretStore
from mohar.domain.access import Actor
from mohar.domain.credential import Secured
from mohar.domain.errors import Unavailable
from mohar.domain.record import Message
from mohar.plugin import HttpResponse, Receipt, Tools
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

    def fetch(self, actor: Actor, credential_id: str, body: str | None = None) -> Sequence[Secured]:
        """Refuse: no credential has been issued here."""
        del actor, credential_id, body
        _refuse()

    def current(self, actor: Actor, kind: str, key: Mapping[str, Any]) -> Sequence[Secured]:
        """Refuse: no credential has been issued here."""
        del actor, kind, key
        _refuse()

    def submit(self, actor: Actor, kind: str, messages: Sequence[Message]) -> Receipt:
        """Refuse: nobody issues here."""
        del actor, kind, messages
        _refuse()


def tools_for(
    folder: Path, *, documents: Mapping[str, bytes] | None = None, with_network: bool = False
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
        telemetry=TelemetryRoom().instruments,
        time_zone="Asia/Kolkata",
        country="IN",
        contexts_url="https://credentials.example/contexts",
        documents=documents or {},
    )


def _refuse() -> NoReturn:
    raise Unavailable("nothing stands behind this port in a test")
