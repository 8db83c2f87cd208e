"""Arguments that several commands share."""

from __future__ import annotations

import argparse
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

from mohar.domain.access import Actor
from mohar.domain.errors import InvalidInput

OPERATOR: Final = Actor(actor_id="operator", name="command line", scopes=frozenset({"*"}))


def add_folder(parser: argparse.ArgumentParser) -> None:
    """Add the deployment folder as the first argument."""
    parser.add_argument("folder", type=folder, metavar="DIR", help="the deployment folder")


def add_deployment(parser: argparse.ArgumentParser, *, required: bool = True) -> None:
    """Add `--deployment DIR`; without it, $MOHAR_DEPLOYMENT counts."""
    default = os.environ.get("MOHAR_DEPLOYMENT")
    parser.add_argument(
        "--deployment",
        type=folder,
        metavar="DIR",
        default=default,
        required=required and default is None,
        help="the deployment folder (default: $MOHAR_DEPLOYMENT)",
    )


def folder(text: str) -> Path:
    """Return the path of a deployment folder; what is none is told before anything is done."""
    path = Path(text)
    if path.is_dir():
        return path
    if path.exists():
        raise argparse.ArgumentTypeError(f"{text!r} is a file; name the folder that it is in")
    raise argparse.ArgumentTypeError(f"there is no folder {text!r}")


@contextmanager
def stopped_by_signals(stop: Callable[[], None]) -> Iterator[None]:
    """Let SIGTERM and SIGINT end a program in order: they call `stop` while the block runs."""

    def on_signal(*_: object) -> None:
        stop()

    before = {each: signal.signal(each, on_signal) for each in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def moment(text: str) -> datetime:
    """
    Return an RFC 3339 time with its zone.

    Raises:
        InvalidInput: it is none, or has no zone.
    """
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput(f"{text!r} is no RFC 3339 time such as 2026-01-31T12:00:00Z") from error
    if parsed.tzinfo is None:
        raise InvalidInput(f"{text!r} has no time zone; add Z or an offset")
    return parsed
