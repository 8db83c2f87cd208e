"""`mohar db upgrade|check`: the schema of the store."""

from __future__ import annotations

import argparse

from mohar.assembly.opening import open_store
from mohar.cli.options import Commands, add_folder


def register(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("db", help="bring the store's schema up to date, or look at it")
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
    with open_store(parsed.folder) as store:
        store.check()
    print("the store is up to date")
    return 0
