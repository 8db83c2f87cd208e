"""`mohar reissue`: propose to sign credentials once more, under the keys and types of today."""

from __future__ import annotations

import argparse
from pathlib import Path

from mohar.access.bulk import Proposal
from mohar.assembly.house import build_house
from mohar.cli.campaign import add_selection, operator, print_kept, read_ids, selection_of
from mohar.cli.options import add_deployment


def register(parser: argparse.ArgumentParser) -> None:
    """Say which arguments the command takes."""
    parser.description = (
        "Propose to issue current credentials once more from their kept records, under the keys "
        "and types of today. Another person approves it with `mohar bulk approve`; see there for "
        "all that follows. Without anything that narrows it, all of the kind are meant."
    )
    add_deployment(parser)
    parser.add_argument("--kind", required=True, metavar="NAME", help="credentials of this kind")
    parser.add_argument(
        "--file", type=Path, help="a file with ids, one in each line; - for standard input"
    )
    add_selection(parser)
    parser.set_defaults(run=run)


def run(parsed: argparse.Namespace) -> int:
    """Propose it; 0 it is kept, 2 it could not be."""
    proposal = Proposal(
        action="reissue",
        reason=parsed.reason,
        kind=parsed.kind,
        selection=selection_of(parsed),
        credential_ids=read_ids(parsed.file) if parsed.file else None,
    )
    with build_house(parsed.deployment) as house:
        print_kept(house.bulk.propose(operator(parsed), proposal))
    return 0
