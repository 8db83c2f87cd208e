"""`mohar serve`: the web server, with or without a worker beside it."""

from __future__ import annotations

import argparse
import socket
from collections import Counter
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Final

import uvicorn

from mohar.assembly.house import House, build_house
from mohar.assembly.opening import program_telemetry
from mohar.cli.door import open_doors
from mohar.cli.options import add_deployment, stopped_by_signals
from mohar.cli.several import Pulse, serve_in_processes
from mohar.processes.memory import settle_memory
from mohar.web.app import create_app
from mohar.web.threads import request_threads
from mohar.worker import Worker

_BEAT_SECONDS: Final = 1


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
        house = stack.enter_context(
            build_house(parsed.deployment, telemetry=telemetry, draws_apart=True)
        )
        house.must_fit_its_store()
        web = house.deployment.web
        host, port = parsed.host or web.host, parsed.port or web.port
        doors = stack.enter_context(open_doors(host, port, web.processes))
        _tell(house, parsed.deployment, doors[0])
        if web.processes == 1:
            _serve(house, doors[0], with_worker=parsed.with_worker)
            return 0
        house.store.dispose()
        return serve_in_processes(
            partial(_serve_alone, parsed.deployment), doors, with_worker=parsed.with_worker
        )


def _serve_alone(folder: Path, door: socket.socket, pulse: Pulse, with_worker: bool) -> None:  # noqa: FBT001 -- a process is given its arguments by their places
    """Serve in a process of its own, whose house is its own as well."""
    with (
        program_telemetry() as telemetry,
        build_house(folder, telemetry=telemetry, draws_apart=True) as house,
    ):
        _serve(house, door, with_worker=with_worker, pulse=pulse)


def _serve(
    house: House, door: socket.socket, *, with_worker: bool, pulse: Pulse | None = None
) -> None:
    settle_memory()
    with ExitStack() as stack:
        stack.enter_context(request_threads())
        if with_worker:
            stack.enter_context(Worker(house).in_background())
        # The server takes the signals itself and sends them on when it has ended in order.
        stack.enter_context(stopped_by_signals(lambda: None))
        config = uvicorn.Config(
            create_app(house),
            log_config=None,
            access_log=False,
            server_header=False,
            forwarded_allow_ips=house.deployment.web.proxies,
            callback_notify=pulse.beat if pulse else None,
            timeout_notify=_BEAT_SECONDS,
        )
        uvicorn.Server(config).run(sockets=[door])


def _tell(house: House, folder: Path, door: socket.socket) -> None:
    """What people need to know before anybody calls."""
    risks = Counter(finding.code for finding in house.findings)
    if risks:
        told = ", ".join(f"{number} {code}" for code, number in risks.items())
        print(f"risks: {told}; `mohar config check {folder}` tells them")
    host, port = door.getsockname()[:2]
    address = f"[{host}]" if ":" in host else host
    print(f"serving {house.deployment.name} at http://{address}:{port} until Ctrl-C", flush=True)
