"""The socket on which a server of ours listens."""

from __future__ import annotations

import socket
from typing import Final

from mohar.domain.errors import InvalidInput

_BACKLOG: Final = 2048
_LAST_PORT: Final = 65_535


def open_door(host: str, port: int) -> socket.socket:
    """
    Return a socket that listens; close it, or hand it to a server.

    Raises:
        InvalidInput: nobody can listen there.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    if not 0 <= port <= _LAST_PORT:
        raise InvalidInput(f"cannot listen on port {port}: a port is 0 to {_LAST_PORT}")
    try:
        door = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise InvalidInput(
            f"cannot listen on {host} port {port}: {error.strerror or error}; "
            "choose another with --port"
        ) from error
    # Each connection inherits it: the head and the content of an answer are sent one after the other,
    # and the second would wait for the caller to say that the first has come (forty milliseconds).
    door.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return door
