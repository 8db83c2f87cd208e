"""`mohar db upgrade|check|reencrypt`: the schema of the store, and what its keys seal."""

from __future__ import annotations

import argparse
from collections import Counter

from mohar.assembly.opening import is_new, open_store, store_of
from mohar.cli.options import OPERATOR, add_folder
from mohar.config.load import load_deployment
from mohar.domain.errors import ConfigError


def register(parser: argparse.ArgumentParser) -> None:
    """Say which arguments the command takes."""
    parser.description = "The store: its schema, and the keys that seal what it keeps."
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for verb, run, summary in (
        ("upgrade", _upgrade, "make or upgrade the tables"),
        ("check", _check, "say whether the tables are as this version needs them"),
        ("reencrypt", _reencrypt, "seal anew what old data keys sealed, and retire those"),
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


def _reencrypt(parsed: argparse.Namespace) -> int:
    counted: Counter[str] = Counter()

    def told(column: str, count: int) -> None:
        counted[column] += count

    with open_store(parsed.folder) as store:
        retired = store.reencrypt(OPERATOR.actor_id, told=told)
    for column, count in counted.items():
        print(f"{column}: {count} sealed anew")
    print(f"retired: {', '.join(retired) or 'none'}")
    return 0
