"""Routes of plugins, behind the same door as our own."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response
from litestar.handlers import HTTPRouteHandler, route

from mohar.domain.access import Actor
from mohar.plugin import Route, RouteRequest
from mohar.web.auth import actor_of, house_of

_ANYBODY = Actor(actor_id="anybody", name="anybody")


def handler_for(plugin: str, offered: Route) -> HTTPRouteHandler:
    """Return the handler of one plugin route; a route with an action is never open."""

    @route(
        _litestar_path(offered.path),
        http_method=[offered.method],  # type: ignore[list-item] # a plugin names it as text
        status_code=200,
        sync_to_thread=True,
        summary=offered.summary,
        tags=[plugin],
        name=f"{plugin} {offered.method} {offered.path}",
    )
    def handle(request: Request[Any, Any, Any], body: bytes) -> Response[bytes]:
        answer = offered.handle(
            RouteRequest(
                actor=_caller(request, plugin, offered),
                body=body,
                query=dict(request.query_params),
                path={name: str(value) for name, value in request.path_params.items()},
                content_type=request.content_type[0],
            )
        )
        return Response(
            answer.content,
            status_code=answer.status,
            media_type=answer.media_type,
            headers=dict(answer.headers),
        )

    return handle


def _caller(request: Request[Any, Any, Any], plugin: str, offered: Route) -> Actor:
    if offered.action is None:
        return _ANYBODY
    actor, house = actor_of(request), house_of(request)
    action, _, kind = offered.action.partition(":")
    house.permits.require(actor, action, kind or house.kind_fed_by(plugin))
    return actor


def _litestar_path(path: str) -> str:
    return path.replace("}", ":str}")
