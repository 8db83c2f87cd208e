"""Errors as RFC 9457 problem details: a stable code, all findings, and never a personal value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any, Final

import msgspec
from litestar import HttpMethod, Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.utils.path import normalize_path

from mohar.access.correct import CorrectionRefused
from mohar.domain.errors import (
    ConfigError,
    Conflict,
    InvalidInput,
    LimitReached,
    MoharError,
    NotAuthenticated,
    NotFound,
    NotPermitted,
    Paused,
    TooManyWaiting,
    TooOften,
    Unavailable,
)
from mohar.domain.findings import Finding
from mohar.plugin.caller import place_of
from mohar.web.auth import house_of

MEDIA_TYPE: Final = "application/problem+json"
_STATUS: Final[tuple[tuple[type[MoharError], int], ...]] = (
    (NotAuthenticated, 401),
    (NotPermitted, 403),
    (NotFound, 404),
    (Conflict, 409),
    (LimitReached, 412),
    (CorrectionRefused, 422),
    (TooManyWaiting, 429),
    (TooOften, 429),
    (Unavailable, 503),
    (ConfigError, 503),
    (InvalidInput, 400),
    (MoharError, 400),
)
TITLES: Final[Mapping[int, str]] = {
    400: "The request cannot be done as it is",
    401: "Say who you are",
    403: "This caller may not do that",
    404: "There is no such thing for this caller",
    405: "This method is not offered here",
    406: "There is no form of it that the caller accepts",
    408: "The request did not come whole in time",
    409: "The request contradicts what is there",
    412: "What has to be so first is not",
    413: "The request is too large",
    422: "The request is understood, and what it holds is not right",
    429: "That is more than is taken in now; send it again later",
    500: "Something is wrong here, and not with the request",
    503: "Something we depend on does not answer; try again",
}
_OTHER_TITLE: Final = "The request was not done"
_HEADERS: Final[Mapping[int, Mapping[str, str]]] = {
    401: {"WWW-Authenticate": 'Bearer realm="mohar"'},
    503: {"Retry-After": "5"},
}


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A problem document (RFC 9457); `code` is stable, `findings` is everything that was found."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    findings: tuple[Finding, ...] = ()


class NotAcceptable(HTTPException):
    """None of the media types asked for can be made of this."""

    status_code = HTTPStatus.NOT_ACCEPTABLE


def on_mohar_error(request: Request[Any, Any, Any], error: MoharError) -> Response[bytes]:
    """
    Answer for anything the house raises on purpose.

    What is the matter inside (a host, a path, a key) is for the operator and not told here.
    """
    status = next(number for kind, number in _STATUS if isinstance(error, kind))
    if status == HTTPStatus.SERVICE_UNAVAILABLE and not isinstance(error, Paused):
        house_of(request).telemetry.log("web.unavailable", code=error.code, at=place_of(error))
        return _problem(status, error.code, f"{_title(status)}.")
    findings = error.findings if isinstance(error, InvalidInput | Conflict) else ()
    answer = _problem(status, error.code, str(error), findings)
    if isinstance(error, TooManyWaiting | TooOften):
        answer.headers["Retry-After"] = str(error.retry_after_seconds)
    return answer


def on_http_error(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """Answer for what the framework refuses; its own text may quote the request and is left out."""
    status = error.status_code
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return on_fault(request, error)
    findings = tuple(_parameters(error)) if isinstance(error, ValidationException) else ()
    answer = _problem(status, f"http-{status}", f"{_title(status)}.", findings)
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        answer.headers["Allow"] = ", ".join(sorted(_methods_of(request)))
    return answer


def on_fault(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Answer for a fault of ours: the caller learns that it is one, the log where it is."""
    house_of(request).telemetry.log("web.fault", error=type(error).__name__, at=place_of(error))
    return _problem(500, "http-500", "This is a fault of the server; its log says where.")


def _methods_of(request: Request[Any, Any, Any]) -> Iterable[str]:
    """Ask the router what it offers at this path (RFC 9110 §15.5.6 wants it told)."""
    path = normalize_path(request.scope["path"])
    for method in HttpMethod:
        try:
            request.app.asgi_router.handle_routing(path=path, method=method.value)
        except HTTPException:
            continue
        yield method.value


def _problem(
    status: int, code: str, detail: str, findings: Iterable[Finding] = ()
) -> Response[bytes]:
    body = Problem(
        type=f"urn:mohar:problem:{code}",
        title=_title(status),
        status=status,
        code=code,
        detail=detail,
        findings=tuple(findings),
    )
    return Response(
        msgspec.json.encode(body),
        status_code=status,
        media_type=MEDIA_TYPE,
        headers=dict(_HEADERS.get(status, {})),
    )


def _title(status: int) -> str:
    return TITLES.get(status, _OTHER_TITLE)


def _parameters(error: ValidationException) -> Iterable[Finding]:
    """Name the parameters that are wrong; what was sent in them is not repeated."""
    extra = error.extra if isinstance(error.extra, list) else []
    for each in extra:
        name, place = str(each.get("key", "")), str(getattr(each.get("source"), "value", ""))
        yield Finding(
            code="wrong-parameter",
            message=f"this {place or 'request'} parameter does not have the type it must have",
            where=name,
        )
