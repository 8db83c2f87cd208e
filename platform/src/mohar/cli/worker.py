"""`mohar worker`: issue what waits, announce what happened; run as many as you like."""

from __future__ import annotations

import argparse

from mohar.assembly.house import build_house
from mohar.assembly.opening import program_telemetry
from mohar.cli.options import add_deployment, stopped_by_signals
from mohar.processes.memory import settle_memory
from mohar.worker import Worker


def register(parser: argparse.ArgumentParser) -> None:
    """Say which arguments the command takes."""
    parser.description = (
        "Issue what waits and announce what happened. Run as many as you like; "
        "SIGTERM ends one after the batch it is at."
    )
    add_deployment(parser)
    parser.add_argument("--once", action="store_true", help="stop when nothing waits any more")
    parser.set_defaults(run=run)


def run(parsed: argparse.Namespace) -> int:
    """Work until stopped, or until nothing waits."""
    with (
        program_telemetry() as telemetry,
        build_house(parsed.deployment, telemetry=telemetry, draws_apart=True) as house,
    ):
        house.must_fit_its_store()
        settle_memory()
        worker = Worker(house)
        with stopped_by_signals(worker.stop):
            worker.run_until_idle() if parsed.once else worker.run()
    return 0
