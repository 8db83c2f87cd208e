"""`mohar serve`: the web server, with or without a worker beside it."""

from __future__ import annotations

import argparse
from contextlib import ExitStack

import uvicorn

from mohar.assembly.house import build_house
from mohar.assembly.opening import program_telemetry
from mohar.cli.options import add_deployment, stopped_by_signals
from mohar.web.app import create_app
from mohar.worker import Worker


def register(parser: argparse.ArgumentParser) -> None:
    """Say which arguments the command takes."""
    parser.description = "Serve the deployment over HTTP until it is stopped."
    add_deployment(parser)
    parser.add_argument("--host", help="address to listen on (default: web.host)")
    parser.add_argument("--port", type=int, help="port to listen on (default: web.port)")
    parser.add_argument("--with-worker", action="store_true", help="issue and announce as well")
    parser.set_defaults(run=run)


def run(parsed: argparse.Namespace) -> int:
    """Serve until stopped."""
    with ExitStack() as stack:
        telemetry = stack.enter_context(program_telemetry())
        house = stack.enter_context(build_house(parsed.deployment, telemetry=telemetry))
        house.must_fit_its_store()
        if parsed.with_worker:
            stack.enter_context(Worker(house).in_background())
        # The server takes the signals itself and sends them on when it has ended in order.
        stack.enter_context(stopped_by_signals(lambda: None))
        web = house.deployment.web
        uvicorn.run(
            create_app(house),
            host=parsed.host or web.host,
            port=parsed.port or web.port,
            log_config=None,
            access_log=False,
            server_header=False,
        )
    return 0
