"""`mohar db upgrade|check|reencrypt|restored`: the schema, what its keys seal, and restores."""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path
from typing import Final

from mohar.assembly.opening import is_new, open_store, store_of
from mohar.assembly.restored import begin_again, told_by
from mohar.cli.options import OPERATOR, add_folder
from mohar.config.load import load_deployment
from mohar.domain.errors import ConfigError
from mohar.store.rows import LostCounts
from mohar.store.schema import Limits

_LEAST_SECONDS: Final = 0.001
_MOST_SECONDS: Final = 1_000_000.0


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
        if verb == "upgrade":
            _add_limits(one)
    restored = verbs.add_parser(
        "restored", help="after a restore: give no slot out twice, and find lost revocations"
    )
    add_folder(restored)
    restored.add_argument(
        "--snapshot",
        type=Path,
        metavar="FILE",
        help="the last snapshot that was published before the loss",
    )
    restored.add_argument(
        "--out", type=Path, metavar="DIR", help="write what was lost here, a file for each state"
    )
    restored.set_defaults(run=_restored)


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
        with store.read() as work:
            kept = work.lost.counts()
    print("the store is up to date")
    _print_kept(kept)
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


def _restored(parsed: argparse.Namespace) -> int:
    """0 nothing that was told is lost, 1 something is."""
    told = told_by(parsed.folder, parsed.snapshot) if parsed.snapshot else None
    with open_store(parsed.folder) as store:
        store.check()
        begun = begin_again(store, OPERATOR.actor_id, told)
    print(f"{begun.closed} status lists closed: no slot from before is given out again")
    for name, texts in sorted(begun.missed.items()):
        print(f"{name}: {len(texts)}")
        if parsed.out:
            parsed.out.mkdir(parents=True, exist_ok=True)
            (parsed.out / f"{name}.txt").write_text("\n".join([*texts, ""]))
    _print_kept(begun.kept)
    return 1 if begun.missed else 0


def _print_kept(kept: LostCounts) -> None:
    if kept.slots or kept.identifiers:
        print(f"told on of what a restore lost: {kept.slots} slots, {kept.identifiers} identifiers")
