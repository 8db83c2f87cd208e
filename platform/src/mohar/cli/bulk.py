"""`mohar bulk propose|show|list|approve|pause|resume|undo`: one thing done to many credentials."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from mohar.access.bulk import Bulk, Progress, Proposal
from mohar.assembly.house import build_house
from mohar.cli.campaign import (
    add_actor,
    add_selection,
    operator,
    print_kept,
    read_ids,
    selection_of,
    told,
)
from mohar.cli.options import add_deployment, moment
from mohar.domain.access import Actor
from mohar.domain.clock import rfc3339

_ACTIONS: Final = ("revoke", "suspend", "restore", "reissue")
_VERBS: Final = (
    ("approve", "let a worker do what another person proposed"),
    ("pause", "let a campaign rest after the batch under way"),
    ("resume", "let a paused campaign go on"),
    ("undo", "take back what a campaign suspended, or withdraw a proposal"),
)


def register(parser: argparse.ArgumentParser) -> None:
    """Say which arguments the command takes."""
    parser.description = (
        "Campaigns: one thing done to many credentials. One person proposes it, a worker finds "
        "what it is about, another person approves it, and a worker does it in batches."
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    proposing = verbs.add_parser("propose", help="propose; nothing is done before approval")
    add_deployment(proposing)
    proposing.add_argument("action", choices=_ACTIONS, help="what is to be done")
    proposing.add_argument("--kind", metavar="NAME", help="credentials of this kind")
    proposing.add_argument(
        "--file", type=Path, help="a file with ids, one in each line; - for standard input"
    )
    add_selection(proposing)
    proposing.add_argument("--until", metavar="TIME", help="the end of a suspension, by itself")
    proposing.set_defaults(run=_propose)
    _register_others(verbs)


def _register_others(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    listing = verbs.add_parser("list", help="list the campaigns proposed last")
    add_deployment(listing)
    listing.set_defaults(run=_list)
    showing = verbs.add_parser("show", help="show a campaign and how far it is")
    add_deployment(showing)
    showing.add_argument("campaign", metavar="CAMPAIGN", help="its id, as listed")
    showing.add_argument(
        "--items", action="store_true", help="what became of each credential, one a line"
    )
    showing.set_defaults(run=_show)
    for verb, summary in _VERBS:
        one = verbs.add_parser(verb, help=summary)
        add_deployment(one)
        add_actor(one)
        one.add_argument("campaign", metavar="CAMPAIGN", help="its id, as listed")
        one.set_defaults(run=_decide)


def _propose(parsed: argparse.Namespace) -> int:
    proposal = Proposal(
        action=parsed.action,
        reason=parsed.reason,
        kind=parsed.kind,
        selection=selection_of(parsed),
        credential_ids=read_ids(parsed.file) if parsed.file else None,
        until=moment(parsed.until) if parsed.until else None,
    )
    with build_house(parsed.deployment) as house:
        print_kept(house.bulk.propose(operator(parsed), proposal))
    return 0


def _list(parsed: argparse.Namespace) -> int:
    with build_house(parsed.deployment) as house:
        found = house.bulk.listed(operator())
    for each in found:
        count = "?" if each.count is None else each.count
        state = f"{each.state} (paused)" if each.paused else each.state
        print(f"{each.id}  {each.action}  {each.kind or 'all'}  {count}  {state}")
    return 0


def _show(parsed: argparse.Namespace) -> int:
    with build_house(parsed.deployment) as house:
        print("\n".join(_described(house.bulk.show(operator(), parsed.campaign))))
        if parsed.items:
            _print_items(house.bulk, parsed.campaign)
    return 0


def _print_items(bulk: Bulk, campaign_id: str) -> None:
    after = 0
    while items := bulk.items(operator(), campaign_id, after=after):
        for each in items:
            print(f"{each.credential_id}: {each.state}")
        after = items[-1].position


def _decide(parsed: argparse.Namespace) -> int:
    with build_house(parsed.deployment) as house:
        decisions: dict[str, Callable[[Actor, str], Progress]] = {
            "approve": house.bulk.approve,
            "pause": house.bulk.pause,
            "resume": house.bulk.resume,
            "undo": house.bulk.undo,
        }
        now = decisions[parsed.verb](operator(parsed), parsed.campaign)
    print(f"{now.id}: {now.state}{' (paused)' if now.paused else ''}")
    return 0


def _described(shown: Progress) -> Iterable[str]:
    yield f"{shown.id}: {shown.action}, {shown.state}{' (paused)' if shown.paused else ''}"
    yield f"  kind        {shown.kind or 'all'}"
    for name, value in told(shown):
        yield f"  {name:<11} {value}"
    count = "not known yet" if shown.count is None else shown.count
    yield f"  count       {count}, {shown.looked_at} were looked at"
    for state, number in shown.items.items():
        yield f"  {state:<11} {number}"
    yield f"  proposed    {rfc3339(shown.proposed_at)} by {shown.proposed_by}"
    if shown.approved_at:
        yield f"  approved    {rfc3339(shown.approved_at)} by {shown.approved_by}"
    if shown.undo_until and shown.state == "undoable":
        yield f"  undo until  {rfc3339(shown.undo_until)}"
    if shown.undone_by:
        yield f"  undone      by {shown.undone_by}"
    yield f"  reason      {shown.reason}"
