"""`mohar worker`: issue what waits, announce what happened; run as many as you like."""

from __future__ import annotations

import argparse

from mohar.assembly.house import build_house
from mohar.assembly.opening import program_telemetry
from mohar.cli.options import Commands, add_deployment
from mohar.worker import Worker


def register(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("worker", help="do the background work")
    add_deployment(parser)
    parser.add_argument("--once", action="store_true", help="stop when nothing waits any more")
    parser.set_defaults(run=run)


def run(parsed: argparse.Namespace) -> int:
    """Work until stopped, or until nothing waits."""
    with (
        program_telemetry() as telemetry,
        build_house(parsed.deployment, telemetry=telemetry) as house,
    ):
        worker = Worker(house)
        if parsed.once:
            worker.run_until_idle()
        else:
            worker.run()
    return 0
