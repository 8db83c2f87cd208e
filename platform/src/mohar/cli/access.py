"""`mohar access explain|reads|export|dossier|erase`: who may what, who has read what, and what of whom is kept."""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterator
from typing import Final

import msgspec

from mohar.access.explain import Explaining, Explanation, Reason
from mohar.assembly.callers import explaining_of
from mohar.assembly.house import House, build_house
from mohar.cli.options import OPERATOR, add_folder, moment
from mohar.config.scopes import ACTIONS
from mohar.domain.access import Reason as Reading
from mohar.domain.clock import rfc3339
from mohar.domain.errors import InvalidInput
from mohar.store.read_rows import KeptRead

_BY_STDIN: Final = "The value of the kind's group is read from standard input, where no list of processes shows it."
_EXPORTED: Final = (
    "at",
    "actor",
    "kind",
    "credential",
    "outcome",
    "purpose",
    "channel",
    "handle",
    "notice",
)


def register(parser: argparse.ArgumentParser) -> None:
    """Say which arguments the command takes."""
    parser.description = "Who may what. `explain` ends with 0 for yes and 1 for no."
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    explain = verbs.add_parser("explain", help="say who may do something, and why")
    add_folder(explain)
    explain.add_argument(
        "actor", nargs="?", metavar="ACTOR", help="an API key's id, a role, door:NAME or anybody"
    )
    explain.add_argument("action", nargs="?", choices=ACTIONS, metavar="ACTION", help="as in read")
    explain.add_argument(
        "subject", nargs="?", metavar="SUBJECT", help="a kind, or a credential's id"
    )
    explain.add_argument("--table", action="store_true", help="what every role may, by kind")
    explain.set_defaults(run=_explain)
    reads = verbs.add_parser("reads", help="say who has read a credential, and what for")
    add_folder(reads)
    reads.add_argument("credential", metavar="ID", help="its id")
    reads.set_defaults(run=_reads)
    export = verbs.add_parser(
        "export",
        help="write what one caller has read",
        description="Write what one caller has read, or tried to, as CSV or JSON lines.",
    )
    add_folder(export)
    export.add_argument(
        "--actor", required=True, metavar="ID", help="as in the log: apikey:…, door:…, oidc:…"
    )
    export.add_argument(
        "--from", dest="since", required=True, type=moment, metavar="TIME", help="RFC 3339"
    )
    export.add_argument(
        "--to", dest="until", required=True, type=moment, metavar="TIME", help="not any more"
    )
    export.add_argument("--format", choices=("csv", "jsonl"), default="csv", dest="form")
    export.set_defaults(run=_export)
    dossier = verbs.add_parser(
        "dossier",
        help="print all that is kept of one person",
        description=f"Print all that is kept of one person, as JSON. {_BY_STDIN}",
    )
    erase = verbs.add_parser(
        "erase",
        help="remove all that is personal of one person",
        description=f"Remove all that is personal of one person, for good. {_BY_STDIN}",
    )
    for verb in (dossier, erase):
        add_folder(verb)
        verb.add_argument("--kind", required=True, metavar="KIND", help="of which credentials")
    erase.add_argument("--yes", action="store_true", help="do it: nothing brings it back")
    dossier.set_defaults(run=_dossier)
    erase.set_defaults(run=_erase)


def _explain(parsed: argparse.Namespace) -> int:
    if parsed.table == (parsed.actor is not None):
        raise InvalidInput("name an actor, an action and a subject, or ask for the --table")
    if not parsed.table and parsed.action is None:
        raise InvalidInput("name the action, and the kind or the credential it is about")
    with build_house(parsed.folder) as house:
        explaining = explaining_of(house)
        if parsed.table:
            print("\n".join(_table(house, explaining)))
            return 0
        actor = explaining.actor(parsed.actor)
        told = explaining.explain(actor, parsed.action, parsed.subject)
    print("\n".join(_lines(told)))
    return 1 if told.answer == "no" else 0


def _reads(parsed: argparse.Namespace) -> int:
    with build_house(parsed.folder) as house:
        told = house.readers.of(OPERATOR, parsed.credential, reason=Reading(channel="cli"))
    for each in told:
        print(
            f"{rfc3339(each.at)}  {each.outcome:9}  {each.channel}  {each.purpose}  {each.caller}"
        )
    return 0


def _export(parsed: argparse.Namespace) -> int:
    with build_house(parsed.folder) as house:
        found = house.readers.by(OPERATOR, parsed.actor, parsed.since, parsed.until)
        if parsed.form == "csv":
            writer = csv.writer(sys.stdout, lineterminator="\n")
            writer.writerow(_EXPORTED)
            writer.writerows(_row(each) for each in found)
        else:
            for each in found:
                told = dict(zip(_EXPORTED, _row(each), strict=True))
                print(msgspec.json.encode(told).decode())
    return 0


def _dossier(parsed: argparse.Namespace) -> int:
    with build_house(parsed.folder) as house:
        told = house.persons.dossier(OPERATOR, parsed.kind, _group())
    print(msgspec.json.format(msgspec.json.encode(told)).decode())
    return 0


def _erase(parsed: argparse.Namespace) -> int:
    if not parsed.yes:
        raise InvalidInput("nothing brings it back, so say --yes; `dossier` shows what would go")
    with build_house(parsed.folder) as house:
        numbers = house.persons.erase(OPERATOR, parsed.kind, _group())
    print(f"erased: {', '.join(numbers)}")
    return 0


def _group() -> str:
    group = sys.stdin.readline().strip()
    if not group:
        raise InvalidInput("write the value of the kind's group to standard input")
    return group


def _row(read: KeptRead) -> tuple[str, ...]:
    return (
        rfc3339(read.at),
        read.actor_id,
        read.kind,
        read.credential_id,
        read.outcome,
        read.purpose,
        read.channel,
        read.handle,
        read.notice,
    )


def _lines(told: Explanation) -> Iterator[str]:
    yield told.answer
    if not told.reasons:
        yield "  nothing that it has is about this"
    for reason in told.reasons:
        yield f"  {reason.given_by}: {_effect(reason)}"
    for each in told.opinions:
        said = {True: "yes", False: "no", None: "no opinion"}[each.says]
        yield f"  {each.plugin} says {said}{f' ({each.failed})' if each.failed else ''}"


def _effect(reason: Reason) -> str:
    limits = " and ".join(
        f"{path} is {' or '.join(values) if values else 'nothing'}"
        for path, values in reason.limits.items()
    )
    verdict = "yes" if reason.admits else "no"
    return f"{verdict}, where {limits}" if limits else verdict


def _table(house: House, explaining: Explaining) -> Iterator[str]:
    kinds = [kind.name for kind in house.deployment.credentials]
    rows = [
        (role, action, *(row[kind] for kind in kinds)) for role, action, row in explaining.table()
    ]
    header = ("role", "action", *kinds)
    widths = [max(len(row[column]) for row in (header, *rows)) for column in range(len(header))]
    for row in (header, *rows):
        cells = zip(row, widths, strict=True)
        yield "  ".join(cell.ljust(width) for cell, width in cells).rstrip()
