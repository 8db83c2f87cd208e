"""
The outermost layer: every answer passes here, those of the framework too.

It answers HEAD as GET without the content, hardens the headers, and writes one log line with the
route's template: never the path or the query, which may name somebody.
"""

from __future__ import annotations

import time
from collections.abc import MutableMapping
from typing import Any, Final

from litestar.types import ASGIApp, Message, Receive, Scope, Send

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


class Door:
    """Wraps an ASGI application."""

    def __init__(self, app: ASGIApp, telemetry: Telemetry) -> None:
        self._app = app
        self._telemetry = telemetry

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection; nothing but HTTP is watched."""
        if str(scope["type"]) != "http":
            await self._app(scope, receive, send)
            return
        visit = _Visit(scope, send)
        try:
            await self._app(visit.scope, receive, visit.send)
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

    def __init__(self, scope: Any, send: Send) -> None:
        self.method = str(scope["method"])
        self.status = 0
        # A copy: the server needs to know that the caller asked for no content.
        self.scope: Any = {**scope, "method": "GET"} if self.method == "HEAD" else scope
        self._send = send
        self._started = time.perf_counter()

    def seconds(self) -> float:
        """Return how long it has been here."""
        return time.perf_counter() - self._started

    async def send(self, message: Message) -> None:
        """Pass a message on to the caller."""
        changed: MutableMapping[str, Any] = {**message}
        if message["type"] == "http.response.start":
            self.status = message["status"]
            changed["headers"] = _hardened(message.get("headers", ()))
        elif self.method == "HEAD" and message["type"] == "http.response.body":
            changed["body"] = b""
        await self._send(changed)  # type: ignore[arg-type] # the same message with other values


def _hardened(headers: Any) -> list[tuple[bytes, bytes]]:
    given = [(name.lower(), _with_head(name, value)) for name, value in headers]
    there = {name for name, _ in given}
    return given + [item for item in _HEADERS.items() if item[0] not in there]


def _with_head(name: bytes, value: bytes) -> bytes:
    """Say of whatever can be got that its head can."""
    allows_get = name.lower() == b"allow" and b"GET" in value and b"HEAD" not in value
    return value.replace(b"GET", b"GET, HEAD") if allows_get else value
