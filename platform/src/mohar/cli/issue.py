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
from mohar.cli.options import OPERATOR, Commands, add_deployment
from mohar.cli.records_file import read_messages
from mohar.domain.credential import Outcome
from mohar.domain.errors import InvalidInput
from mohar.domain.findings import Refusal
from mohar.domain.record import Message
from mohar.store.rows import IntakeItem

_SUBMISSION: Final = 1000
_REPORT: Final = "report.jsonl"


def register(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("issue", help="issue credentials from a file of records")
    add_deployment(parser)
    parser.add_argument("--kind", help="the kind to issue (default: the only one)")
    parser.add_argument("--variant", default="", help="the version of the upstream message")
    parser.add_argument("--out", type=Path, metavar="DIR", help="write bodies and a report there")
    parser.add_argument("--render", action="store_true", help="draw every rendering as well")
    parser.add_argument("--dry-run", action="store_true", help="check only; keep nothing")
    parser.add_argument("file", type=Path, metavar="FILE", help="JSON, JSON Lines or CSV")
    parser.set_defaults(run=run)


def run(parsed: argparse.Namespace) -> int:
    """Issue; 0 all issued, 1 some refused, 2 could not."""
    with build_house(parsed.deployment) as house:
        kind = _kind(house, parsed.kind)
        messages = read_messages(parsed.file, house.plans[kind].source, parsed.variant)
        issue = _preview if parsed.dry_run else _issue
        outcomes = issue(house, kind, messages)
        if parsed.out:
            write_out(house, outcomes, parsed.out, render=parsed.render)
    _tell(outcomes)
    return 0 if all(each.state in {"issued", "known", "waiting"} for each in outcomes) else 1


def write_out(house: House, outcomes: Sequence[Outcome], out: Path, *, render: bool) -> None:
    """Write the report, each signed body, and its renderings when asked for."""
    out.mkdir(parents=True, exist_ok=True)
    lines = [msgspec.json.encode(outcome) for outcome in outcomes]
    (out / _REPORT).write_bytes(b"\n".join([*lines, b""]))
    for outcome in outcomes:
        if outcome.credential_id and outcome.state in {"issued", "known"}:
            _write_bodies(house, outcome.credential_id, out, render=render)


def _write_bodies(house: House, credential_id: str, out: Path, *, render: bool) -> None:
    for secured in house.access.bodies(OPERATOR, credential_id):
        stem = f"{credential_id}.{secured.body}"
        (out / f"{stem}.json").write_bytes(secured.content)
        for option, drawn in house.access.drawings(OPERATOR, secured) if render else []:
            if isinstance(drawn, Refusal):
                print(f"{stem}: {drawn.findings[0].message}", file=sys.stderr)
            else:
                (out / f"{stem}.{option.name}.{drawn.suffix}").write_bytes(drawn.content)


def _kind(house: House, named: str | None) -> str:
    names = list(house.plans)
    if named is None and len(names) == 1:
        return names[0]
    if named not in names:
        raise InvalidInput(f"name one of this deployment's kinds with --kind: {', '.join(names)}")
    return named


def _issue(house: House, kind: str, messages: Sequence[Message]) -> list[Outcome]:
    outcomes: list[Outcome] = []
    for start in range(0, len(messages), _SUBMISSION):
        batch = messages[start : start + _SUBMISSION]
        receipt = house.issue_now(OPERATOR, house.submit(OPERATOR, kind, batch))
        outcomes += [_shifted(outcome, start) for outcome in receipt.outcomes]
        _progress(len(outcomes), len(messages))
    return outcomes


def _preview(house: House, kind: str, messages: Sequence[Message]) -> list[Outcome]:
    now = house.clock()
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
