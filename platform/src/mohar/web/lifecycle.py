"""A credential is revoked, suspended or restored, and its history is told."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import msgspec
from litestar import Request, Response, get, post
from litestar.openapi.spec import Schema
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType
from litestar.params import FromPath, RawBody

from mohar.access.readers import Reader
from mohar.domain.errors import InvalidInput
from mohar.domain.lifecycle import CredentialState, LifecycleAction
from mohar.revoking.change import Changed, Wish
from mohar.web.answers import json_answer
from mohar.web.auth import actor_of, house_of
from mohar.web.described import answers
from mohar.web.reason import reason_of
from mohar.web.taken import SEND_REASON, Reasoned, reasoned, taken

_SEND_UNTIL: Final = f'{SEND_REASON} and, if it is to end by itself, "until": a moment'
_MOMENT: Final = Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.DATE_TIME)
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


class Reads(msgspec.Struct, frozen=True, kw_only=True):
    """Who has read a credential, or an earlier revision of it."""

    reads: tuple[Reader, ...]


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


class _ReasonedUntil(Reasoned, forbid_unknown_fields=True):
    until: datetime | None = None


def _changing(action: LifecycleAction, summary: str, **more: Schema) -> post:
    return reasoned(
        f"/v1/credentials/{{credential_id:str}}/{action}",
        summary,
        of="the history of the credential",
        tag="credentials",
        responses=_ANSWERS,
        **more,
    )


@_changing("revoke", "Revoke a credential, for good")
def revoke(
    request: Request[Any, Any, Any], body: RawBody, credential_id: FromPath[str]
) -> Response[bytes]:
    """Take a current or suspended credential out of use. Asking again changes nothing."""
    reason = taken(body, Reasoned, SEND_REASON).reason
    return _changed(request, "revoke", reason, credential_id)


@_changing("suspend", "Suspend a credential", until=_MOMENT)
def suspend(
    request: Request[Any, Any, Any], body: RawBody, credential_id: FromPath[str]
) -> Response[bytes]:
    """Take a current credential out of use until it is restored, or until the moment `until`."""
    asked = taken(body, _ReasonedUntil, _SEND_UNTIL)
    if asked.until is not None and asked.until.tzinfo is None:
        raise InvalidInput("`until` lacks its time zone: 2027-01-31T00:00:00+05:30")
    return _changed(request, "suspend", asked.reason, credential_id, asked.until)


@_changing("restore", "Restore a suspended credential")
def restore(
    request: Request[Any, Any, Any], body: RawBody, credential_id: FromPath[str]
) -> Response[bytes]:
    """Make a suspended credential current again; one that was revoked never is."""
    reason = taken(body, Reasoned, SEND_REASON).reason
    return _changed(request, "restore", reason, credential_id)


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


@get(
    "/v1/credentials/{credential_id:str}/reads",
    sync_to_thread=True,
    summary="Who has read a credential",
    tags=["credentials"],
    responses=answers({200: (Reads, "The last first, a thousand at most.")}, 400, 401, 404, 503),
)
def reads(request: Request[Any, Any, Any], credential_id: FromPath[str]) -> Response[bytes]:
    """Tell when, through which caller and channel and what for it was read, or tried to be."""
    told = house_of(request).readers.of(actor_of(request), credential_id, reason=reason_of(request))
    return json_answer(Reads(reads=tuple(told)))


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
