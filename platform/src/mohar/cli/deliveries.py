"""`mohar deliveries list|show|redeliver`: what channels were told, and telling it again."""

from __future__ import annotations

import argparse
from typing import Final

from mohar.assembly.opening import open_store
from mohar.cli.options import add_deployment
from mohar.domain.clock import rfc3339
from mohar.domain.errors import InvalidInput, NotFound
from mohar.domain.request import spelt
from mohar.store import Work
from mohar.store.delivery_rows import KeptDelivery, Wanted

_AT_ONCE: Final = 1_000


def register(parser: argparse.ArgumentParser) -> None:
    """Say which arguments the command takes."""
    parser.description = (
        "What channels are told of records. A delivery waits, was delivered, or is dead: tried too "
        "often or refused by the other side. Nothing of what it says is ever shown."
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    listing = verbs.add_parser("list", help="list deliveries, the newest first")
    _narrowing(listing)
    listing.add_argument("--state", choices=("waiting", "delivered", "dead"), help="only these")
    listing.add_argument("--limit", type=int, default=100, metavar="N", help="default: 100")
    listing.set_defaults(run=_list)
    showing = verbs.add_parser("show", help="show a delivery and every attempt there was")
    add_deployment(showing)
    showing.add_argument("deliveries", nargs="+", metavar="DELIVERY", help="its id, as listed")
    showing.set_defaults(run=_show)
    again = verbs.add_parser("redeliver", help="tell again what was delivered or is dead")
    _narrowing(again)
    again.add_argument("deliveries", nargs="*", metavar="DELIVERY", help="its id, as listed")
    again.add_argument("--dead", action="store_true", help="whatever is dead")
    again.set_defaults(run=_redeliver)


def _narrowing(parser: argparse.ArgumentParser) -> None:
    add_deployment(parser)
    parser.add_argument("--channel", metavar="NAME", help="of this channel")
    parser.add_argument("--submission", metavar="ID", help="of this submission")


def _list(parsed: argparse.Namespace) -> int:
    wanted = Wanted(state=parsed.state, channel=parsed.channel, submission_id=parsed.submission)
    with open_store(parsed.deployment) as store, store.read() as work:
        found = work.deliveries.listed(wanted, parsed.limit)
    for each in found:
        print(
            f"{each.delivery_id}  {each.channel}  {each.event}  {each.state}  "
            f"{rfc3339(each.occurred_at)}  {each.detail or ''}".rstrip()
        )
    return 0


def _show(parsed: argparse.Namespace) -> int:
    with open_store(parsed.deployment) as store, store.read() as work:
        for number in parsed.deliveries:
            _print(work, _existing(work, number))
    return 0


def _print(work: Work, each: KeptDelivery) -> None:
    print(f"{each.delivery_id}: {each.state}")
    print(f"  channel     {each.channel}")
    print(f"  event       {each.event} {each.kind}, {rfc3339(each.occurred_at)}")
    if each.tracking:
        print(f"  request     {spelt(each.tracking)}")
    elif each.submission_id:
        print(f"  submission  {each.submission_id}, item {each.position}")
    if each.credential_id:
        print(f"  credential  {each.credential_id}")
    if each.state == "waiting":
        print(f"  due         {rfc3339(each.due_at)}")
    for attempt in work.deliveries.attempts(each.delivery_id):
        receipt = f"receipt {attempt.receipt}" if attempt.receipt else ""
        told = " ".join(each for each in (attempt.result, attempt.detail, receipt) if each)
        print(f"  attempt {attempt.number:<3} {rfc3339(attempt.at)}  {told}")


def _redeliver(parsed: argparse.Namespace) -> int:
    if bool(parsed.deliveries) == parsed.dead:
        raise InvalidInput("name deliveries, or --dead for all that are")
    if parsed.deliveries and (parsed.channel or parsed.submission):
        raise InvalidInput("--channel and --submission narrow --dead")
    count = 0
    with open_store(parsed.deployment) as store:
        while True:
            with store.begin() as work:
                numbers = list(dict.fromkeys(parsed.deliveries)) or _dead(work, parsed)
                count += work.deliveries.redeliver(numbers)
            if parsed.deliveries or len(numbers) < _AT_ONCE:
                break
    missing = len(set(parsed.deliveries)) - count if parsed.deliveries else 0
    print(f"{count} are due now{f', {missing} wait already or are not there' if missing else ''}")
    return 1 if missing else 0


def _dead(work: Work, parsed: argparse.Namespace) -> list[str]:
    wanted = Wanted(state="dead", channel=parsed.channel, submission_id=parsed.submission)
    return [each.delivery_id for each in work.deliveries.listed(wanted, _AT_ONCE)]


def _existing(work: Work, number: str) -> KeptDelivery:
    found = work.deliveries.find(number)
    if found is None:
        raise NotFound(f"{number}: there is no such delivery; see `mohar deliveries list`")
    return found
