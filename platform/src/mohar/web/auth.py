"""Who is calling: an API key in the `Authorization` header (RFC 6750) or in `X-API-Key`."""

from __future__ import annotations

from typing import Any

from litestar import Request

from mohar.assembly.house import House
from mohar.domain.access import Actor
from mohar.domain.errors import NotAuthenticated


def house_of(request: Request[Any, Any, Any]) -> House:
    """Return the House this application serves."""
    house: House = request.app.state["house"]
    return house


def actor_of(request: Request[Any, Any, Any]) -> Actor:
    """
    Return the caller.

    Raises:
        NotAuthenticated: there is no key, or not one that is good now.
    """
    text = _key_text(request)
    if not text:
        raise NotAuthenticated("send an API key: Authorization: Bearer <key>")
    house = house_of(request)
    with house.store.read() as work:
        actor = work.api_keys.find(text, house.clock())
    if actor is None:
        raise NotAuthenticated("this API key is unknown, expired or revoked")
    return actor


def _key_text(request: Request[Any, Any, Any]) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return token.strip()
    return request.headers.get("x-api-key", "")
