"""`mohar db upgrade|check`: the schema of the store."""

from __future__ import annotations

import argparse
from typing import Final

from mohar.assembly.opening import is_new, open_store, store_of
from mohar.cli.options import add_folder
from mohar.config.load import load_deployment
from mohar.domain.errors import ConfigError
from mohar.store.schema import Limits

_LEAST_SECONDS: Final = 0.001
_MOST_SECONDS: Final = 1_000_000.0


def register(parser: argparse.ArgumentParser) -> None:
    """Say which arguments the command takes."""
    parser.description = "The schema of the store."
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for verb, run, summary in (
        ("upgrade", _upgrade, "make or upgrade the tables"),
        ("check", _check, "say whether the tables are as this version needs them"),
    ):
        one = verbs.add_parser(verb, help=summary)
        add_folder(one)
        one.set_defaults(run=run)
        if verb == "upgrade":
            _add_limits(one)


def _add_limits(parser: argparse.ArgumentParser) -> None:
    limits = Limits()
    parser.add_argument(
        "--lock-seconds",
        type=_seconds,
        default=limits.lock_seconds,
        metavar="S",
        help="give a step up that waits so long for a table (default: %(default)g; PostgreSQL)",
    )
    parser.add_argument(
        "--statement-seconds",
        type=_seconds,
        default=limits.statement_seconds,
        metavar="S",
        help="give a step up whose statement takes so long (default: %(default)g; PostgreSQL)",
    )


def _seconds(text: str) -> float:
    seconds = float(text)
    if not _LEAST_SECONDS <= seconds <= _MOST_SECONDS:
        raise ValueError(text)
    return seconds


def _upgrade(parsed: argparse.Namespace) -> int:
    with open_store(parsed.folder) as store:
        store.upgrade(
            Limits(lock_seconds=parsed.lock_seconds, statement_seconds=parsed.statement_seconds)
        )
    print("the store is up to date")
    return 0


def _check(parsed: argparse.Namespace) -> int:
    loaded = load_deployment(parsed.folder)
    if is_new(loaded):
        raise ConfigError(
            f"the store is a SQLite file that is not there yet: run `mohar db upgrade "
            f"{parsed.folder}`, or start the house, which makes it"
        )
    with store_of(loaded) as store:
        store.check()
    print("the store is up to date")
    return 0
