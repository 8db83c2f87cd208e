"""`mohar add-format`: a credential issued before gets a body that it was issued without."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from mohar.assembly.house import build_house
from mohar.cli.options import OPERATOR, add_deployment
from mohar.cli.writer import BODIES, Writer
from mohar.domain.errors import InvalidInput
from mohar.domain.findings import Finding
from mohar.issuing.choice import listed


def register(parser: argparse.ArgumentParser) -> None:
    """Say which arguments the command takes."""
    parser.description = (
        "Add bodies to a current credential, made from the record it was issued from. Ends with 0 "
        "when all that were asked for are there, 1 when some were refused, 2 when it could not."
    )
    add_deployment(parser)
    parser.add_argument("--credential", required=True, metavar="ID", help="the credential's id")
    parser.add_argument(
        "--formats",
        type=listed,
        required=True,
        metavar="NAME,…",
        help="what to add: names of bodies, or of formats for all bodies in them",
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="write what is there now to DIR")
    parser.add_argument(
        "--write",
        type=listed,
        default=(BODIES,),
        metavar="NAME,…",
        help=f"what to write there: {BODIES} (the signed bodies; the default), pdf, png, svg, …",
    )
    parser.set_defaults(run=run)


def run(parsed: argparse.Namespace) -> int:
    """Add; 0 all are there, 1 some were refused, 2 could not."""
    with build_house(parsed.deployment) as house:
        writer = Writer(house, parsed.out, parsed.write) if parsed.out else None
        try:
            added = house.additions.add(OPERATOR, parsed.credential, parsed.formats)
        except InvalidInput as error:
            return _refused(error)
        for body in added.bodies:
            print(f"{body.name}: {'there' if body.issued else 'refused'}")
            _tell(body.findings)
        if writer:
            for secured in added.secured:
                writer.write_body(secured)
    return 0 if all(body.issued for body in added.bodies) else 1


def _refused(error: InvalidInput) -> int:
    """What the record lacks is a refusal; anything else could not be done as it was asked for."""
    if not error.findings:
        raise error
    print(error)
    _tell(error.findings)
    return 1


def _tell(findings: Sequence[Finding]) -> None:
    for finding in findings:
        where = " ".join(part for part in (finding.body or "", finding.where) if part)
        print(
            f"  {finding.severity} {finding.code}{' at ' + where if where else ''}: "
            f"{finding.message}"
        )
