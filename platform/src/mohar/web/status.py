"""What has become of credentials, published: one list, all lists to take along, revoked cards."""

from __future__ import annotations

from typing import Any, Final

from litestar import HttpMethod, Request, Response, get, route
from litestar.params import FromPath

from mohar.codec import jwk
from mohar.domain.errors import NotFound
from mohar.revoking.publish import Edition, Publisher
from mohar.web.accept import preferred
from mohar.web.answers import published
from mohar.web.auth import house_of
from mohar.web.described import OBJECT, TEXT, answers, giving
from mohar.web.documents import OPEN, PREFLIGHT

_LIST: Final = "/v1/status/{list_id:str}"
_SNAPSHOT: Final = "/v1/status/snapshot"
_CARDS: Final = "/.well-known/crl/{name:str}"
_TOKEN: Final = "application/statuslist+jwt"  # noqa: S105 -- a media type
_CREDENTIAL: Final = "application/vc"
# Both names are common for one and the same thing.
_OFFERED: Final = (_CREDENTIAL, "application/ld+json", "application/json", _TOKEN)


@get(
    _LIST,
    sync_to_thread=True,
    summary="A status list, signed",
    tags=["documents"],
    operation_class=giving(
        {_CREDENTIAL: OBJECT, _TOKEN: TEXT},
        "A BitstringStatusListCredential, or a Status List Token to who asks for that.",
    ),
    responses=answers({304: (None, "The caller has it.")}, 400, 404, 503),
)
def status_list(request: Request[Any, Any, Any], list_id: FromPath[str]) -> Response[bytes]:
    """
    Return one list; it names nobody, and looks into it are not written down.

    In the list of bits whatever must not be accepted now is set; the token tells revoked (1),
    suspended (2) and superseded (3) apart. A change is in it within a second.
    """
    publisher, publishing = _publisher(request), house_of(request).deployment.publishing
    offered = _OFFERED if publishing and publishing.format else (_TOKEN,)
    wanted = preferred(request.headers.get("accept", ""), offered) or offered[0]
    made = publisher.token(list_id) if wanted == _TOKEN else publisher.bitstring(list_id)
    return _answer(request, made, {"Vary": "Accept"})


@get(
    _SNAPSHOT,
    sync_to_thread=True,
    summary="All status lists, to take along",
    tags=["documents"],
    operation_class=giving({"application/status-snapshot+jwt": TEXT}, "The snapshot."),
    responses=answers({304: (None, "The caller has it.")}, 404, 503),
)
def status_snapshot(request: Request[Any, Any, Any]) -> Response[bytes]:
    """
    Return what `mohar verify --snapshot` reads: a JWS with serial, `iat`, and `exp` for the next.

    Credentials that name no list are in it by a digest of what their signature binds.
    """
    return _answer(request, _publisher(request).snapshot(), {})


@get(
    _CARDS,
    sync_to_thread=True,
    summary="Numbers of revoked health cards",
    tags=["documents"],
    operation_class=giving({"application/json": OBJECT}, "`kid`, `method`, `ctr` and `rids`."),
    responses=answers({304: (None, "The caller has it.")}, 400, 404, 503),
)
def card_list(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[bytes]:
    """Return the list of one key as SMART Health Cards have it; `name` is its thumbprint `.json`."""
    thumbprint, publisher = name.removesuffix(".json"), _publisher(request)
    for key in house_of(request).public_keys:
        if name.endswith(".json") and jwk.thumbprint(key) == thumbprint:
            return _answer(request, publisher.cards(key), {})
    raise NotFound("there is no list of such a key")


@route(
    [_LIST, _SNAPSHOT, _CARDS],
    http_method=[HttpMethod.OPTIONS],
    status_code=204,
    sync_to_thread=False,
    include_in_schema=False,
)
def preflight() -> Response[None]:
    """Tell a browser that pages of any origin may read these documents (Fetch §3.2)."""
    return Response(None, status_code=204, headers=PREFLIGHT)


def _publisher(request: Request[Any, Any, Any]) -> Publisher:
    publisher = house_of(request).publisher
    if publisher is None:
        raise NotFound("this deployment publishes no status; it would with a `publishing:`")
    return publisher


def _answer(
    request: Request[Any, Any, Any], made: Edition, headers: dict[str, str]
) -> Response[bytes]:
    publishing = house_of(request).deployment.publishing
    assert publishing is not None
    return published(
        request,
        made.content,
        made.media_type,
        cache=f"public, max-age={publishing.ttl_seconds}",
        headers={**OPEN, **headers},
    )
