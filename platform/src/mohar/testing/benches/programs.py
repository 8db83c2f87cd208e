"""The programs of a deployment as a deployer runs them, and callers that keep their connections."""

from __future__ import annotations

import http.client
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from threading import Lock
from typing import Final

import msgspec

from mohar.domain.errors import Unavailable

HOST: Final = "127.0.0.1"
_MOHAR: Final = Path(sys.executable).with_name("mohar")
_START_SECONDS: Final = 120.0
_LOOK_SECONDS: Final = 0.05
_CALL_SECONDS: Final = 60.0


class Door(msgspec.Struct, frozen=True, kw_only=True):
    """Where records are sent, and with which headers."""

    port: int
    path: str
    headers: dict[str, str]


class Sent(msgspec.Struct, frozen=True):
    """One request: when it was due, by the clock on the wall, and what was answered."""

    due_at: float
    answer: bytes


@contextmanager
def program(*arguments: object) -> Iterator[subprocess.Popen[bytes]]:
    """Run `mohar` with these arguments for the length of a block, and end it in order."""
    with subprocess.Popen(
        [_MOHAR, *map(str, arguments)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as running:
        try:
            yield running
        finally:
            running.terminate()
            try:
                running.wait(_START_SECONDS)
            except subprocess.TimeoutExpired:
                running.kill()


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(port: int, path: str) -> None:
    """
    Wait until a server answers a request for this path with 200.

    Raises:
        Unavailable: it did not, for as long as any start may take.
    """
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until:
        with suppress(OSError):
            connection = http.client.HTTPConnection(HOST, port, timeout=_CALL_SECONDS)
            connection.request("GET", path)
            status = connection.getresponse().status
            connection.close()
            if status == 200:
                return
        time.sleep(_LOOK_SECONDS)
    raise Unavailable("a server did not start, so nothing was measured")


def post(door: Door, bodies: Sequence[bytes], *, callers: int, per_second: float = 0) -> list[Sent]:
    """
    Send every body, by so many callers at once; each next one when it is due, if there is a rate.

    A request that goes out late, because all callers still wait, counts from when it was due.

    Raises:
        Unavailable: one was not taken in, or nobody answered.
    """
    numbers, lock, started = count(), Lock(), time.time()

    def call(_: int) -> list[Sent]:
        connection = http.client.HTTPConnection(HOST, door.port, timeout=_CALL_SECONDS)
        sent: list[Sent] = []
        while True:
            with lock:
                number = next(numbers)
            if number >= len(bodies):
                connection.close()
                return sent
            due_at = started + number / per_second if per_second else time.time()
            time.sleep(max(0.0, due_at - time.time()))
            sent.append(Sent(due_at, _taken(connection, door, bodies[number])))

    try:
        with ThreadPoolExecutor(callers) as pool:
            return [each for part in pool.map(call, range(callers)) for each in part]
    except (OSError, http.client.HTTPException) as error:
        raise Unavailable("a server went away, so nothing was measured") from error


def _taken(connection: http.client.HTTPConnection, door: Door, body: bytes) -> bytes:
    connection.request("POST", door.path, body, door.headers)
    response = connection.getresponse()
    answer = response.read()
    if response.status != 202:
        raise Unavailable(f"a server answered {response.status}, so nothing was measured")
    return answer
