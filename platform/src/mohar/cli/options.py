"""Arguments that several commands share."""

from __future__ import annotations

import argparse
import os
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from mohar.domain.access import Actor
from mohar.domain.errors import InvalidInput

Commands = Any
OPERATOR: Final = Actor(actor_id="operator", name="command line", scopes=frozenset({"*"}))


def add_folder(parser: argparse.ArgumentParser) -> None:
    """Add the deployment folder as the first argument."""
    parser.add_argument("folder", type=Path, metavar="DIR", help="the deployment folder")


def add_deployment(parser: argparse.ArgumentParser, *, required: bool = True) -> None:
    """Add `--deployment DIR`; without it, $MOHAR_DEPLOYMENT counts."""
    default = os.environ.get("MOHAR_DEPLOYMENT")
    parser.add_argument(
        "--deployment",
        type=Path,
        metavar="DIR",
        default=Path(default) if default else None,
        required=required and default is None,
        help="the deployment folder (default: $MOHAR_DEPLOYMENT)",
    )


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
