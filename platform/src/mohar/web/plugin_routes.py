"""Routes of plugins, behind the same door as our own."""

from __future__ import annotations

import time
from typing import Any

from anyio import sleep
from anyio.to_thread import run_sync
from litestar import Request, Response
from litestar.handlers import HTTPRouteHandler, route
from litestar.params import RawBody

from mohar.domain.access import Actor
from mohar.domain.errors import MoharError
from mohar.plugin import Route, RouteRequest
from mohar.web.answers import private_answer
from mohar.web.auth import PARTNER, SECURITY, actor_of, client_of, house_of, known_caller
from mohar.web.described import BYTES, answers, taking
from mohar.web.problems import on_mohar_error

_ANYBODY = Actor(actor_id="anybody", name="anybody")
_OPEN = (400, 404, 409, 429, 503)
_CLOSED = (400, 403, 404, 409, 412, 429, 503)
_TAKES_A_BODY = frozenset({"POST", "PUT", "PATCH"})


def handler_for(plugin: str, offered: Route, max_file_bytes: int) -> HTTPRouteHandler:
    """Return the handler of one plugin route; a route with an action is never open."""
    is_open = offered.action is None
    takes = taking({"application/octet-stream": BYTES}, "What the plugin documents.")
    options: dict[str, Any] = {"operation_class": takes} if offered.method in _TAKES_A_BODY else {}
    if offered.takes_file:
        options["request_max_body_size"] = max_file_bytes

    @route(
        _litestar_path(offered.path),
        http_method=[offered.method],  # type: ignore[list-item] # a plugin names it as text
        status_code=200,
        guards=[] if is_open else [known_caller],
        security=_security(offered),
        summary=offered.summary,
        description=f"An operation of the plugin {plugin}.",
        responses=answers(
            {200: (None, "What the plugin documents.")},
            *(_OPEN if is_open else _CLOSED),
            *([401] if offered.checks_caller or not is_open else []),
        ),
        tags=[plugin],
        name=f"{plugin} {offered.method} {offered.path}",
        **options,
    )
    async def handle(request: Request[Any, Any, Any], body: RawBody) -> Response[bytes]:
        earliest = time.monotonic() + offered.answer_after_seconds
        try:
            return await run_sync(_answered, plugin, offered, request, body)
        except MoharError as error:
            # An error waits as long as an answer does, or it would be told by being quicker.
            return on_mohar_error(request, error)
        finally:
            await sleep(max(0.0, earliest - time.monotonic()))

    return handle


def _answered(
    plugin: str, offered: Route, request: Request[Any, Any, Any], body: bytes
) -> Response[bytes]:
    house_of(request).pausing.must_run(plugin)
    answer = offered.handle(_seen(plugin, offered, request, body))
    return private_answer(
        answer.content,
        status=answer.status,
        media_type=answer.media_type,
        headers=answer.headers,
    )


def _seen(
    plugin: str, offered: Route, request: Request[Any, Any, Any], body: bytes
) -> RouteRequest:
    is_open = offered.action is None
    return RouteRequest(
        actor=_ANYBODY if is_open else _permitted(request, plugin, offered),
        body=body,
        query={name: str(value) for name, value in request.query_params.items()},
        path={name: str(value) for name, value in request.path_params.items()},
        content_type=request.headers.get("content-type", ""),
        queries=tuple((name, str(value)) for name, value in request.query_params.multi_items()),
        headers={name.lower(): value for name, value in request.headers.items()},
        client=client_of(request),
    )


def _security(offered: Route) -> list[dict[str, list[str]]]:
    if offered.action is not None:
        return SECURITY
    return PARTNER if offered.checks_caller else []


def _permitted(request: Request[Any, Any, Any], plugin: str, offered: Route) -> Actor:
    actor, house = actor_of(request), house_of(request)
    action, _, kind = (offered.action or "").partition(":")
    house.permits.require_some(actor, action, kind or house.kind_fed_by(plugin))
    return actor


def _litestar_path(path: str) -> str:
    return path.replace("}", ":str}")
