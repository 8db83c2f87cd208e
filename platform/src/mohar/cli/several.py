"""Several servers of one deployment at one address: each a process, watched by the first."""

from __future__ import annotations

import multiprocessing
import socket
from collections.abc import Callable, Sequence
from multiprocessing.context import SpawnContext
from multiprocessing.process import BaseProcess
from threading import Event
from typing import Final

from mohar.cli.options import stopped_by_signals

_LOOK_SECONDS: Final = 0.5
# Half a minute of looks, and not of a clock: a machine that was frozen as a whole stood not still.
_STILL_LOOKS: Final = 60
_FAREWELL_SECONDS: Final = 30.0


class Pulse:
    """By which a server shows that it still takes calls; it begins with the first beat."""

    def __init__(self, context: SpawnContext) -> None:
        # One writes and one reads a single number: there is nothing to lock.
        self._beats = context.Value("Q", 0, lock=False)
        self._seen = 0
        self._looks = 0

    async def beat(self) -> None:
        """Show it; to be awaited where calls are taken."""
        self._beats.value += 1

    def look(self) -> int:
        """Return how many looks in a row have seen no beat, this one included."""
        beats: int = self._beats.value
        self._looks = self._looks + 1 if 0 < beats == self._seen else 0
        self._seen = beats
        return self._looks


Serve = Callable[[socket.socket, Pulse, bool], None]


def serve_in_processes(
    serve: Serve,
    doors: Sequence[socket.socket],
    *,
    with_worker: bool,
    still_looks: int = _STILL_LOOKS,
) -> int:
    """
    Run `serve` in a process for each door until a signal comes.

    Returns 1 where one ended by itself, or stood still for so many looks. It takes the others with it, so
    that whoever watches this program starts them all anew: callers that are sent to its door would
    wait in vain. Nothing is inherited but the door, which is closed here: each process opens its own
    keys and connections. The worker, if there is to be one, runs in the first.
    """
    started = multiprocessing.get_context("spawn")
    stop = Event()
    pulses = [Pulse(started) for _ in doors]
    servers: list[BaseProcess] = [
        started.Process(target=serve, args=(door, pulse, with_worker and number == 0))
        for number, (door, pulse) in enumerate(zip(doors, pulses, strict=True))
    ]
    with stopped_by_signals(stop.set):
        for each in servers:
            each.start()
        for door in doors:
            door.close()
        while not stop.wait(_LOOK_SECONDS) and all(each.is_alive() for each in servers):
            if max([pulse.look() for pulse in pulses]) >= still_looks:
                break
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
