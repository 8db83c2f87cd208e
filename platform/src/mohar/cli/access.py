"""`mohar access explain`: who says what to a question, and why."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from mohar.access.explain import Explaining, Explanation, Reason
from mohar.assembly.callers import explaining_of
from mohar.assembly.house import House, build_house
from mohar.cli.options import add_folder
from mohar.config.scopes import ACTIONS
from mohar.domain.errors import InvalidInput


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
