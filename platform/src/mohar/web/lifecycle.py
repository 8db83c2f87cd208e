"""A credential is revoked, suspended or restored, and its history is told."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import msgspec
from litestar import Request, Response, get, post
from litestar.openapi.spec import Schema
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType
from litestar.params import FromPath, RawBody

from mohar.codec import strict_json
from mohar.domain.errors import InvalidInput
from mohar.domain.lifecycle import CredentialState, LifecycleAction
from mohar.revoking.change import Changed, Wish
from mohar.web.answers import json_answer
from mohar.web.auth import actor_of, house_of
from mohar.web.described import TEXT, answers, objects, taking

_MOMENT: Final = Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.DATE_TIME)
_TAKES: Final = "`reason` is required and kept sealed with the history of the credential."
_ANSWERS: Final = answers(
    {200: (Changed, "What came of it: `changed`, or `unchanged` where it was so before.")},
    400,
    401,
    403,
    404,
    409,
    503,
)


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One change in the life of a credential."""

    at: datetime
    before: CredentialState
    after: CredentialState
    cause: str
    actor_id: str
    reason: str
    evidence: str = ""
    until: datetime | None = None


class History(msgspec.Struct, frozen=True, kw_only=True):
    """A credential's state and links, and every change it went through, the oldest first."""

    credential_id: str
    kind: str
    revision: int
    state: CredentialState
    issued_at: datetime | None
    supersedes: str | None
    superseded_by: str | None
    changes: tuple[Step, ...]


class _Asked(msgspec.Struct, forbid_unknown_fields=True):
    reason: str


class _AskedUntil(_Asked, forbid_unknown_fields=True):
    until: datetime | None = None


@post(
    "/v1/credentials/{credential_id:str}/revoke",
    sync_to_thread=True,
    status_code=200,
    summary="Revoke a credential, for good",
    tags=["credentials"],
    operation_class=taking({"application/json": objects(reason=TEXT)}, _TAKES),
    responses=_ANSWERS,
)
def revoke(
    request: Request[Any, Any, Any], body: RawBody, credential_id: FromPath[str]
) -> Response[bytes]:
    """Take a current or suspended credential out of use. Asking again changes nothing."""
    return _changed(request, "revoke", _asked(body, _Asked).reason, credential_id)


@post(
    "/v1/credentials/{credential_id:str}/suspend",
    sync_to_thread=True,
    status_code=200,
    summary="Suspend a credential",
    tags=["credentials"],
    operation_class=taking({"application/json": objects(reason=TEXT, until=_MOMENT)}, _TAKES),
    responses=_ANSWERS,
)
def suspend(
    request: Request[Any, Any, Any], body: RawBody, credential_id: FromPath[str]
) -> Response[bytes]:
    """Take a current credential out of use until it is restored, or until the moment `until`."""
    asked = _asked(body, _AskedUntil)
    if asked.until is not None and asked.until.tzinfo is None:
        raise InvalidInput("`until` lacks its time zone: 2027-01-31T00:00:00+05:30")
    return _changed(request, "suspend", asked.reason, credential_id, asked.until)


@post(
    "/v1/credentials/{credential_id:str}/restore",
    sync_to_thread=True,
    status_code=200,
    summary="Restore a suspended credential",
    tags=["credentials"],
    operation_class=taking({"application/json": objects(reason=TEXT)}, _TAKES),
    responses=_ANSWERS,
)
def restore(
    request: Request[Any, Any, Any], body: RawBody, credential_id: FromPath[str]
) -> Response[bytes]:
    """Make a suspended credential current again; one that was revoked never is."""
    return _changed(request, "restore", _asked(body, _Asked).reason, credential_id)


@get(
    "/v1/credentials/{credential_id:str}/history",
    sync_to_thread=True,
    summary="What became of a credential",
    tags=["credentials"],
    responses=answers({200: (History, "Its state and its changes.")}, 400, 401, 404, 503),
)
def history(request: Request[Any, Any, Any], credential_id: FromPath[str]) -> Response[bytes]:
    """Tell every change with its moment, its cause, who made it and why."""
    stored, changes = house_of(request).changes.history(actor_of(request), credential_id)
    return json_answer(
        History(
            credential_id=stored.credential_id,
            kind=stored.kind,
            revision=stored.revision,
            state=stored.state,
            issued_at=stored.issued_at,
            supersedes=stored.supersedes,
            superseded_by=stored.superseded_by,
            changes=tuple(Step(**msgspec.structs.asdict(each)) for each in changes),
        )
    )


def _changed(
    request: Request[Any, Any, Any],
    action: LifecycleAction,
    reason: str,
    credential_id: str,
    until: datetime | None = None,
) -> Response[bytes]:
    actor = actor_of(request)
    wish = Wish(action=action, actor_id=actor.actor_id, reason=reason, until=until)
    return json_answer(house_of(request).changes.change(actor, wish, credential_id))


def _asked(body: bytes, shape: type[Any]) -> Any:
    try:
        return msgspec.convert(strict_json.parse(body), shape)
    except msgspec.ValidationError:
        more = ' and, if it is to end by itself, "until": a moment' if shape is _AskedUntil else ""
        raise InvalidInput(f'send {{"reason": "…"}}{more}') from None
