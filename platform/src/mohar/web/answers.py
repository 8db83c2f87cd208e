"""Answers: JSON for one caller, and published documents that anybody may keep."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from litestar import Request, Response

# RFC 9110 §15.4.5: a 304 repeats these, and no header that describes the content.
_OF_THE_CONTENT: Final = frozenset({"Repr-Digest"})


def json_answer(
    content: Any,
    *,
    status: int = 200,
    media_type: str = "application/json",
    headers: Mapping[str, str] | None = None,
) -> Response[bytes]:
    """Return `content` as JSON; nothing here is ever cached on the way."""
    return private_answer(
        msgspec.json.encode(content), status=status, media_type=media_type, headers=headers
    )


def private_answer(
    content: bytes,
    *,
    media_type: str,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response[bytes]:
    """Return bytes that are for this caller alone and kept nowhere."""
    return Response(
        content,
        status_code=status,
        media_type=media_type,
        headers={"Cache-Control": "no-store", **(headers or {})},
    )


def published(
    request: Request[Any, Any, Any],
    content: bytes,
    media_type: str,
    *,
    cache: str = "public, max-age=300",
    headers: Mapping[str, str] | None = None,
) -> Response[bytes]:
    """Return a public document with its SHA-256 as ETag, or 304 to a caller that has it."""
    tag = f'"{hashlib.sha256(content).hexdigest()}"'
    known = {"Cache-Control": cache, "ETag": tag, **(headers or {})}
    if not _has_it(request.headers.get("if-none-match", ""), tag):
        return Response(content, media_type=media_type, headers=known)
    kept = {name: value for name, value in known.items() if name not in _OF_THE_CONTENT}
    return Response(b"", status_code=304, media_type=media_type, headers=kept)


def _has_it(if_none_match: str, tag: str) -> bool:
    """Compare weakly (RFC 9110 §13.1.2)."""
    held = {each.strip().removeprefix("W/") for each in if_none_match.split(",")}
    return not held.isdisjoint({tag, "*"})
