"""`mohar correct`: a corrected credential takes the place of one that has a mistake."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mohar.access.correct import CorrectionRefused
from mohar.assembly.house import build_house
from mohar.cli.options import OPERATOR, add_deployment
from mohar.codec import strict_json
from mohar.domain.correction import Correction
from mohar.domain.credential import Outcome
from mohar.domain.errors import InvalidInput, LimitReached, Unreadable
from mohar.domain.findings import Finding
from mohar.domain.record import Message


def register(parser: argparse.ArgumentParser) -> None:
    """Say which arguments the command takes."""
    parser.description = (
        "Correct a credential: a new one is issued and the one before is superseded. Ends with 0 "
        "when that is so, 1 when it was refused, 2 when it could not be done."
    )
    add_deployment(parser)
    parser.add_argument("credential", metavar="ID", help="the id of the credential")
    parser.add_argument("--reason", required=True, help="why; kept sealed with the history")
    parser.add_argument("--evidence", default="", help="a reference to what proves it")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "--set",
        action="append",
        metavar="PATH=VALUE",
        dest="changes",
        help="a new value at a path of the record, as JSON or else as text; may be repeated",
    )
    what.add_argument(
        "--record", type=Path, metavar="FILE", help="a whole message of the source, as JSON"
    )
    parser.add_argument("--variant", default="", help="the version of an upstream message")
    parser.add_argument("--dry-run", action="store_true", help="only say what speaks against it")
    parser.set_defaults(run=run)


def run(parsed: argparse.Namespace) -> int:
    """Correct; 0 done, 1 refused, 2 could not."""
    message = Message(
        content=_record(parsed.record) if parsed.record else {},
        variant=parsed.variant,
        correction=Correction(
            credential_id=parsed.credential,
            reason=parsed.reason,
            actor_id=OPERATOR.actor_id,
            evidence=parsed.evidence,
            changes=_changes(parsed.changes) if parsed.changes else None,
        ),
    )
    with build_house(parsed.deployment) as house:
        if parsed.dry_run:
            return _previewed(house.corrections.preview(OPERATOR, message))
        try:
            receipt = house.corrections.correct(OPERATOR, message)
        except (CorrectionRefused, LimitReached) as refusal:
            print(refusal)
            _tell(refusal.findings)
            return 1
    (outcome,) = receipt.outcomes
    print(f"{parsed.credential}: {outcome.state} {outcome.credential_id or ''}".rstrip())
    return 0 if outcome.credential_id else 2


def _previewed(outcome: Outcome) -> int:
    findings = [*outcome.findings, *(each for body in outcome.bodies for each in body.findings)]
    _tell(findings)
    is_refused = outcome.state == "refused"
    print("it would be refused" if is_refused else "nothing speaks against it")
    return 1 if is_refused else 0


def _tell(findings: Sequence[Finding]) -> None:
    for finding in findings:
        where = f" at {finding.where}" if finding.where else ""
        print(f"  {finding.severity} {finding.code}{where}: {finding.message}")


def _changes(given: Sequence[str]) -> dict[str, Any]:
    changes = {}
    for each in given:
        path, sign, value = each.partition("=")
        if not sign or not path:
            raise InvalidInput("write --set PATH=VALUE, as in --set recipient.name=…")
        changes[path] = _value(value)
    return changes


def _value(text: str) -> Any:
    try:
        return strict_json.parse(text.encode())
    except Unreadable:
        return text


def _record(file: Path) -> dict[str, Any]:
    try:
        content = strict_json.parse(file.read_bytes())
    except OSError as error:
        raise InvalidInput(f"{file}: it cannot be read") from error
    if not isinstance(content, dict):
        raise InvalidInput(f"{file}: a record is a JSON object")
    return content
