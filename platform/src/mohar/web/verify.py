"""Anybody may verify. Nothing that is sent here is kept."""

from __future__ import annotations

import re
from typing import Any, Final

from anyio.to_thread import run_sync
from litestar import Request, Response, post
from litestar.datastructures import UploadFile

from mohar.domain.errors import InvalidInput
from mohar.domain.verdict import Verdict
from mohar.verifying.verify import Presented
from mohar.web.answers import json_answer
from mohar.web.auth import house_of
from mohar.web.described import BYTES, OBJECT, TEXT, answers, taking

_FORMS: Final = frozenset({"multipart/form-data", "application/x-www-form-urlencoded"})
# What `curl --data-binary` calls any bytes; a real form has none but these (WHATWG URL §5.2).
_CURL: Final = "application/x-www-form-urlencoded"
_URLENCODED: Final = re.compile(rb"[A-Za-z0-9*._+%=&-]*")
_FIELDS: Final = ("file", "text")


@post(
    "/v1/verify",
    status_code=200,
    summary="Verify text, an image or a PDF",
    tags=["verify"],
    operation_class=taking(
        {
            "application/octet-stream": BYTES,
            "text/plain": TEXT,
            "application/json": OBJECT,
            "multipart/form-data": OBJECT,
            "application/x-www-form-urlencoded": OBJECT,
        },
        "The bytes themselves, or a form with a `file` or a `text` field.",
    ),
    responses=answers({200: (Verdict, "The verdict, whatever it is.")}, 400, 413),
)
async def verify_anything(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Take the raw bytes as the body, or a form with a `file` or a `text` field."""
    data = await _presented(request)
    return json_answer(await run_sync(_verdict, request, data))


async def _presented(request: Request[Any, Any, Any]) -> bytes:
    media_type = request.content_type[0]
    if media_type not in _FORMS:
        return await request.body()
    if media_type == _CURL and not _URLENCODED.fullmatch(await request.body()):
        return await request.body()
    try:
        form = await request.form()
    except (LookupError, ValueError) as error:  # an unknown charset, or text that is not in it
        raise InvalidInput("the form cannot be read; send it as UTF-8") from error
    fields = [field for name in _FIELDS for field in form.getall(name, [])]
    return _only([await _content(field) for field in fields])


async def _content(field: Any) -> bytes:
    return await field.read() if isinstance(field, UploadFile) else str(field).encode()


def _only(contents: list[bytes]) -> bytes:
    """Return the one that holds something: a browser sends an empty file where none was chosen."""
    full = [content for content in contents if content]
    if not contents or len(full) > 1:
        raise InvalidInput("the form needs one `file` or one `text` field")
    return full[0] if full else b""


def _verdict(request: Request[Any, Any, Any], data: bytes) -> Verdict:
    (verdict,) = house_of(request).verifier.verify([Presented(name="request", data=data)])
    return verdict
