"""Public documents: JSON-LD contexts and keys. Nothing about anybody."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from litestar import HttpMethod, Request, Response, get, route
from litestar.params import FromPath

from mohar.codec import jwk, key_lists
from mohar.codec.key_lists import ListForm
from mohar.domain.errors import NotFound, Unavailable
from mohar.domain.keys import PublicKey
from mohar.revoking.publish import Publisher
from mohar.web.answers import published
from mohar.web.auth import house_of
from mohar.web.described import OBJECT, answers, giving

OPEN: Final = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Repr-Digest",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
PREFLIGHT: Final = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, HEAD",
    "Access-Control-Allow-Headers": "Accept, If-None-Match",
    "Access-Control-Max-Age": "86400",
    "Allow": "GET, HEAD, OPTIONS",
}
_IMMUTABLE: Final = "public, max-age=31536000, immutable"
_CONTEXT: Final = "/contexts/{name:path}"
_DID: Final = "/.well-known/did.json"
_JWKS: Final = "/.well-known/jwks.json"
_TRUST: Final = "/v1/trust"


@get(
    _CONTEXT,
    sync_to_thread=False,
    summary="A JSON-LD context of this deployment",
    tags=["documents"],
    operation_class=giving({"application/ld+json": OBJECT}, "The context."),
    responses=answers({304: (None, "The caller has it.")}, 400, 404),
)
def context(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[bytes]:
    """Return a context, immutable, with its SHA-256 as ETag and as `Repr-Digest` (RFC 9530)."""
    house = house_of(request)
    document = house.documents.get(f"{house.deployment.domains.contexts}{name}")
    if document is None:
        raise NotFound("there is no such context")
    digest = b64encode(hashlib.sha256(document).digest()).decode()
    headers = {**OPEN, "Repr-Digest": f"sha-256=:{digest}:"}
    return published(request, document, "application/ld+json", cache=_IMMUTABLE, headers=headers)


@get(
    _DID,
    sync_to_thread=False,
    summary="The issuer's DID document",
    tags=["documents"],
    operation_class=giving({"application/did+json": OBJECT}, "The DID document."),
    responses=answers({304: (None, "The caller has it.")}),
)
def did_json(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Return the keys that sign, signed or are to sign, as a DID document (W3C DID 1.0)."""
    return _key_list(request, "did", "application/did+json")


@get(
    _JWKS,
    sync_to_thread=True,
    summary="The issuer's keys",
    tags=["documents"],
    operation_class=giving({"application/jwk-set+json": OBJECT}, "The JWK Set."),
    responses=answers({304: (None, "The caller has it.")}),
)
def jwks_json(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Return the same keys as a JWK Set (RFC 7517 §5), where P-256 keys go by their thumbprint."""
    return _key_list(request, "jwks", "application/jwk-set+json")


@get(
    _TRUST,
    sync_to_thread=False,
    summary="The issuer's keys, and when each might sign",
    tags=["documents"],
    operation_class=giving({"application/json": OBJECT}, "The keys by their ids."),
    responses=answers({304: (None, "The caller has it.")}),
)
def trust_json(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Return the same keys by their ids, as `mohar verify --trust` reads them; revoked ones too."""
    return _key_list(request, "trust", "application/json")


@route(
    [_CONTEXT, _DID, _JWKS, _TRUST],
    http_method=[HttpMethod.OPTIONS],
    status_code=204,
    sync_to_thread=False,
    include_in_schema=False,
)
def preflight() -> Response[None]:
    """Tell a browser that pages of any origin may read these documents (Fetch §3.2)."""
    return Response(None, status_code=204, headers=PREFLIGHT)


def _key_list(request: Request[Any, Any, Any], form: ListForm, media_type: str) -> Response[bytes]:
    """A list is made for each request: a rotation is seen by the next one."""
    house = house_of(request)
    document = key_lists.published(form, house.deployment.authority.id, house.public_keys)
    if form == "jwks" and house.publisher is not None:
        versions = card_list_versions(house.publisher, house.public_keys)
        for key in document["keys"]:
            key.update(versions.get(key["kid"], {}))
    return published(request, msgspec.json.encode(document), media_type, headers=OPEN)


def card_list_versions(
    publisher: Publisher, keys: Sequence[PublicKey]
) -> Mapping[str, Mapping[str, int]]:
    """
    Return `crlVersion` by the thumbprint of each key with revoked cards (SMART Health Cards).

    While it cannot be told the keys are published without it.
    """
    try:
        made = {jwk.thumbprint(key): publisher.cards(key) for key in keys}
    except Unavailable:
        return {}
    return {
        kid: {"crlVersion": edition.version} for kid, edition in made.items() if edition.version
    }
