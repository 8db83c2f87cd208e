"""The doors of the W3C CCG VC-API: a whole credential is signed, anything presented is verified."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

import msgspec
from litestar import Request, Response, post
from litestar.openapi.spec import Schema
from litestar.openapi.spec.enums import OpenAPIType
from litestar.params import RawBody

from mohar.codec import strict_json
from mohar.domain.errors import InvalidInput
from mohar.domain.lifecycle import LifecycleAction
from mohar.domain.values import JsonObject, Personal
from mohar.domain.verdict import Check, Verdict
from mohar.revoking.change import Changed, Wish
from mohar.verifying.presentation import Asked
from mohar.verifying.verify import Presented
from mohar.web.answers import json_answer
from mohar.web.auth import actor_of, house_of
from mohar.web.described import OBJECT, TEXT, answers, objects, taking

_TEXTS: Final = Schema(one_of=[TEXT, Schema(type=OpenAPIType.ARRAY, items=TEXT)])
_ASKED: Final = Schema(type=OpenAPIType.OBJECT, properties={"challenge": TEXT, "domain": _TEXTS})


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


class VcIssued(Personal, frozen=True, kw_only=True, rename="camel"):
    """A credential as it was signed."""

    verifiable_credential: dict[str, Any]


class _IssueRequest(Personal, frozen=True, kw_only=True):
    """No option is needed to sign, and none changes what is signed."""

    credential: msgspec.Raw
    options: dict[str, Any] = msgspec.field(default_factory=dict)


class _CredentialRequest(Personal, frozen=True, kw_only=True, rename="camel"):
    """Options do not change what is verified: whatever they ask, all checks are made."""

    verifiable_credential: msgspec.Raw
    options: dict[str, Any] = msgspec.field(default_factory=dict)


class _Options(Personal, frozen=True, kw_only=True):
    """What the presentation must have been made for; other options change nothing."""

    challenge: str | None = None
    domain: str | Annotated[list[str], msgspec.Meta(min_length=1, max_length=16)] | None = None


class _PresentationRequest(Personal, frozen=True, kw_only=True, rename="camel"):
    verifiable_presentation: msgspec.Raw
    options: _Options = _Options()


class _Status(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    status_purpose: Literal["revocation", "suspension"] = "revocation"
    status: bool = True


class _Why(Personal, frozen=True, kw_only=True):
    reason: str = "asked for through the VC-API"


class _StatusRequest(Personal, frozen=True, kw_only=True, rename="camel"):
    credential_id: str
    credential_status: _Status
    options: _Why = _Why()


_STATUS_SHAPE: Final = (
    'send {"credentialId": "…", "credentialStatus": {"type": "BitstringStatusListEntry", '
    '"statusPurpose": "revocation" or "suspension", "status": true or false}}'
)
_ACTIONS: Final[Mapping[tuple[str, bool], LifecycleAction]] = {
    ("revocation", True): "revoke",
    ("suspension", True): "suspend",
    ("suspension", False): "restore",
}


@post(
    "/credentials/issue",
    status_code=201,
    sync_to_thread=True,
    summary="Sign a whole credential (W3C CCG VC-API)",
    tags=["records"],
    operation_class=taking(
        {"application/json": objects(credential=OBJECT)},
        '`{"credential": {…}, "options": {}}`; the scope `sign` is needed.',
    ),
    responses=answers(
        {201: (VcIssued, "It is signed, and nothing of it is kept.")}, 400, 401, 403, 404, 413, 503
    ),
)
def issue_credential(request: Request[Any, Any, Any], body: RawBody) -> Response[bytes]:
    """Take a credential without a proof; its members come back as they came, the proof beside."""
    secured = house_of(request).issue_whole(actor_of(request), whole_in(body))
    return json_answer({"verifiableCredential": msgspec.Raw(secured.content)}, status=201)


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
    data = credential_in(body)
    return _answer(request, Presented(name="request", data=data, wanted="credential"))


@post(
    "/credentials/status",
    status_code=200,
    sync_to_thread=True,
    summary="Change the status of a credential (W3C CCG VC-API)",
    tags=["credentials"],
    operation_class=taking(
        {"application/json": objects(credentialId=TEXT, credentialStatus=OBJECT)},
        "`credentialId` as the credential has it, or its number; of `credentialStatus` its "
        "`statusPurpose` (revocation or suspension) and `status` (true where it is left out).",
    ),
    responses=answers({200: (Changed, "What came of it.")}, 400, 401, 403, 404, 409, 503),
)
def change_status(request: Request[Any, Any, Any], body: RawBody) -> Response[bytes]:
    """Revoke or suspend a credential, or end its suspension; a revocation is for good."""
    asked = _request(body, _StatusRequest, _STATUS_SHAPE)
    action = _ACTIONS.get((asked.credential_status.status_purpose, asked.credential_status.status))
    if action is None:
        raise InvalidInput("a revocation is for good; only a suspension can be ended")
    actor = actor_of(request)
    wish = Wish(action=action, actor_id=actor.actor_id, reason=asked.options.reason)
    number = _number_in(asked.credential_id)
    return json_answer(house_of(request).changes.change(actor, wish, number))


@post(
    "/presentations/verify",
    status_code=200,
    sync_to_thread=True,
    summary="Verify a presentation (W3C CCG VC-API)",
    tags=["verify"],
    operation_class=taking(
        {"application/json": objects(verifiablePresentation=OBJECT)},
        '`{"verifiablePresentation": …, "options": {"challenge": …, "domain": …}}`; what the '
        "options name must be what the presentation was made for.",
        problem_or="400",
    ),
    responses=answers(
        {200: (VcAnswer, "It is verified."), 400: (VcAnswer, "It is not; or a problem document.")},
        413,
    ),
)
def verify_presentation(request: Request[Any, Any, Any], body: RawBody) -> Response[bytes]:
    """Judge the presentation and every credential in it; 200 when all are verified, 400 when not."""
    return _answer(request, presentation_in(body))


def _number_in(credential_id: str) -> str:
    """A credential's own `id` ends with its number, and with the name of the body."""
    return credential_id.partition("#")[0].rpartition("/")[2]


