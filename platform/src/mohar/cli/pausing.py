"""What `mohar pause` and `mohar resume` share."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from mohar.assembly.opening import made_store
from mohar.assembly.pausing import Pausing
from mohar.config.load import load_deployment
from mohar.domain.clock import utc_now
from mohar.store.rows import PauseScope

_SCOPES: Final[Mapping[PauseScope, tuple[str, str]]] = {
    "kind": ("NAME", "a kind of credential"),
    "signer": ("NAME", "a signer, and so every kind with a body that it signs"),
    "partner": ("ACTOR", "whoever sends records: the id of an API key, or `operator`"),
    "plugin": ("NAME", "a plugin: the kinds that need it, its routes, and what it listens to"),
}


def add_subject(parser: argparse.ArgumentParser, *, required: bool = True) -> None:
    """Add the arguments that name what is paused."""
    one = parser.add_mutually_exclusive_group(required=required)
    for scope, (metavar, summary) in _SCOPES.items():
        one.add_argument(f"--{scope}", metavar=metavar, help=summary)


def subject(parsed: argparse.Namespace) -> tuple[PauseScope, str] | None:
    """Return what the arguments name, or None."""
    named = [(scope, value) for scope in _SCOPES if (value := getattr(parsed, scope)) is not None]
    return named[0] if named else None


@contextmanager
def opened(folder: Path) -> Iterator[Pausing]:
    """Open the pauses of a deployment for the length of a block; no key is needed for it."""
    loaded = load_deployment(folder)
    with made_store(loaded) as store:
        yield Pausing(store, loaded.deployment, utc_now)
