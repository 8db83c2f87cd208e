"""Who is calling: a key or token in `Authorization` (RFC 6750), or a key in `X-API-Key`."""

from __future__ import annotations

from typing import Any, Final

from anyio.to_thread import run_sync
from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.openapi.spec import Components, SecurityScheme

from mohar.assembly.holders import LettingIn
from mohar.assembly.house import House
from mohar.domain.access import Actor
from mohar.domain.errors import NotFound

SECURITY: Final[list[dict[str, list[str]]]] = [{"bearer": []}, {"header": []}]
HOLDER: Final[list[dict[str, list[str]]]] = [{"holder": []}]
PARTNER: Final[list[dict[str, list[str]]]] = [{"partner": []}]
_ACTOR: Final = "user"
_SESSION: Final = "auth"


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
            "holder": SecurityScheme(
                type="http", scheme="bearer", description="The token of a holder's session."
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


async def known_holder(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """
    Let only those in who send the token of a session, before anything else is looked at.

    Raises:
        NotAuthenticated: there is no token, or its session is over.
        NotFound: this deployment lets no holders in.
    """
    letting_in, token = letting_in_of(connection), _key_text(connection)
    await run_sync(letting_in.rooms.session, letting_in.actor, token)
    connection.scope[_SESSION] = token


def letting_in_of(connection: ASGIConnection[Any, Any, Any, Any]) -> LettingIn:
    """Return what lets holders in. Raises NotFound where the deployment lets none in."""
    letting_in = house_of(connection).holders
    if letting_in is None:
        raise NotFound("this deployment lets no holders in; it would with a `holders:`")
    return letting_in


def token_of(request: Request[Any, Any, Any]) -> str:
    """Return the token of a session, on a route that `known_holder` guards."""
    token: str = request.scope[_SESSION]
    return token


def client_of(request: Request[Any, Any, Any]) -> str:
    """Return the address that a request came from, empty where nobody knows it."""
    return request.client.host if request.client else ""


def actor_of(request: Request[Any, Any, Any]) -> Actor:
    """Return the caller, on a route that `known_caller` guards."""
    actor: Actor = request.scope[_ACTOR]
    return actor


def _key_text(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return token.strip()
    return connection.headers.get("x-api-key", "")
