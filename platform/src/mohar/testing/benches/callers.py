"""Many callers in one thread, so light that what they ask is measured and not they."""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Iterator, Sequence
from typing import Final

from mohar.domain.errors import Unavailable
from mohar.testing.benches.programs import HOST

_PATIENCE_SECONDS: Final = 30.0
_AT_ONCE: Final = 262_144
_GOOD: Final = b"HTTP/1.1 200 "
_LENGTH: Final = b"content-length: "
_END: Final = b"\r\n\r\n"


def get(port: int, requests: Sequence[bytes], *, callers: int) -> list[float]:
    """
    Send every request over connections that are kept, and return how long each answer took.

    Raises:
        Unavailable: one was not answered with 200, or nobody answered.
    """
    waiting = iter(requests)
    took: list[float] = []
    with selectors.DefaultSelector() as selector:
        for _ in range(min(callers, len(requests))):
            line = socket.create_connection((HOST, port), _PATIENCE_SECONDS)
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            selector.register(line, selectors.EVENT_READ, _Caller(line, waiting, took))
        for each in list(selector.get_map().values()):
            each.data.ask()
        try:
            _listen(selector)
        finally:
            for each in list(selector.get_map().values()):
                each.data.close()
    return took


def _listen(selector: selectors.BaseSelector) -> None:
    while selector.get_map():
        ready = selector.select(_PATIENCE_SECONDS)
        if not ready:
            raise Unavailable("a server did not answer, so nothing was measured")
        for key, _ in ready:
            if not key.data.listen():
                selector.unregister(key.fileobj)
                key.data.close()


class _Caller:
    """One connection, and one request at a time on it."""

    def __init__(self, line: socket.socket, waiting: Iterator[bytes], took: list[float]) -> None:
        self._line = line
        self._waiting = waiting
        self._took = took
        self._heard = b""
        self._asked_at = 0.0

    def ask(self) -> bool:
        """Send the next request, if there is one."""
        request = next(self._waiting, None)
        if request is None:
            return False
        self._heard, self._asked_at = b"", time.perf_counter()
        self._line.sendall(request)
        return True

    def listen(self) -> bool:
        """Take what has come; ask again when it is whole. Returns False when all is asked."""
        heard = self._line.recv(_AT_ONCE)
        self._heard += heard
        head, found, body = self._heard.partition(_END)
        if not heard or (found and not head.startswith(_GOOD)):
            raise Unavailable("a server did not answer 200, so nothing was measured")
        if not found or len(body) < _length(head):
            return True
        self._took.append(time.perf_counter() - self._asked_at)
        return self.ask()

    def close(self) -> None:
        """End the connection."""
        self._line.close()


def _length(head: bytes) -> int:
    lowered = head.lower()
    at = lowered.index(_LENGTH) + len(_LENGTH)
    return int(lowered[at : at + 20].partition(b"\r\n")[0])
