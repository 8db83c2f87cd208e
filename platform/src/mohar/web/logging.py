"""One log line a request: the route's template, never the path, which may name somebody."""

from __future__ import annotations

import time
from typing import Any

from litestar.types import ASGIApp, Message, Receive, Scope, Send

from mohar.plugin import Telemetry


def logged(telemetry: Telemetry) -> Any:
    """Return a middleware that writes and counts each request."""

    def middleware(app: ASGIApp) -> ASGIApp:
        async def call(scope: Scope, receive: Receive, send: Send) -> None:
            if str(scope["type"]) != "http":
                await app(scope, receive, send)
                return
            started, status = time.perf_counter(), [0]

            async def watched(message: Message) -> None:
                if message["type"] == "http.response.start":
                    status[0] = message["status"]
                await send(message)

            await app(scope, receive, watched)
            _write(telemetry, scope, status[0], time.perf_counter() - started)

        return call

    return middleware


def _write(telemetry: Telemetry, scope: Any, status: int, seconds: float) -> None:
    route = str(scope.get("path_template") or "unknown")
    telemetry.log(
        "request",
        route=route,
        method=str(scope["method"]),
        status=status,
        duration_ms=round(seconds * 1000, 1),
    )
    telemetry.count("http.server.requests", route=route, status=status)
