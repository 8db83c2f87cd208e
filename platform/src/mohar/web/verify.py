"""Anybody may verify. Nothing that is sent here is kept."""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec
from anyio.to_thread import run_sync
from litestar import Request, Response, post
from litestar.datastructures import UploadFile
from litestar.params import RawBody

from mohar.codec import strict_json
from mohar.domain.errors import InvalidInput
from mohar.domain.values import Personal
from mohar.domain.verdict import Check, Verdict
from mohar.verifying.verify import Presented
from mohar.web.answers import json_answer
from mohar.web.auth import house_of
from mohar.web.described import BYTES, OBJECT, TEXT, answers, objects, taking

_FORMS: Final = frozenset({"multipart/form-data", "application/x-www-form-urlencoded"})
# What `curl --data-binary` calls any bytes; a real form has none but these (WHATWG URL §5.2).
_CURL: Final = "application/x-www-form-urlencoded"
_URLENCODED: Final = re.compile(rb"[A-Za-z0-9*._+%=&-]*")
_FIELDS: Final = ("file", "text")


class VcProblem(msgspec.Struct, frozen=True, kw_only=True):
    """A check that did not pass, as the VC-API tells of problems."""

    type: str
    title: str
    detail: str


class VcAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The answer of the VC-API, with our own verdict and checks beside."""

    verified: bool
    verdict: str
    problem_details: tuple[VcProblem, ...]
    checks: tuple[Check, ...]


class _VcRequest(Personal, frozen=True, kw_only=True, rename="camel"):
    """Options do not change what is verified: whatever they ask, all checks are made."""

    verifiable_credential: msgspec.Raw
    options: dict[str, Any] = msgspec.field(default_factory=dict)


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


@post(
    "/credentials/verify",
    status_code=200,
    sync_to_thread=True,
    summary="Verify a credential (W3C CCG VC-API)",
    tags=["verify"],
    operation_class=taking(
        {"application/json": objects(verifiableCredential=OBJECT)},
        '`{"verifiableCredential": …, "options": {}}`',
        problem_or="400",
    ),
    responses=answers(
        {200: (VcAnswer, "It is verified."), 400: (VcAnswer, "It is not; or a problem document.")},
        413,
    ),
)
def verify_credential(request: Request[Any, Any, Any], body: RawBody) -> Response[bytes]:
    """Take `{"verifiableCredential": {…}, "options": {}}`; 200 when verified, 400 when not."""
    verdict = _verdict(request, credential_in(body))
    verified = verdict.verdict == "valid"
    answer = VcAnswer(
        verified=verified,
        verdict=verdict.verdict,
        problem_details=() if verified else tuple(_problems(verdict)),
        checks=verdict.checks,
    )
    return json_answer(answer, status=200 if verified else 400)


def credential_in(body: bytes) -> bytes:
    """
    Return the bytes of the credential in a VC-API request; a text is what an envelope holds.

    Raises:
        Unreadable: it is no JSON, or can be read in two ways.
        InvalidInput: it is no such request.
    """
    strict_json.parse(body)
    try:
        presented = msgspec.json.decode(body, type=_VcRequest).verifiable_credential
        is_text = bytes(presented).startswith(b'"')
        return msgspec.json.decode(presented, type=str).encode() if is_text else bytes(presented)
    except msgspec.DecodeError:
        # The cause would tell where and how what was sent differs.
        raise InvalidInput('send {"verifiableCredential": {…}}') from None


def _problems(verdict: Verdict) -> list[VcProblem]:
    return [
        VcProblem(
            type=f"urn:mohar:check:{check.name}",
            title=f"{check.name}: {check.outcome}",
            detail=check.detail,
        )
        for check in verdict.checks
        if check.outcome in {"failed", "unknown"}
    ]


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
