"""Public documents: JSON-LD contexts, keys, health. Nothing about anybody."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from typing import Any, Final

import msgspec
from litestar import Request, Response, get

from mohar.assembly.house import House
from mohar.codec.did import did_document
from mohar.codec.jwk import jwks
from mohar.domain.errors import NotFound
from mohar.web.answers import json_answer
from mohar.web.auth import house_of

_OPEN: Final = {"Access-Control-Allow-Origin": "*"}
_IMMUTABLE: Final = "public, max-age=31536000, immutable"


@get(
    "/contexts/{name:path}",
    sync_to_thread=True,
    summary="A JSON-LD context of this deployment",
    tags=["documents"],
)
def context(request: Request[Any, Any, Any], name: str) -> Response[bytes]:
    """Return a context, immutable, with its SHA-256 as ETag and as `Repr-Digest` (RFC 9530)."""
    house = house_of(request)
    document = house.documents.get(f"{house.deployment.domains.contexts}{name}")
    if document is None:
        raise NotFound("there is no such context")
    digest = hashlib.sha256(document)
    return Response(
        document,
        media_type="application/ld+json",
        headers={
            **_OPEN,
            "Cache-Control": _IMMUTABLE,
            "ETag": f'"{digest.hexdigest()}"',
            "Repr-Digest": f"sha-256=:{b64encode(digest.digest()).decode()}:",
        },
    )


@get(
    "/.well-known/did.json",
    sync_to_thread=True,
    summary="The issuer's DID document",
    tags=["documents"],
)
def did_json(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Return the keys that sign, as a DID document (W3C DID 1.0)."""
    house = house_of(request)
    document = did_document(house.deployment.authority.id, house.public_keys)
    return _published(document, "application/did+json")


@get(
    "/.well-known/jwks.json",
    sync_to_thread=True,
    summary="The issuer's keys",
    tags=["documents"],
)
def jwks_json(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Return the keys that sign, as a JWK Set (RFC 7517 §5)."""
    return _published(jwks(house_of(request).public_keys), "application/jwk-set+json")


@get("/health/live", sync_to_thread=False, summary="The process runs", tags=["health"])
def live() -> Response[bytes]:
    """Answer as long as the process does."""
    return json_answer({"status": "ok"})


@get("/health/ready", sync_to_thread=True, summary="The house can do its work", tags=["health"])
def ready(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Return 200 when everything needed answers, and 503 with what does not."""
    return _readiness(house_of(request))


@get("/health", sync_to_thread=True, summary="The same as /health/ready", tags=["health"])
def health(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Return what `/health/ready` returns."""
    return _readiness(house_of(request))


def _readiness(house: House) -> Response[bytes]:
    states = house.health()
    whole = all(state == "ok" for state in states.values())
    body = {"status": "ok" if whole else "not-ok", "parts": states}
    return json_answer(body, status=200 if whole else 503)


def _published(document: Any, media_type: str) -> Response[bytes]:
    content = msgspec.json.encode(document)
    headers = {
        **_OPEN,
        "Cache-Control": "public, max-age=300",
        "ETag": f'"{hashlib.sha256(content).hexdigest()}"',
    }
    return Response(content, media_type=media_type, headers=headers)
