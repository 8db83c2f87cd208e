"""Does it run, and can it work? For those who watch over it."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from litestar import Request, Response, get

from mohar.web.answers import json_answer
from mohar.web.auth import house_of
from mohar.web.described import answers


class Health(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`ok` or `not-ok`, and what each part said."""

    status: str
    parts: dict[str, str] = {}


@get(
    "/health/live",
    sync_to_thread=False,
    summary="The process runs",
    tags=["health"],
    responses=answers({200: (Health, "It runs.")}),
)
def live() -> Response[bytes]:
    """Answer as long as the process does."""
    return json_answer(Health(status="ok"))


_READY: Final = answers(
    {200: (Health, "All parts answer."), 503: (Health, "Some part does not; see which.")}
)


@get(
    "/health/ready",
    sync_to_thread=True,
    summary="The house can do its work",
    tags=["health"],
    responses=_READY,
)
def ready(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Return 200 when everything needed answers, and 503 with what does not."""
    return _told(request)


@get(
    "/health",
    sync_to_thread=True,
    summary="The same as /health/ready",
    tags=["health"],
    responses=_READY,
)
def health(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Return what `/health/ready` returns."""
    return _told(request)


def _told(request: Request[Any, Any, Any]) -> Response[bytes]:
    parts = house_of(request).health()
    is_whole = all(_is_well(state) for state in parts.values())
    answer = Health(status="ok" if is_whole else "not-ok", parts=parts)
    return json_answer(answer, status=200 if is_whole else 503)


def _is_well(state: str) -> bool:
    """A part that is well may add what an operator should know, as in `ok, slows 2 callers`."""
    return state == "ok" or state.startswith("ok, ")
