"""`mohar dead list|show|replay`: what led to no credential, and another try for it."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from mohar.assembly.opening import open_store
from mohar.cli.options import OPERATOR, add_deployment
from mohar.domain.clock import rfc3339
from mohar.domain.errors import InvalidInput, NotFound
from mohar.domain.findings import Finding
from mohar.store import Work
from mohar.store.rows import DeadItem

_AT_ONCE: Final = 1_000


def register(parser: argparse.ArgumentParser) -> None:
    """Say which arguments the command takes."""
    parser.description = (
        "Items that led to no credential: set aside after too many attempts (failed) and, of one "
        "submission, those refused or in conflict, too. Nothing of what was sent is ever shown."
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    listing = verbs.add_parser("list", help="list what failed, or what is dead of a submission")
    _narrowing(listing)
    listing.add_argument("--limit", type=int, default=100, metavar="N", help="default: 100")
    listing.set_defaults(run=_list)
    showing = verbs.add_parser("show", help="show why, how often and when")
    add_deployment(showing)
    showing.add_argument("items", nargs="+", metavar="ITEM", help="an item's id, as listed")
    showing.set_defaults(run=_show)
    replaying = verbs.add_parser("replay", help="let items wait again, as they were sent")
    _narrowing(replaying)
    replaying.add_argument("items", nargs="*", metavar="ITEM", help="an item's id, as listed")
    replaying.add_argument("--all", action="store_true", help="everything that failed")
    replaying.set_defaults(run=_replay)


def _narrowing(parser: argparse.ArgumentParser) -> None:
    add_deployment(parser)
    one = parser.add_mutually_exclusive_group()
    one.add_argument("--kind", metavar="NAME", help="what failed of this kind")
    one.add_argument("--submission", metavar="ID", help="what is dead of this submission")


def _list(parsed: argparse.Namespace) -> int:
    with open_store(parsed.deployment) as store, store.read() as work:
        found = _narrowed(work, parsed, parsed.limit)
    for each in found:
        codes = " ".join(sorted({finding.code for finding in _errors(each)}))
        print(f"{each.intake_id}  {each.kind}  {each.state}  {rfc3339(each.received_at)}  {codes}")
    return 0


def _show(parsed: argparse.Namespace) -> int:
    with open_store(parsed.deployment) as store, store.read() as work:
        found = [_existing(work, number) for number in parsed.items]
    for each in found:
        print(f"{each.intake_id}: {each.state}")
        print(f"  kind        {each.kind}")
        print(f"  submission  {each.submission_id}, item {each.position}, from {each.actor_id}")
        print(f"  received    {rfc3339(each.received_at)}")
        print(f"  settled     {_moment(each.settled_at)}")
        print(f"  attempts    {each.attempts}")
        if each.trouble:
            print(f"  last        {each.trouble}")
        for finding in _errors(each):
            where = f" at {finding.where}" if finding.where else ""
            print(f"  reason      {finding.code}{where}: {finding.message}")
    return 0


def _replay(parsed: argparse.Namespace) -> int:
    named = [parsed.items, parsed.kind, parsed.submission, parsed.all]
    if sum(bool(each) for each in named) != 1:
        raise InvalidInput("name items, or one of --kind, --submission and --all")
    count = 0
    with open_store(parsed.deployment) as store:
        while True:
            with store.begin() as work:
                numbers = list(dict.fromkeys(parsed.items)) or _ids(
                    _narrowed(work, parsed, _AT_ONCE)
                )
                again = work.dead.replay(numbers, actor_id=OPERATOR.actor_id)
            count += again
            if parsed.items or len(numbers) < _AT_ONCE:
                break
    missing = len(set(parsed.items)) - count if parsed.items else 0
    print(f"{count} wait again{f', {missing} are not dead' if missing else ''}")
    return 1 if missing else 0


def _narrowed(work: Work, parsed: argparse.Namespace, limit: int) -> Sequence[DeadItem]:
    if parsed.submission is not None:
        return work.dead.of_submission(parsed.submission)[:limit]
    return work.dead.failed(limit, parsed.kind)


def _ids(items: Sequence[DeadItem]) -> list[str]:
    return [each.intake_id for each in items]


def _existing(work: Work, number: str) -> DeadItem:
    found = work.dead.find(number)
    if found is None:
        raise NotFound(f"{number}: there is no such item, or it is not dead; see `mohar dead list`")
    return found


def _errors(item: DeadItem) -> list[Finding]:
    if item.outcome is None:
        return []
    of_bodies = [finding for body in item.outcome.bodies for finding in body.findings]
    return [finding for finding in (*item.outcome.findings, *of_bodies) if finding.is_error]


def _moment(at: datetime | None) -> str:
    return rfc3339(at) if at else "unknown"
