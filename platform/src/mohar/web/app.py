"""Build the web application of one House."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

from litestar import Litestar, MediaType, Router
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.types import Method

from mohar.assembly.house import House
from mohar.domain.errors import MoharError
from mohar.web import (
    bodies,
    bulk,
    corrections,
    credentials,
    deliveries,
    documents,
    files,
    health,
    holder,
    holder_pages,
    kinds,
    lifecycle,
    pages,
    records,
    requests,
    status,
    vc_api,
    verify,
)
from mohar.web.auth import HOLDER, SECURITY, known_caller, known_holder, security_schemes
from mohar.web.door import Door
from mohar.web.plugin_routes import handler_for
from mohar.web.problems import on_fault, on_http_error, on_mohar_error
from mohar.web.threads import threads_of_the_loop


def create_app(house: House) -> Litestar:
    """Return an ASGI application that serves this House; the House outlives it."""
    app = Litestar(
        route_handlers=[
            _for_anybody(),
            _for_known_callers(),
            _for_holders(),
            _for_files(house.deployment.web.max_file_bytes),
            *_of_plugins(house),
        ],
        state=State({"house": house}),
        exception_handlers={
            MoharError: on_mohar_error,
            HTTPException: on_http_error,
            Exception: on_fault,
        },
        lifespan=[partial(threads_of_the_loop, held=house.deployment.drawing.processes)],
        request_max_body_size=house.deployment.web.max_body_bytes,
        openapi_config=_openapi(house),
        # The framework's own logging would write tracebacks, and replace the handlers of ours.
        logging_config=None,
        debug=False,
    )
    app.asgi_handler = Door(
        app.asgi_handler,
        house.telemetry,
        body_seconds=house.deployment.web.body_seconds,
        by_tls=house.deployment.domains.public.startswith("https:"),
    )
    return app


def _for_anybody() -> Router:
    """What needs no key: nothing here issues a credential, or shows one it was not shown."""
    return Router(
        "/",
        route_handlers=[
            kinds.list_kinds,
            kinds.kind_schema,
            verify.verify_anything,
            vc_api.verify_credential,
            vc_api.verify_presentation,
            # Before the others, or the framework answers OPTIONS at their paths by itself.
            documents.preflight,
            status.preflight,
            documents.did_json,
            documents.jwks_json,
            documents.trust_json,
            documents.context,
            status.status_list,
            status.status_snapshot,
            status.card_list,
            health.live,
            health.ready,
            health.health,
            *pages.HANDLERS,
            *holder_pages.HANDLERS,
            *holder.OPEN,
        ],
    )


def _for_known_callers() -> Router:
    return Router(
        "/",
        guards=[known_caller],
        security=SECURITY,
        route_handlers=[
            records.submit_records,
            records.submission,
            records.replay,
            files.errors,
            credentials.credential,
            credentials.search,
            bodies.add_bodies,
            corrections.correct,
            lifecycle.revoke,
            lifecycle.suspend,
            lifecycle.restore,
            lifecycle.history,
            lifecycle.reads,
            deliveries.list_deliveries,
            deliveries.delivery,
            deliveries.redeliver,
            requests.make_request,
            requests.list_requests,
            requests.one_request,
            requests.approve,
            requests.decline,
            requests.forward,
            requests.withdraw,
            requests.answer,
            *bulk.HANDLERS,
            holder.print_certificate,
            vc_api.issue_credential,
            vc_api.change_status,
        ],
    )


def _for_holders() -> Router:
    """What needs the token of a session that a holder opened with a one-time code."""
    return Router("/", guards=[known_holder], security=HOLDER, route_handlers=[*holder.GUARDED])


def _for_files(max_bytes: int) -> Router:
    """A file is larger than anything else that is sent here."""
    return Router(
        "/",
        guards=[known_caller],
        security=SECURITY,
        request_max_body_size=max_bytes,
        route_handlers=[files.submit_file, files.files],
    )


def _of_plugins(house: House) -> list[Any]:
    return [
        handler_for(plugin, route, house.deployment.web.max_file_bytes)
        for plugin, routes in house.plugin_routes()
        for route in routes.routes
    ]


def _operation_id(_: HTTPRouteHandler, method: Method, path: list[Any]) -> str:
    """Name an operation by its method and path, so that it is the same in every release."""
    words = [part if isinstance(part, str) else part.name for part in path]
    return "_".join([method.lower(), *(re.sub(r"\W+", "_", word).strip("_") for word in words)])


def _openapi(house: House) -> OpenAPIConfig:
    return OpenAPIConfig(
        title=f"mohar: {house.deployment.name}",
        version="1",
        path="/openapi.json",
        components=security_schemes(),
        use_handler_docstrings=True,
        operation_id_creator=_operation_id,
        # The framework's own pages load scripts from elsewhere.
        render_plugins=[JsonRenderPlugin(path="/", media_type=MediaType.JSON)],
    )
