"""`mohar issue`: a file of records becomes signed credentials, with a report of every one."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from mohar.assembly.house import House, build_house
from mohar.cli.options import OPERATOR, add_deployment
from mohar.cli.writer import BODIES, Writer
from mohar.domain.credential import Outcome
from mohar.domain.errors import InvalidInput
from mohar.domain.record import Message
from mohar.issuing.choice import chosen, listed
from mohar.receiving.records_file import read_messages
from mohar.store.rows import IntakeItem

_SUBMISSION: Final = 1000


def register(parser: argparse.ArgumentParser) -> None:
    """Say which arguments the command takes."""
    parser.description = (
        "Issue credentials from a file of records, and report on every record that was refused. "
        "Ends with 0 when all are issued, 1 when some were refused, 2 when it could not."
    )
    add_deployment(parser)
    parser.add_argument("--kind", help="the kind to issue (default: the only one)")
    parser.add_argument("--variant", default="", help="the version of the upstream message")
    parser.add_argument("--out", type=Path, metavar="DIR", help="write bodies and a report there")
    parser.add_argument(
        "--formats",
        type=listed,
        default=(),
        metavar="NAME,…",
        help="what to issue: names of bodies, or of formats for all bodies in them (default: all)",
    )
    parser.add_argument(
        "--write",
        type=listed,
        default=(BODIES,),
        metavar="NAME,…",
        help=f"what to write there: {BODIES} (the signed bodies; the default), pdf, png, svg, …",
    )
    parser.add_argument(
        "--render",
        action="store_const",
        dest="write",
        const=None,
        help="write the bodies and every rendering there is",
    )
    parser.add_argument(
        "--parameter",
        action="append",
        type=_parameter,
        default=[],
        dest="parameters",
        metavar="NAME=VALUE",
        help="what the pictures are asked for, as `?NAME=VALUE` over HTTP; may come again",
    )
    parser.add_argument("--dry-run", action="store_true", help="check only; keep nothing")
    parser.add_argument("file", type=Path, metavar="FILE", help="JSON, JSON Lines or CSV")
    parser.set_defaults(run=run)


def run(parsed: argparse.Namespace) -> int:
    """Issue; 0 all issued, 1 some refused, 2 could not."""
    with build_house(parsed.deployment) as house:
        kind = _kind(house, parsed.kind)
        messages = read_messages(parsed.file, house.plans[kind].source, parsed.variant)
        if not messages:
            raise InvalidInput(f"{parsed.file} holds no records")
        formats, write = _meant(house, kind, parsed)
        writer = Writer(house, parsed.out, write, dict(parsed.parameters)) if parsed.out else None
        issue = _preview if parsed.dry_run else _issue
        outcomes = issue(house, kind, messages, formats)
        _tell(outcomes)
        if writer:
            writer.write(outcomes)
    return _status(outcomes, dry_run=parsed.dry_run)


def _parameter(text: str) -> tuple[str, str]:
    name, is_there, value = text.partition("=")
    if not name or not is_there:
        raise argparse.ArgumentTypeError("write it as NAME=VALUE")
    return name, value


def _status(outcomes: Sequence[Outcome], *, dry_run: bool) -> int:
    """What still waits or failed was neither issued nor refused."""
    good = {"waiting"} if dry_run else {"issued", "known"}
    left = {outcome.state for outcome in outcomes} - good
    return 2 if left - {"refused", "conflict"} else int(bool(left))


def _kind(house: House, named: str | None) -> str:
    names = list(house.plans)
    if not names:
        raise InvalidInput("this deployment issues nothing: it has no `credentials:`")
    if named is None and len(names) == 1:
        return names[0]
    if named not in names:
        raise InvalidInput(f"name one of this deployment's kinds with --kind: {', '.join(names)}")
    return named


def _meant(
    house: House, kind: str, parsed: argparse.Namespace
) -> tuple[Sequence[str], Sequence[str] | None]:
    """Return what to issue and what to write. Before there was `--write`, `--formats` named that."""
    written = {BODIES, *(option.suffix for option in house.drawing.options(kind))}
    issued = {name for plan in house.plans[kind].bodies for name in (plan.name, plan.format)}
    old = [name for name in parsed.formats if name in written - issued]
    if not old:
        return parsed.formats, parsed.write
    mend = f"write --write {','.join(old)}"
    print(f"mohar: --formats names what is issued; for what is written, {mend}", file=sys.stderr)
    return [name for name in parsed.formats if name not in old], old


def _issue(
    house: House, kind: str, messages: Sequence[Message], formats: Sequence[str]
) -> list[Outcome]:
    outcomes: list[Outcome] = []
    for start in range(0, len(messages), _SUBMISSION):
        batch = messages[start : start + _SUBMISSION]
        kept = house.submit(OPERATOR, kind, batch, formats=formats)
        receipt = house.issue_now(OPERATOR, kept)
        outcomes += [_shifted(outcome, start) for outcome in receipt.outcomes]
        _progress(len(outcomes), len(messages))
    return outcomes


def _preview(
    house: House, kind: str, messages: Sequence[Message], formats: Sequence[str]
) -> list[Outcome]:
    now, bodies = house.clock(), chosen(house.plans[kind], formats)
    items = [
        IntakeItem(
            intake_id="",
            submission_id="",
            position=position,
            kind=kind,
            source=house.plans[kind].source_name,
            variant=message.variant,
            content=message.content,
            received_at=now,
            attempts=0,
            bodies=bodies,
        )
        for position, message in enumerate(messages)
    ]
    return list(house.issuer.preview(kind, items))


def _shifted(outcome: Outcome, by: int) -> Outcome:
    return msgspec.structs.replace(outcome, position=outcome.position + by)


def _progress(done: int, of: int) -> None:
    if sys.stderr.isatty():
        end = "\n" if done == of else ""
        print(f"\r{done} of {of} records", end=end, file=sys.stderr, flush=True)


def _tell(outcomes: Sequence[Outcome]) -> None:
    for outcome in outcomes:
        about_body = [each for body in outcome.bodies for each in body.findings]
        for finding in (*outcome.findings, *about_body):
            where = " ".join(part for part in (finding.body or "", finding.where) if part)
            print(
                f"record {outcome.position + 1}: {outcome.state}: {finding.severity} "
                f"{finding.code}{' at ' + where if where else ''}: {finding.message}"
            )
    counted = Counter(outcome.state for outcome in outcomes)
    print(", ".join(f"{number} {state}" for state, number in sorted(counted.items())))
