"""Several servers of one deployment at one address: each a process, watched by the first."""

from __future__ import annotations

import multiprocessing
import socket
from collections.abc import Callable, Sequence
from multiprocessing.process import BaseProcess
from threading import Event
from typing import Final

from mohar.cli.options import stopped_by_signals

_LOOK_SECONDS: Final = 0.5
_FAREWELL_SECONDS: Final = 30.0

Serve = Callable[[socket.socket, bool], None]


def serve_in_processes(serve: Serve, doors: Sequence[socket.socket], *, with_worker: bool) -> int:
    """
    Run `serve` in a process for each door until a signal comes; return 1 where one ended by itself.

    One that ends takes the others with it, so that whoever watches this program starts them all
    anew. Nothing is inherited but the door, which is closed here: each process opens its own keys
    and connections. The worker, if there is to be one, runs in the first.
    """
    started = multiprocessing.get_context("spawn")
    stop = Event()
    servers: list[BaseProcess] = [
        started.Process(target=serve, args=(door, with_worker and number == 0))
        for number, door in enumerate(doors)
    ]
    with stopped_by_signals(stop.set):
        for each in servers:
            each.start()
        for door in doors:
            door.close()
        while not stop.wait(_LOOK_SECONDS) and all(each.is_alive() for each in servers):
            pass
        is_broken = not stop.is_set()
        _end(servers)
    return 1 if is_broken else 0


def _end(servers: list[BaseProcess]) -> None:
    for each in servers:
        each.terminate()
    for each in servers:
        each.join(_FAREWELL_SECONDS)
        if each.is_alive():
            each.kill()
