"""
The outermost layer: every answer passes here, those of the framework too.

It answers HEAD as GET without the content, hardens the headers, waits for no body without end, and
writes one log line with the route's template: never the path or the query, which may name somebody.
"""

from __future__ import annotations

import time
from collections.abc import MutableMapping
from http import HTTPStatus
from typing import Any, Final

import anyio
from litestar.exceptions import HTTPException
from litestar.types import ASGIApp, Message, Receive, ReceiveMessage, Scope, Send

from mohar.plugin import Telemetry

_HEADERS: Final = {
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"x-frame-options": b"DENY",
    b"cross-origin-opener-policy": b"same-origin",
    b"content-security-policy": (
        b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        b"connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    # What is not said to be public is for the caller alone.
    b"cache-control": b"no-store",
}


# RFC 6797: browsers that came by TLS once never come without it for a year.
_ONLY_BY_TLS: Final = (b"strict-transport-security", b"max-age=31536000")


class TooSlow(HTTPException):
    """The body of the request did not come in time (RFC 9110 §15.5.9)."""

    status_code = HTTPStatus.REQUEST_TIMEOUT


class Door:
    """
    Wraps an ASGI application.

    A body that has not come whole `body_seconds` after its request is not waited for. Where the
    house is reached by TLS its answers say so.
    """

    def __init__(
        self, app: ASGIApp, telemetry: Telemetry, *, body_seconds: float, by_tls: bool
    ) -> None:
        self._app = app
        self._telemetry = telemetry
        self._body_seconds = body_seconds
        self._headers = [*_HEADERS.items(), *([_ONLY_BY_TLS] if by_tls else [])]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection; nothing but HTTP is watched."""
        if str(scope["type"]) != "http":
            await self._app(scope, receive, send)
            return
        visit = _Visit(scope, receive, send, self._body_seconds, self._headers)
        try:
            await self._app(visit.scope, visit.receive, visit.send)
        finally:
            self._write(visit)

    def _write(self, visit: _Visit) -> None:
        route = str(visit.scope.get("path_template") or "unknown")
        self._telemetry.log(
            "request",
            route=route,
            method=visit.method,
            status=visit.status,
            duration_ms=round(visit.seconds() * 1000, 1),
        )
        self._telemetry.count("http.server.requests", route=route, status=visit.status)


class _Visit:
    """One request on its way through."""

    def __init__(
        self,
        scope: Any,
        receive: Receive,
        send: Send,
        body_seconds: float,
        headers: list[tuple[bytes, bytes]],
    ) -> None:
        self.method = str(scope["method"])
        self.status = 0
        # A copy: the server needs to know that the caller asked for no content.
        self.scope: Any = {**scope, "method": "GET"} if self.method == "HEAD" else scope
        self._receive = receive
        self._send = send
        self._headers = headers
        self._body_seconds = body_seconds
        self._is_whole = False
        self._started = time.perf_counter()

    def seconds(self) -> float:
        """Return how long it has been here."""
        return time.perf_counter() - self._started

    async def receive(self) -> ReceiveMessage:
        """Return the next part of the body, or that the caller has gone. Raises TooSlow."""
        if self._is_whole:
            # What comes now is that the caller has gone, however late.
            return await self._receive()
        try:
            with anyio.fail_after(max(0.0, self._body_seconds - self.seconds())):
                message = await self._receive()
        except TimeoutError:
            raise TooSlow from None
        self._is_whole = not message.get("more_body", False)
        return message

    async def send(self, message: Message) -> None:
        """Pass a message on to the caller."""
        changed: MutableMapping[str, Any] = {**message}
        if message["type"] == "http.response.start":
            self.status = message["status"]
            changed["headers"] = self._hardened(message.get("headers", ()))
        elif self.method == "HEAD" and message["type"] == "http.response.body":
            changed["body"] = b""
        await self._send(changed)  # type: ignore[arg-type] # the same message with other values

    def _hardened(self, headers: Any) -> list[tuple[bytes, bytes]]:
        given = [(name.lower(), _with_head(name, value)) for name, value in headers]
        there = {name for name, _ in given}
        return given + [item for item in self._headers if item[0] not in there]


def _with_head(name: bytes, value: bytes) -> bytes:
    """Say of whatever can be got that its head can."""
    allows_get = name.lower() == b"allow" and b"GET" in value and b"HEAD" not in value
    return value.replace(b"GET", b"GET, HEAD") if allows_get else value
