"""The first steps of every opening: the folder is read, the store and the telemetry are made."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mohar.assembly.ports import Late, OutgoingHttp
from mohar.config.load import Loaded, load_deployment
from mohar.domain.clock import Clock, utc_now
from mohar.domain.errors import ConfigError
from mohar.plugin import Telemetry, Tools
from mohar.plugin.tools import SecretReference
from mohar.store import Store
from mohar.store.vault import Vault
from mohar.telemetry.logs import take_over
from mohar.telemetry.room import TelemetryRoom


@contextmanager
def program_telemetry() -> Iterator[Telemetry]:
    """
    Open the telemetry of a program that serves: log lines to standard error, and nothing beside.

    From here on no library writes past it, so that no record of theirs can hold personal data.
    """
    room = TelemetryRoom(log_to=sys.stderr)
    if room.lines is not None:
        take_over(room.lines)
    try:
        yield room.instruments
    finally:
        room.close()


def silent_telemetry() -> Telemetry:
    """Return telemetry that goes nowhere, for work whose caller tells what came of it."""
    return TelemetryRoom().instruments


def store_of(loaded: Loaded, clock: Clock = utc_now) -> Store:
    """
    Return the store that a deployment names; nothing is connected yet.

    Raises:
        ConfigError: there is none, its URL cannot be used, or one of its secrets is missing.
    """
    section, files = loaded.deployment.store, loaded.files
    if section is None:
        raise ConfigError("this deployment has no `store:`; it can verify, and not issue")
    vault = Vault(
        files.secret(section.encryption_key),
        files.secret(section.pepper.secret),
        section.pepper.version,
    )
    return Store.open(_url(loaded, section.url), vault, clock)


@contextmanager
def open_store(folder: Path) -> Iterator[Store]:
    """Open the store of a deployment folder for the length of a block."""
    with store_of(load_deployment(folder)) as store:
        yield store


def tools_of(loaded: Loaded, telemetry: Telemetry, clock: Clock, late: Late) -> Tools:
    """Return the tools that plugins of this deployment are given."""
    deployment = loaded.deployment
    return Tools(
        clock=clock,
        files=loaded.files,
        http=OutgoingHttp(),
        credentials=late,
        intake=late,
        telemetry=telemetry,
        time_zone=deployment.time_zone,
        country=deployment.country,
        contexts_url=deployment.domains.contexts,
    )


def _url(loaded: Loaded, named: str | SecretReference) -> str:
    """A SQLite file is named relative to the deployment folder, wherever one stands."""
    url = named if isinstance(named, str) else loaded.files.secret(named).reveal().decode().strip()
    scheme, slashes, path = url.partition(":///")
    if scheme.startswith("sqlite") and slashes and path and not Path(path).is_absolute():
        return f"{scheme}:///{(loaded.folder / path).resolve()}"
    return url
