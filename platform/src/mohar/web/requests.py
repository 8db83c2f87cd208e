"""Holders ask through a portal that a credential be put right; officers decide."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final, Literal, get_args

import msgspec
from litestar import Request, Response, get, post
from litestar.openapi.spec import Schema
from litestar.openapi.spec.enums import OpenAPIType
from litestar.params import FromPath, HeaderParameter, QueryParameter, RawBody

from mohar.access.request import Asked, Named, Seen
from mohar.domain.findings import Finding
from mohar.domain.request import RequestState, RequestStep, SourceAnswer, spelt
from mohar.domain.values import JsonObject
from mohar.store.request_rows import Contents, KeptRequest
from mohar.web.answers import json_answer
from mohar.web.auth import actor_of, house_of
from mohar.web.described import OBJECT, TEXT, answers, taking
from mohar.web.taken import SEND_REASON, Reasoned, reasoned, taken

_AT_ONCE: Final = 100
_SEND_WISH: Final = (
    'send {"type": name, "reason": "…", "credential_id": id or "key": {…}}, with "changes": '
    '{path: value}, "evidence": {name: reference} and "other": {…} as its type needs them'
)
_State = Literal["accepted", "declined", "done"]
_ANSWERS: Final = Schema(
    type=OpenAPIType.OBJECT,
    required=["state"],
    properties={
        "state": Schema(type=OpenAPIType.STRING, enum=list(get_args(_State))),
        "reason": TEXT,
    },
)
_SEND_ANSWER: Final = 'send {"state": "accepted", "declined" or "done", "reason": "…"}'
_ASKS: Final = Schema(
    type=OpenAPIType.OBJECT,
    required=["type", "reason"],
    properties={
        "type": TEXT,
        "reason": TEXT,
        "credential_id": TEXT,
        "key": OBJECT,
        "other": OBJECT,
        "changes": OBJECT,
        "evidence": OBJECT,
    },
)


class TakenStep(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One step of a request; who took it and why is for those who may decide."""

    at: datetime
    state: RequestState
    actor_id: str | None = None
    reason: str | None = None


