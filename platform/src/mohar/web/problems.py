"""Errors as RFC 9457 problem details: a stable code, all findings, and never a personal value."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException

from mohar.domain.errors import (
    Conflict,
    InvalidInput,
    MoharError,
    NotAuthenticated,
    NotFound,
    NotPermitted,
    Unavailable,
)

MEDIA_TYPE: Final = "application/problem+json"
_STATUS: Final[tuple[tuple[type[MoharError], int], ...]] = (
    (NotAuthenticated, 401),
    (NotPermitted, 403),
    (NotFound, 404),
    (Conflict, 409),
    (Unavailable, 503),
    (InvalidInput, 400),
    (MoharError, 400),
)
_TITLES: Final = {
    400: "The request cannot be done as it is",
    401: "Say who you are",
    403: "This caller may not do that",
    404: "There is no such thing for this caller",
    405: "This method is not offered here",
    409: "The request contradicts what is there",
    413: "The request is too large",
    503: "Something we depend on does not answer; try again",
}


def problem(status: int, code: str, detail: str, findings: Any = ()) -> Response[bytes]:
    """Return one problem document."""
    body = {
        "type": f"urn:mohar:problem:{code}",
        "title": _TITLES.get(status, "The request was not done"),
        "status": status,
        "code": code,
        "detail": detail,
    }
    if findings:
        body["findings"] = msgspec.to_builtins(findings)
    headers = {"WWW-Authenticate": "Bearer"} if status == HTTPStatus.UNAUTHORIZED else {}
    headers |= {"Retry-After": "5"} if status == HTTPStatus.SERVICE_UNAVAILABLE else {}
    return Response(
        msgspec.json.encode(body), status_code=status, media_type=MEDIA_TYPE, headers=headers
    )


def on_mohar_error(_: Request[Any, Any, Any], error: MoharError) -> Response[bytes]:
    """Answer for anything the house raises on purpose."""
    status = next(number for kind, number in _STATUS if isinstance(error, kind))
    findings = error.findings if isinstance(error, InvalidInput) else ()
    return problem(status, error.code, str(error), findings)


def on_http_error(_: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """Answer for what the framework refuses; its own text may quote the request, so it is left out."""
    status = error.status_code if error.status_code < HTTPStatus.INTERNAL_SERVER_ERROR else 400
    title = _TITLES.get(status, "The request was not done")
    return problem(status, f"http-{status}", f"{title}.")
