"""Build the web application of one House."""

from __future__ import annotations

from typing import Any

from litestar import Litestar, Request, Response, get
from litestar.config.response_cache import ResponseCacheConfig
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.openapi import OpenAPIConfig

from mohar.assembly.house import House
from mohar.domain.errors import MoharError
from mohar.web import credentials, docs, documents, records, verify
from mohar.web.answers import json_answer
from mohar.web.logging import logged
from mohar.web.plugin_routes import handler_for
from mohar.web.problems import on_http_error, on_mohar_error


def create_app(house: House) -> Litestar:
    """Return an ASGI application that serves this House; the House outlives it."""
    return Litestar(
        route_handlers=[*_own_handlers(), *_plugin_handlers(house)],
        state=State({"house": house}),
        middleware=[logged(house.telemetry)],
        exception_handlers={MoharError: on_mohar_error, HTTPException: on_http_error},
        request_max_body_size=house.deployment.web.max_body_bytes,
        openapi_config=OpenAPIConfig(
            title=f"mohar: {house.deployment.name}", version="1", path="/_openapi"
        ),
        response_cache_config=ResponseCacheConfig(),
        after_request=_secure_headers,
        debug=False,
    )


@get("/openapi.json", include_in_schema=False, sync_to_thread=False)
def openapi_json(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Return the description of this API (OpenAPI 3.1)."""
    return json_answer(request.app.openapi_schema.to_schema())


def _own_handlers() -> list[Any]:
    return [
        records.list_kinds,
        records.kind_schema,
        records.submit_records,
        records.submission,
        credentials.credential,
        credentials.search,
        verify.verify_anything,
        verify.verify_credential,
        verify.verify_page,
        documents.context,
        documents.did_json,
        documents.jwks_json,
        documents.live,
        documents.ready,
        documents.health,
        docs.docs_page,
        openapi_json,
    ]


def _plugin_handlers(house: House) -> list[Any]:
    return [
        handler_for(plugin, route)
        for plugin, routes in house.plugin_routes()
        for route in routes.routes
    ]


def _secure_headers(response: Response[Any]) -> Response[Any]:
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "no-referrer")
    response.headers.setdefault("X-Frame-Options", "DENY")
    response.headers.setdefault(
        "Content-Security-Policy",
        "default-src 'none'; style-src 'self' 'unsafe-inline'; script-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; connect-src 'self'; base-uri 'none'; form-action 'self'",
    )
    return response