def whole_in(body: bytes) -> JsonObject:
    """
    Return the credential to be signed in a VC-API request.

    Raises:
        Unreadable: it is no JSON, or can be read in two ways.
        InvalidInput: it is no such request.
    """
    asked = _request(body, _IssueRequest, 'send {"credential": {…}, "options": {}}')
    return strict_json.parse_object(bytes(asked.credential))


def credential_in(body: bytes) -> bytes:
    """
    Return the bytes of the credential in a VC-API request; a text is what an envelope holds.

    Raises:
        Unreadable: it is no JSON, or can be read in two ways.
        InvalidInput: it is no such request.
    """
    shape = 'send {"verifiableCredential": {…}, "options": {}}'
    return _bytes(_request(body, _CredentialRequest, shape).verifiable_credential, shape)


def presentation_in(body: bytes) -> Presented:
    """
    Return the presentation in a VC-API request, and what it must have been made for.

    Raises:
        Unreadable: it is no JSON, or can be read in two ways.
        InvalidInput: it is no such request.
    """
    shape = 'send {"verifiablePresentation": {…}, "options": {"challenge": "…", "domain": "…"}}'
    sent = _request(body, _PresentationRequest, shape)
    domain = sent.options.domain
    domains = (domain,) if isinstance(domain, str) else tuple(domain or ())
    return Presented(
        name="request",
        data=_bytes(sent.verifiable_presentation, shape),
        wanted="presentation",
        asked=Asked(challenge=sent.options.challenge, domains=domains),
    )


def _request(body: bytes, shape: type[Any], told: str) -> Any:
    strict_json.parse(body)
    try:
        return msgspec.json.decode(body, type=shape)
    except msgspec.DecodeError:
        # The cause would tell where and how what was sent differs.
        raise InvalidInput(told) from None


def _bytes(presented: msgspec.Raw, told: str) -> bytes:
    try:
        is_text = bytes(presented).startswith(b'"')
        return msgspec.json.decode(presented, type=str).encode() if is_text else bytes(presented)
    except msgspec.DecodeError:
        raise InvalidInput(told) from None


def _answer(request: Request[Any, Any, Any], presented: Presented) -> Response[bytes]:
    (verdict,) = house_of(request).verifier.verify([presented])
    verified = verdict.verdict == "valid"
    answer = VcAnswer(
        verified=verified,
        verdict=verdict.verdict,
        problem_details=() if verified else tuple(_problems(verdict)),
        checks=verdict.checks,
    )
    return json_answer(answer, status=200 if verified else 400)


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
