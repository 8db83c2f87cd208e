"""Who is calling: a key or token in `Authorization` (RFC 6750), or a key in `X-API-Key`."""

from __future__ import annotations

from typing import Any, Final

from anyio.to_thread import run_sync
from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.openapi.spec import Components, SecurityScheme

from mohar.assembly.house import House
from mohar.domain.access import Actor

SECURITY: Final[list[dict[str, list[str]]]] = [{"bearer": []}, {"header": []}]
PARTNER: Final[list[dict[str, list[str]]]] = [{"partner": []}]
_ACTOR: Final = "user"


def security_schemes() -> Components:
    """Return the two ways to say who calls, as OpenAPI tells of them."""
    return Components(
        security_schemes={
            "bearer": SecurityScheme(
                type="http",
                scheme="bearer",
                description="An API key of `mohar apikeys create`, or an access token of an issuer "
                "that the deployment names.",
            ),
            "header": SecurityScheme(
                type="apiKey",
                name="X-API-Key",
                security_scheme_in="header",
                description="The same key, where a proxy takes `Authorization` for itself.",
            ),
            "partner": SecurityScheme(
                type="http", scheme="partner", description="What the plugin documents."
            ),
        }
    )


def house_of(connection: ASGIConnection[Any, Any, Any, Any]) -> House:
    """Return the House this application serves."""
    house: House = connection.app.state["house"]
    return house


async def known_caller(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """
    Let only those in who send a good key or token, before the rest of a request is looked at.

    Raises:
        NotAuthenticated: there is none, or not one that is good now.
        TooManyRequests: the caller has asked as often as it may.
        Unavailable: it cannot be told who this is.
    """
    callers, text = house_of(connection).callers, _key_text(connection)
    lately = callers.admitted_lately(text)
    connection.scope[_ACTOR] = lately or await run_sync(callers.admit, text)


def actor_of(request: Request[Any, Any, Any]) -> Actor:
    """Return the caller, on a route that `known_caller` guards."""
    actor: Actor = request.scope[_ACTOR]
    return actor


def _key_text(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return token.strip()
    return connection.headers.get("x-api-key", "")
