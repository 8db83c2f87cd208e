"""`mohar db upgrade|check`: the schema of the store."""

from __future__ import annotations

import argparse

from mohar.assembly.opening import is_new, open_store, store_of
from mohar.cli.options import add_folder
from mohar.config.load import load_deployment
from mohar.domain.errors import ConfigError


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


def _upgrade(parsed: argparse.Namespace) -> int:
    with open_store(parsed.folder) as store:
        store.upgrade()
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
