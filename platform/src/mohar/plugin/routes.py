"""HTTP operations that plugins add, and doors: those by which others ask for credentials."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import msgspec

from mohar.domain.access import Actor


class RouteRequest(msgspec.Struct, frozen=True, kw_only=True):
    """
    An HTTP request as a plugin sees it: already authenticated, its body already limited.

    `query` has the last value of each parameter, `queries` all of them, in order. `content_type` is
    the header as it came, parameters and all; `headers` are all of them, by their names in small
    letters. `client` is the address of the caller, as the trusted proxies tell it.
    """

    actor: Actor
    body: bytes
    query: Mapping[str, str]
    path: Mapping[str, str]
    content_type: str
    queries: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = {}
    client: str = ""


class RouteResponse(msgspec.Struct, frozen=True, kw_only=True):
    """What a plugin answers. A MoharError raised instead becomes an RFC 9457 problem."""

    status: int = 200
    content: bytes = b""
    media_type: str = "application/json"
    headers: Mapping[str, str] = {}


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """
    One HTTP operation under the plugin's own prefix, as in `/upstream/api/v1/certify`.

    `action` is the scope a caller needs (`issue:diploma`); None opens the door to everybody,
    which `mohar plugins check` reports. `path` may hold `{name}` parameters. One that takes a file
    takes as many bytes as `web.max_file_bytes` says, every other one `web.max_body_bytes`.
    `checks_caller` says of an open one that the plugin itself refuses with 401 whom it does not know.
    No answer leaves earlier than `answer_after_seconds` after the request: where what is not there
    must not be told by how quick its answer is.
    """

    method: str
    path: str
    action: str | None
    summary: str
    handle: Callable[[RouteRequest], RouteResponse]
    takes_file: bool = False
    checks_caller: bool = False
    answer_after_seconds: float = 0.0


class Routes:
    """The routes a plugin adds."""

    def __init__(self) -> None:
        self.routes: list[Route] = []

    def add(self, route: Route) -> None:
        """Add one operation."""
        self.routes.append(route)


class Door(Protocol):
    """
    Lets partners and holders ask for credentials by the routes of another system.

    It reads as the actor that its tools name, whose scopes the deployment gives it, and knows its
    callers by itself: a route of a door may be open to the house and closed to all but one partner.
    """

    def routes(self) -> Sequence[Route]:
        """Return the HTTP operations of this door; asked once."""
        ...
