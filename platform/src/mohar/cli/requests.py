"""`mohar requests list|show|approve|decline`: what holders ask for, and an officer's answer."""

from __future__ import annotations

import argparse
from typing import Final, get_args

import msgspec

from mohar.access.request import Seen
from mohar.assembly.house import build_house
from mohar.cli.options import OPERATOR, add_deployment
from mohar.domain.clock import rfc3339
from mohar.domain.request import RequestState, RequestStep, spelt

_STATES: Final = get_args(RequestState)


def register(parser: argparse.ArgumentParser) -> None:
    """Say which arguments the command takes."""
    parser.description = (
        "Requests of holders that a credential be put right. "
        "Whoever is shown what is wished stands in the audit log."
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    listing = verbs.add_parser("list", help="list requests, the oldest first")
    add_deployment(listing)
    listing.add_argument("--state", choices=_STATES, help="those in this state")
    listing.add_argument("--kind", metavar="NAME", help="those of this kind")
    listing.add_argument("--after", metavar="NUMBER", help="those behind this one")
    listing.add_argument("--limit", type=int, default=100, metavar="N", help="default: 100")
    listing.set_defaults(run=_list)
    showing = verbs.add_parser("show", help="show one with its steps")
    add_deployment(showing)
    showing.add_argument("number", metavar="NUMBER", help="its tracking number")
    showing.add_argument(
        "--contents", action="store_true", help="with what is wished, and every reason"
    )
    showing.set_defaults(run=_show)
    for verb, what in (("approve", "say yes, and carry it out"), ("decline", "say no")):
        deciding = verbs.add_parser(verb, help=what)
        add_deployment(deciding)
        deciding.add_argument("number", metavar="NUMBER", help="its tracking number")
        deciding.add_argument("--reason", required=True, help="why; kept sealed with the request")
        deciding.set_defaults(run=_approve if verb == "approve" else _decline)


def _list(parsed: argparse.Namespace) -> int:
    with build_house(parsed.deployment) as house:
        found = house.requests.listed(
            OPERATOR,
            kind=parsed.kind,
            state=parsed.state,
            after=parsed.after,
            limit=max(parsed.limit, 0),
        )
    for each in found:
        since = rfc3339(each.opened_at)
        print(f"{spelt(each.tracking)}  {each.kind}  {each.type}  {each.state}  {since}")
    return 0


def _show(parsed: argparse.Namespace) -> int:
    with build_house(parsed.deployment) as house:
        seen = house.requests.find(OPERATOR, parsed.number, whole=parsed.contents)
    _print(seen)
    if parsed.contents:
        _print_contents(seen)
    return 0


def _approve(parsed: argparse.Namespace) -> int:
    return _decided(parsed, "approve")


def _decline(parsed: argparse.Namespace) -> int:
    return _decided(parsed, "decline")


def _decided(parsed: argparse.Namespace, step: RequestStep) -> int:
    """Decide; 0 as wished, 1 where it could not be carried out, 2 where it waits for that."""
    with build_house(parsed.deployment) as house:
        seen = house.requests.decide(OPERATOR, parsed.number, step, parsed.reason)
    _print(seen)
    return {"failed": 1, "approved": 2}.get(seen.kept.state, 0)


def _print(seen: Seen) -> None:
    kept = seen.kept
    print(f"{spelt(kept.tracking)}: {kept.state}")
    print(f"  kind        {kept.kind}")
    print(f"  type        {kept.type}")
    print(f"  credential  {kept.credential_id}")
    if kept.other_id:
        print(f"  other       {kept.other_id}")
    if kept.result_id:
        print(f"  corrected   {kept.result_id}")
    for each in seen.steps:
        print(f"  {rfc3339(each.at)}  {each.state}  {each.actor_id}")
    if kept.failure:
        print(f"  because     {kept.failure.code}")
        for finding in kept.failure.findings:
            where = f" at {finding.where}" if finding.where else ""
            print(f"  {finding.severity} {finding.code}{where}: {finding.message}")


def _print_contents(seen: Seen) -> None:
    if seen.contents is None:
        assert seen.kept.forgotten_at is not None
        print(f"  forgotten   {rfc3339(seen.kept.forgotten_at)}")
        return
    print(f"  wished      {seen.contents.reason}")
    for path, value in seen.contents.changes.items():
        print(f"  change      {path} = {msgspec.json.encode(value).decode()}")
    for name, reference in seen.contents.evidence.items():
        print(f"  evidence    {name}: {reference}")
    for each in seen.steps:
        if each.reason:
            print(f"  {each.state}: {each.reason}")
