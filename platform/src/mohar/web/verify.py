"""Anybody may verify. Nothing that is sent here is kept."""

from __future__ import annotations

from datetime import datetime
from importlib import resources
from typing import Any, Final

import msgspec
from anyio.to_thread import run_sync
from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile

from mohar.domain.errors import InvalidInput
from mohar.domain.verdict import Verdict
from mohar.verifying.verify import Presented
from mohar.web.answers import json_answer
from mohar.web.auth import house_of

_PAGE: Final = "verify.html"


@post(
    "/v1/verify",
    status_code=200,
    summary="Verify text, an image or a PDF",
    tags=["verify"],
)
async def verify_anything(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Take the raw bytes as the body, or a form with a `file` or a `text` field."""
    data = await _presented(request)
    verdict = await run_sync(_verdict, request, data)
    return json_answer(verdict)


@post(
    "/credentials/verify",
    status_code=200,
    sync_to_thread=True,
    summary="Verify a credential (W3C CCG VC-API)",
    tags=["verify"],
)
def verify_credential(request: Request[Any, Any, Any], body: bytes) -> Response[bytes]:
    """Take `{"verifiableCredential": {…}, "options": {}}`; 200 when verified, 400 when not."""
    try:
        asked = msgspec.json.decode(body, type=_VerifyRequest)
    except (msgspec.DecodeError, RecursionError) as error:
        raise InvalidInput('send {"verifiableCredential": {…}}') from error
    verdict = _verdict(request, bytes(asked.verifiableCredential))
    failed = [check for check in verdict.checks if check.outcome == "failed"]
    answer = {
        "verified": verdict.verdict == "valid",
        "verdict": verdict,
        "problemDetails": [
            {"type": f"urn:mohar:check:{check.name}", "title": check.name, "detail": check.detail}
            for check in failed
        ],
    }
    return json_answer(answer, status=200 if verdict.verdict == "valid" else 400)


@get("/verify", sync_to_thread=True, include_in_schema=False)
def verify_page() -> Response[bytes]:
    """Show the page on which people verify."""
    page = resources.files("mohar.web").joinpath("pages", _PAGE).read_bytes()
    return Response(page, media_type="text/html; charset=utf-8")


class _VerifyRequest(msgspec.Struct):
    verifiableCredential: msgspec.Raw  # noqa: N815 -- the VC-API's own name
    options: dict[str, Any] = {}


async def _presented(request: Request[Any, Any, Any]) -> bytes:
    content_type, _ = request.content_type
    if content_type not in {"multipart/form-data", "application/x-www-form-urlencoded"}:
        return await request.body()
    form = await request.form()
    field = form.get("file") or form.get("text")
    if isinstance(field, UploadFile):
        return await field.read()
    if isinstance(field, str):
        return field.encode()
    raise InvalidInput("the form needs a `file` or a `text` field")


def _verdict(request: Request[Any, Any, Any], data: bytes, at: datetime | None = None) -> Verdict:
    (verdict,) = house_of(request).verifier.verify([Presented(name="request", data=data)], at=at)
    return verdict
