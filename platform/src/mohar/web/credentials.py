"""Credentials go out, to those who may have them."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from litestar import Request, Response, get, post

from mohar.access.fetch import Wanted
from mohar.assembly.house import House
from mohar.domain.access import Actor
from mohar.domain.credential import Secured
from mohar.domain.errors import InvalidInput, NotFound
from mohar.web.answers import json_answer
from mohar.web.auth import actor_of, house_of

_DRAWN: Final = {
    "application/pdf": "pdf",
    "image/png": "png",
    "image/svg+xml": "svg",
    "text/plain": "txt",
}
_MAX_PIXELS: Final = 4000


@get(
    "/v1/credentials/{name:str}",
    sync_to_thread=True,
    summary="One credential, as JSON, PDF, PNG, SVG or text",
    tags=["credentials"],
)
def credential(
    request: Request[Any, Any, Any],
    name: str,
    profile: str | None = None,
    language: str | None = None,
    rendering: str | None = None,
    px: int | None = None,
) -> Response[bytes]:
    """
    Return a credential by its id, with the suffix or the `Accept` header choosing the form.

    `.json` is the signed credential itself; `profile` names a body or a profile.
    """
    house, actor = house_of(request), actor_of(request)
    credential_id, suffix = _parted(name)
    suffix = suffix or _accepted(request.headers.get("accept", ""))
    if suffix == "json":
        return _signed(house.access.bodies(actor, credential_id, profile)[0])
    wanted = Wanted(
        suffix=suffix,
        body=profile,
        rendering=rendering,
        language=language,
        parameters=_pixels(px),
    )
    return _picture(house, actor, credential_id, wanted)


@post(
    "/v1/kinds/{kind:str}/search",
    status_code=200,
    sync_to_thread=True,
    summary="Find current credentials by their natural key",
    tags=["credentials"],
)
def search(request: Request[Any, Any, Any], body: bytes, kind: str) -> Response[bytes]:
    """Take `{"key": {path: value}}` with every part of the kind's natural key."""
    try:
        wanted = msgspec.json.decode(body, type=_Search)
    except (msgspec.DecodeError, RecursionError) as error:
        raise InvalidInput('send {"key": {…}} with the parts of the natural key') from error
    found = house_of(request).access.current(actor_of(request), kind, wanted.key)
    return json_answer({"credentials": [_listed(each) for each in found]})


class _Search(msgspec.Struct, forbid_unknown_fields=True):
    key: dict[str, str | int]


def _listed(secured: Secured) -> dict[str, Any]:
    return {
        "credential_id": secured.credential_id,
        "revision": secured.revision,
        "body": secured.body,
        "profile": secured.profile,
        "media_type": secured.media_type,
        "credential": secured.document,
    }


def _parted(name: str) -> tuple[str, str]:
    credential_id, dot, suffix = name.partition(".")
    if dot and not suffix.isalnum():
        raise NotFound("this kind has no such representation")
    return credential_id, suffix


def _accepted(accept: str) -> str:
    """The first form we have among those asked for (RFC 9110 §12.5.1, by order, not by weight)."""
    asked = [part.split(";")[0].strip() for part in accept.split(",")]
    return next((_DRAWN[each] for each in asked if each in _DRAWN), "json")


def _pixels(px: int | None) -> dict[str, int]:
    if px is None:
        return {}
    if not 0 < px <= _MAX_PIXELS:
        raise InvalidInput(f"px is a number of pixels from 1 to {_MAX_PIXELS}")
    return {"px": px}


def _signed(secured: Secured) -> Response[bytes]:
    return Response(
        secured.content, media_type=secured.media_type, headers={"Cache-Control": "no-store"}
    )


def _picture(house: House, actor: Actor, credential_id: str, wanted: Wanted) -> Response[bytes]:
    drawn = house.access.draw(actor, credential_id, wanted)
    disposition = f'inline; filename="certificate.{drawn.suffix}"'
    return Response(
        drawn.content,
        media_type=drawn.media_type,
        headers={"Cache-Control": "no-store", "Content-Disposition": disposition},
    )