class RequestSummary(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A request, and nothing of what it wishes."""

    tracking: str
    kind: str
    type: str
    state: RequestState
    opened_at: datetime
    changed_at: datetime


class RequestAnswer(RequestSummary, frozen=True, kw_only=True, omit_defaults=True):
    """
    A request with its steps, and why it failed where it did.

    What is wished, of whom and why is there for those who may decide, until `forgotten_at`.
    """

    title: str
    steps: tuple[TakenStep, ...]
    code: str | None = None
    findings: tuple[Finding, ...] = ()
    credential_id: str | None = None
    other_id: str | None = None
    result_id: str | None = None
    actor_id: str | None = None
    reason: str | None = None
    changes: JsonObject | None = None
    evidence: dict[str, str] | None = None
    forgotten_at: datetime | None = None


class RequestList(msgspec.Struct, frozen=True, kw_only=True):
    """The oldest requests; where more follow, `next` is what to send as `after`."""

    requests: tuple[RequestSummary, ...]
    next: str | None = None


class _Named(msgspec.Struct, forbid_unknown_fields=True):
    credential_id: str | None = None
    key: dict[str, str | int] | None = None


class _Asked(_Named, forbid_unknown_fields=True, kw_only=True):
    type: str
    reason: str
    other: _Named | None = None
    changes: JsonObject = {}
    evidence: dict[str, str] = {}


class _Answered(msgspec.Struct, forbid_unknown_fields=True):
    state: _State
    reason: str = ""


_DECIDED: Final[Any] = answers(
    {200: (RequestAnswer, "The request as it is now.")}, 400, 401, 403, 404, 409, 503
)


def _deciding(step: RequestStep, summary: str) -> post:
    return reasoned(
        f"/v1/requests/{{tracking:str}}/{step}",
        summary,
        of="the request",
        tag="requests",
        responses=_DECIDED,
    )


@post(
    "/v1/kinds/{kind:str}/requests",
    sync_to_thread=True,
    status_code=201,
    summary="Ask for a holder that a credential be put right",
    tags=["requests"],
    operation_class=taking(
        {"application/json": _ASKS},
        "The credential is named by `credential_id`, or by `key` with its whole natural key; "
        "`other` names a second one in the same way. `changes` are wished values by their dotted "
        "paths in the record, `evidence` references by the name of what is asked for.",
    ),
    responses=answers(
        {
            200: (RequestAnswer, "It was kept before, under the same `Idempotency-Key`."),
            201: (RequestAnswer, "It is kept; `tracking` is its number."),
        },
        400,
        401,
        403,
        404,
        409,
        503,
    ),
)
def make_request(
    request: Request[Any, Any, Any],
    body: RawBody,
    kind: FromPath[str],
    idempotency_key: Annotated[
        str | None,
        HeaderParameter(name="Idempotency-Key", description="A repeat gets the first answer."),
    ] = None,
) -> Response[bytes]:
    """
    Keep a request under a tracking number that can be read over the telephone.

    The types that one can ask for stand under `requests:` in the deployment, and so does who
    decides. The caller needs the scope `request`. 409 where the credential is not current.
    """
    asked = _asked(body, idempotency_key)
    seen, is_new = house_of(request).requests.open(actor_of(request), kind, asked)
    location = {"Location": f"/v1/requests/{spelt(seen.kept.tracking)}"}
    return json_answer(_answer(seen), status=201 if is_new else 200, headers=location)


@get(
    "/v1/requests",
    sync_to_thread=True,
    summary="Requests that one may decide",
    tags=["requests"],
    responses=answers({200: (RequestList, "The oldest first.")}, 400, 401, 403, 503),
)
def list_requests(
    request: Request[Any, Any, Any],
    # The framework keeps the name `state` for something of its own.
    in_state: Annotated[
        RequestState | None, QueryParameter(name="state", description="Those in this state.")
    ] = None,
    kind: Annotated[str | None, QueryParameter(description="Those of this kind.")] = None,
    after: Annotated[
        str | None, QueryParameter(description="Those behind this tracking number.")
    ] = None,
) -> Response[bytes]:
    """Return a hundred requests at once, without what they wish. Needs the scope `decide`."""
    found = house_of(request).requests.listed(
        actor_of(request), kind=kind, state=in_state, after=after, limit=_AT_ONCE
    )
    last = spelt(found[-1].tracking) if len(found) == _AT_ONCE else None
    return json_answer(RequestList(requests=tuple(_summary(each) for each in found), next=last))


@get(
    "/v1/requests/{tracking:str}",
    sync_to_thread=True,
    summary="What became of a request",
    tags=["requests"],
    responses=answers({200: (RequestAnswer, "The request as it is now.")}, 400, 401, 404, 503),
)
def one_request(request: Request[Any, Any, Any], tracking: FromPath[str]) -> Response[bytes]:
    """
    Tell who made it where it is, without anything personal; tell all to those who may decide.

    Whoever is told all stands in the audit log. A source under the scope `answer` is told of those
    that were forwarded to it, as who made them is.

    The number may come in small letters, with or without hyphens.
    """
    return json_answer(_answer(house_of(request).requests.find(actor_of(request), tracking)))


@_deciding("approve", "Approve a request")
def approve(
    request: Request[Any, Any, Any], body: RawBody, tracking: FromPath[str]
) -> Response[bytes]:
    """
    Say yes, or that the source did, and carry it out.

    The state is `done` then; `failed` with a `code` and findings where the correction is not
    possible, be it for its content or its limit; or `approved` where it waits to be issued.
    """
    return _decided(request, body, tracking, "approve")


@_deciding("decline", "Decline a request")
def decline(
    request: Request[Any, Any, Any], body: RawBody, tracking: FromPath[str]
) -> Response[bytes]:
    """Say no, or that the source did."""
    return _decided(request, body, tracking, "decline")


@_deciding("forward", "Forward a request to the source")
def forward(
    request: Request[Any, Any, Any], body: RawBody, tracking: FromPath[str]
) -> Response[bytes]:
    """Leave it to the source; a channel or a plugin tells it, or an officer records the answer."""
    return _decided(request, body, tracking, "forward")


@_deciding("withdraw", "Withdraw a request")
def withdraw(
    request: Request[Any, Any, Any], body: RawBody, tracking: FromPath[str]
) -> Response[bytes]:
    """Take it back, by who made it or for them; nothing is changed."""
    return _decided(request, body, tracking, "withdraw")


@post(
    "/v1/requests/{tracking:str}/answer",
    sync_to_thread=True,
    status_code=200,
    summary="Answer a request as its source",
    tags=["requests"],
    operation_class=taking(
        {"application/json": _ANSWERS},
        "`state` is `accepted`, `declined` or `done`; `reason` is kept sealed with the request, "
        "and `declined` needs one.",
    ),
    responses=_DECIDED,
)
def answer(
    request: Request[Any, Any, Any], body: RawBody, tracking: FromPath[str]
) -> Response[bytes]:
    """
    Decide a request that was forwarded, as the source that its record came from.

    `accepted` has the wish carried out here, as an approval does. `done` ends the request without
    it: the source has put it right itself, and sends its records as ever. The same answer once more
    changes nothing. Needs the scope `answer`; 404 where the request was never forwarded, 409 where
    it waits for no answer any more.
    """
    said = taken(body, _Answered, _SEND_ANSWER)
    given = SourceAnswer(state=said.state, reason=said.reason)
    return json_answer(
        _answer(house_of(request).requests.answer(actor_of(request), tracking, given))
    )


def _decided(
    request: Request[Any, Any, Any], body: bytes, tracking: str, step: RequestStep
) -> Response[bytes]:
    reason = taken(body, Reasoned, SEND_REASON).reason
    seen = house_of(request).requests.decide(actor_of(request), tracking, step, reason)
    return json_answer(_answer(seen))


def _asked(body: bytes, idempotency_key: str | None) -> Asked:
    asked = taken(body, _Asked, _SEND_WISH)
    return Asked(
        type=asked.type,
        about=_named(asked),
        other=_named(asked.other) if asked.other else None,
        contents=Contents(
            reason=asked.reason.strip(), changes=asked.changes, evidence=asked.evidence
        ),
        idempotency_key=idempotency_key,
    )


def _named(named: _Named) -> Named:
    return Named(credential_id=named.credential_id, key=named.key)


def _summary(kept: KeptRequest) -> RequestSummary:
    return RequestSummary(
        tracking=spelt(kept.tracking),
        kind=kept.kind,
        type=kept.type,
        state=kept.state,
        opened_at=kept.opened_at,
        changed_at=kept.changed_at,
    )


def _answer(seen: Seen) -> RequestAnswer:
    kept, contents = seen.kept, seen.contents
    short = RequestAnswer(
        **msgspec.structs.asdict(_summary(kept)),
        title=seen.title,
        steps=tuple(TakenStep(at=each.at, state=each.state) for each in seen.steps),
        code=kept.failure.code if kept.failure else None,
        findings=kept.failure.findings if kept.failure else (),
    )
    if not seen.is_whole:
        return short
    return msgspec.structs.replace(
        short,
        steps=tuple(
            TakenStep(at=each.at, state=each.state, actor_id=each.actor_id, reason=each.reason)
            for each in seen.steps
        ),
        credential_id=kept.credential_id,
        other_id=kept.other_id,
        result_id=kept.result_id,
        actor_id=kept.actor_id,
        forgotten_at=kept.forgotten_at,
        **(msgspec.structs.asdict(contents) if contents else {}),
    )
