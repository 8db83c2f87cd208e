"""The first steps of every opening: the folder is read, the store and the telemetry are made."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zoneinfo import available_timezones

from mohar.assembly.ports import (
    Late,
    LateExpiring,
    LateHolders,
    OutgoingHttp,
    PluginIntake,
    PluginLife,
    PluginRequests,
)
from mohar.config.deployment import Store as StoreSection
from mohar.config.files import DeploymentFiles
from mohar.config.load import Loaded, load_deployment
from mohar.config.secrets import SecretStore
from mohar.domain.clock import Clock, utc_now
from mohar.domain.errors import ConfigError, SecretMissing, Unavailable
from mohar.plugin import Secret, Telemetry, Tools
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
    room = _telling_room()
    try:
        yield room.instruments
    finally:
        room.close()


def telemetry_for_life() -> Telemetry:
    """Open the same for a process that nobody closes: it ends with whoever asks it."""
    return _telling_room().instruments


def silent_telemetry() -> Telemetry:
    """Return telemetry that goes nowhere, for work whose caller tells what came of it."""
    return TelemetryRoom().instruments


def store_of(loaded: Loaded, clock: Clock = utc_now) -> Store:
    """
    Return the store that a deployment names; nothing is connected yet.

    Raises:
        ConfigError: there is none, its URL cannot be used, or one of its secrets is missing.
    """
    section = _section(loaded)
    vault = Vault(
        _secret(loaded, section.encryption_key),
        _secret(loaded, section.pepper.secret),
        section.pepper.version,
    )
    return Store.open(_url(loaded, section.url), vault, clock)


def is_new(loaded: Loaded) -> bool:
    """Say whether the store is a SQLite file that nobody has made yet; other databases never are."""
    url = _url(loaded, _section(loaded).url)
    return (
        url.startswith("sqlite") and not Path(url.partition(":///")[2].partition("?")[0]).exists()
    )


def made_store(loaded: Loaded, clock: Clock = utc_now) -> Store:
    """
    Return the store of a deployment; a SQLite file that is not there yet is made.

    A database that exists is never changed by a start: that is for `mohar db upgrade`.

    Raises:
        ConfigError: see `store_of`; or the file cannot be made.
    """
    store = store_of(loaded, clock)
    if is_new(loaded):
        try:
            store.upgrade()
        except (OSError, Unavailable) as error:
            raise ConfigError(f"the store cannot be made: {error}") from error
    return store


@contextmanager
def open_store(folder: Path) -> Iterator[Store]:
    """Open the store of a deployment folder for the length of a block, see `made_store`."""
    with made_store(load_deployment(folder)) as store:
        yield store


def tools_of(loaded: Loaded, telemetry: Telemetry, clock: Clock, late: Late) -> Tools:
    """Return the tools that plugins of this deployment are given."""
    deployment = loaded.deployment
    return Tools(
        clock=clock,
        files=loaded.files,
        http=OutgoingHttp(),
        credentials=late,
        intake=PluginIntake(late, None),
        life=PluginLife(late, None),
        requests=PluginRequests(late),
        expiring=LateExpiring(late, "plugins"),
        shared=LateExpiring(late, "plugins"),
        holders=LateHolders(late),
        telemetry=telemetry,
        time_zone=_known_zone(deployment.time_zone),
        country=deployment.country,
        contexts_url=deployment.domains.contexts,
        public_url=deployment.domains.public,
    )


def tools_without_deployment() -> Tools:
    """Return tools to look at a plugin with: no file, no record and no credential is there."""
    nowhere, late = Path(os.devnull), Late()
    return Tools(
        clock=utc_now,
        files=DeploymentFiles(nowhere, SecretStore(nowhere)),
        http=OutgoingHttp(),
        credentials=late,
        intake=PluginIntake(late, None),
        life=PluginLife(late, None),
        requests=PluginRequests(late),
        expiring=LateExpiring(late, "plugins"),
        shared=LateExpiring(late, "plugins"),
        holders=LateHolders(late),
        telemetry=silent_telemetry(),
        time_zone="Etc/UTC",
        country="ZZ",
    )


def _section(loaded: Loaded) -> StoreSection:
    if loaded.deployment.store is None:
        raise ConfigError(
            "this deployment has no `store:`, so it can verify with `mohar verify`, and neither "
            "issue nor serve: name one, as config/minimal/deployment.yaml does"
        )
    return loaded.deployment.store


def _secret(loaded: Loaded, reference: SecretReference) -> Secret:
    try:
        return loaded.files.secret(reference)
    except SecretMissing as error:
        if reference.file is None or (loaded.folder / reference.file).exists():
            raise
        raise SecretMissing(f"{error} (`mohar keys generate {loaded.folder}` makes it)") from error


def _known_zone(name: str) -> str:
    """A zone that does not exist is told where it is written; plugins must not stumble over it too."""
    return name if name in available_timezones() else "Etc/UTC"


def _url(loaded: Loaded, named: str | SecretReference) -> str:
    """A SQLite file is named relative to the deployment folder, wherever one stands."""
    url = named if isinstance(named, str) else loaded.files.secret(named).reveal().decode().strip()
    scheme, slashes, path = url.partition(":///")
    if scheme.startswith("sqlite") and slashes and path and not Path(path).is_absolute():
        return f"{scheme}:///{(loaded.folder / path).resolve()}"
    return url


def _telling_room() -> TelemetryRoom:
    room = TelemetryRoom(log_to=sys.stderr)
    if room.lines is not None:
        take_over(room.lines, logging.WARNING)
    return room
