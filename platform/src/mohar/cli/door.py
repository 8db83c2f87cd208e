"""The sockets on which servers of ours listen."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Final

from mohar.domain.errors import InvalidInput

_BACKLOG: Final = 2048
_LAST_PORT: Final = 65_535


@contextmanager
def open_doors(host: str, port: int, count: int) -> Iterator[Sequence[socket.socket]]:
    """
    Open so many sockets that listen at one address, for the length of a block.

    The system deals the connections out among them by chance. At one socket that all wait at,
    whoever wakes first would take all connections that come at once, and leave the others idle.

    Raises:
        InvalidInput: nobody can listen there, or somebody listens there already.
    """
    with ExitStack() as stack:
        if count == 1 or not hasattr(socket, "SO_REUSEPORT"):
            yield [stack.enter_context(open_door(host, port))] * count
            return
        # Whoever shares an address is not told of another that shares it: it must be free first.
        with open_door(host, port) as free:
            port = free.getsockname()[1]
        yield [stack.enter_context(open_door(host, port, is_shared=True)) for _ in range(count)]


def open_door(host: str, port: int, *, is_shared: bool = False) -> socket.socket:
    """
    Return a socket that listens; close it, or hand it to a server.

    Raises:
        InvalidInput: nobody can listen there.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    if not 0 <= port <= _LAST_PORT:
        raise InvalidInput(f"cannot listen on port {port}: a port is 0 to {_LAST_PORT}")
    try:
        door = socket.create_server(
            (host, port), family=family, backlog=_BACKLOG, reuse_port=is_shared
        )
    except OSError as error:
        raise InvalidInput(
            f"cannot listen on {host} port {port}: {error.strerror or error}; "
            "choose another with --port"
        ) from error
    # Each connection inherits it: the head and the content of an answer are sent one after the other,
    # and the second would wait for the caller to say that the first has come (forty milliseconds).
    door.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return door
