"""Credentials go out, to those who may have them."""

from __future__ import annotations

from typing import Annotated, Any, Final

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, PathParameter, QueryParameter, RawBody

from mohar.domain.credential import Secured
from mohar.domain.errors import InvalidInput, NotFound
from mohar.domain.rendition import Wanted
from mohar.web.accept import preferred
from mohar.web.answers import json_answer, private_answer
from mohar.web.auth import actor_of, house_of
from mohar.web.described import BYTES, OBJECT, TEXT, answers, giving, objects, taking
from mohar.web.issued import IssuedBody, issued_body
from mohar.web.problems import NotAcceptable
from mohar.web.reason import reason_of
from mohar.web.taken import taken

_JSON: Final = "application/json"
_SIZED: Final = {"px": ("png",), "mm": ("png", "svg")}
_NAMED: Final = frozenset({"profile", "language", "rendering", *_SIZED})
_NO_SUCH_FORM: Final = "this kind has no such representation"


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What a search found: the signed bodies, oldest first."""

    credentials: tuple[IssuedBody, ...]


class _Search(msgspec.Struct, forbid_unknown_fields=True):
    key: dict[str, str | int]


@get(
    "/v1/credentials/{name:str}",
    summary="One credential, as JSON, PDF, PNG, SVG or text",
    tags=["credentials"],
    operation_class=giving(
        {
            _JSON: OBJECT,
            "application/pdf": BYTES,
            "image/png": BYTES,
            "image/svg+xml": TEXT,
            "text/plain": TEXT,
        },
        "The signed credential itself, or a picture of it.",
    ),
    responses=answers({}, 400, 401, 404, 406, 409, 503),
)
async def credential(
    request: Request[Any, Any, Any],
    name: Annotated[
        str, PathParameter(description="The id, with or without a suffix like `.pdf`.")
    ],
    profile: Annotated[
        str | None, QueryParameter(description="The body, by name or profile.")
    ] = None,
    language: Annotated[str | None, QueryParameter(description="A BCP 47 tag, as in `hi`.")] = None,
    rendering: Annotated[
        str | None, QueryParameter(description="The representation, by name.")
    ] = None,
    px: Annotated[int | None, QueryParameter(description="The side of a PNG in pixels.")] = None,
    mm: Annotated[
        float | None, QueryParameter(description="The side of a PNG or SVG in millimetres.")
    ] = None,
) -> Response[bytes]:
    """
    Return a credential by its id, with the suffix or the `Accept` header choosing the form.

    JSON is the signed credential itself, and what a caller without a wish gets. The parameters
    that a representation has of its own stand in `/v1/kinds`; others are not looked at.
    """
    credential_id, suffix = _parted(name)
    wanted = Wanted(
        suffix=suffix,
        body=profile,
        rendering=rendering,
        language=language,
        parameters={name: size for name, size in (("px", px), ("mm", mm)) if size is not None},
        wishes={each: value for each, value in request.query_params.items() if each not in _NAMED},
    )
    if not suffix:
        return await _negotiated(request, credential_id, wanted)
    if suffix == "json":
        return await _signed(request, credential_id, wanted)
    return await _picture(request, credential_id, wanted)


@post(
    "/v1/kinds/{kind:str}/search",
    status_code=200,
    sync_to_thread=True,
    summary="Find current credentials by their natural key",
    tags=["credentials"],
    operation_class=taking(
        {_JSON: objects(key=OBJECT)}, '`{"key": {path: value}}`, with the whole key.'
    ),
    responses=answers({200: (Found, "The current credentials, if any.")}, 400, 401, 403, 404, 503),
)
def search(request: Request[Any, Any, Any], body: RawBody, kind: FromPath[str]) -> Response[bytes]:
    """Take `{"key": {path: value}}` with every part of the kind's natural key."""
    asked = taken(body, _Search, 'send {"key": {…}} with the parts of the natural key')
    found = house_of(request).access.current(
        actor_of(request), kind, asked.key, reason=reason_of(request)
    )
    return json_answer(Found(credentials=tuple(issued_body(each) for each in found)))


def _parted(name: str) -> tuple[str, str]:
    """Part the id from the suffix. Raises NotFound for what can be no suffix."""
    credential_id, dot, suffix = name.partition(".")
    if dot and not suffix.isalnum():
        raise NotFound(_NO_SUCH_FORM)
    return credential_id, suffix


async def _negotiated(
    request: Request[Any, Any, Any], credential_id: str, wanted: Wanted
) -> Response[bytes]:
    house = house_of(request)
    secured = await house.access.body_soon(
        actor_of(request), credential_id, wanted.body, reason=reason_of(request)
    )
    drawn = {each.media_type: each.suffix for each in house.drawing.options(secured.kind)}
    best = preferred(
        ", ".join(request.headers.getall("accept", [])), [secured.media_type, _JSON, *drawn]
    )
    if best is None:
        raise NotAcceptable
    if best in (secured.media_type, _JSON):
        return _as_signed(secured, best)
    other = msgspec.structs.replace(wanted, suffix=drawn[best])
    return await _picture(request, credential_id, other)


async def _signed(
    request: Request[Any, Any, Any], credential_id: str, wanted: Wanted
) -> Response[bytes]:
    secured = await house_of(request).access.body_soon(
        actor_of(request), credential_id, wanted.body, reason=reason_of(request)
    )
    return _as_signed(secured, secured.media_type)


def _as_signed(secured: Secured, media_type: str) -> Response[bytes]:
    return private_answer(secured.content, media_type=media_type, headers={"Vary": "Accept"})


async def _picture(
    request: Request[Any, Any, Any], credential_id: str, wanted: Wanted
) -> Response[bytes]:
    for name in wanted.parameters:
        if wanted.suffix not in _SIZED[name]:
            forms = " or ".join(f".{suffix}" for suffix in _SIZED[name])
            raise InvalidInput(f"{name} is the size of a {forms}, and of no other form")
    drawn = await house_of(request).access.draw_soon(
        actor_of(request), credential_id, wanted, reason=reason_of(request)
    )
    disposition = f'inline; filename="certificate.{drawn.suffix}"'
    return private_answer(
        drawn.content,
        media_type=drawn.media_type,
        headers={"Vary": "Accept", "Content-Disposition": disposition},
    )
