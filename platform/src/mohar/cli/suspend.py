"""`mohar suspend`: take current credentials out of use until they are restored."""

from __future__ import annotations

import argparse

from mohar.cli.life import add_arguments, change
from mohar.cli.options import moment


def register(parser: argparse.ArgumentParser) -> None:
    """Say which arguments the command takes."""
    parser.description = add_arguments(
        parser, "Take current credentials out of use until they are restored."
    )
    parser.add_argument(
        "--until",
        type=moment,
        metavar="TIME",
        help="when it ends by itself, in RFC 3339 with its zone: 2027-01-31T00:00:00+05:30",
    )
    parser.set_defaults(run=run)


def run(parsed: argparse.Namespace) -> int:
    """Do it; 0 all are as wished, 1 some cannot be, 2 could not."""
    return change(parsed, "suspend", parsed.until)
