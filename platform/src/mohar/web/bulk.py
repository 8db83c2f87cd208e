"""Campaigns: something is proposed for many credentials, approved by another, and taken back."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final, Literal

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, QueryParameter, RawBody

from mohar.access.bulk import Progress, Proposal
from mohar.codec import strict_json
from mohar.domain.campaign import ItemState, Selection
from mohar.domain.errors import InvalidInput
from mohar.domain.lifecycle import CredentialState
from mohar.store.campaign_rows import CampaignItem
from mohar.web.answers import json_answer
from mohar.web.auth import actor_of, house_of
from mohar.web.described import TEXT, answers, objects, taking

_SELECTS: Final = (
    "`reason` is required. `kind`, `ids` and `selection` say which credentials are meant: those "
    "that are in all of them. A selection has `issued_from`, `issued_until`, `config_digest`, "
    "`key_id`, `schema`, `state`, `revision`, and in `where` values of the kept record by their "
    "dotted paths."
)
_KEPT: Final = answers(
    {202: (Progress, "It is kept; `count` is there when all credentials were found.")},
    400,
    401,
    403,
    404,
    413,
    503,
)
_CHANGED: Final = answers({200: (Progress, "How it is now.")}, 400, 401, 403, 404, 409, 503)


class Campaigns(msgspec.Struct, frozen=True, kw_only=True):
    """The campaigns proposed last, the newest first."""

    campaigns: tuple[Progress, ...]


class Items(msgspec.Struct, frozen=True, kw_only=True):
    """Credentials of a campaign by their positions, and what became of each."""

    items: tuple[CampaignItem, ...]


class _Selected(msgspec.Struct, forbid_unknown_fields=True):
    issued_from: datetime | None = None
    issued_until: datetime | None = None
    config_digest: str | None = None
    key_id: str | None = None
    schema: str | None = None
    state: CredentialState | None = None
    revision: int | None = None
    where: dict[str, str | bool | int | float] = msgspec.field(default_factory=dict)


class _AskedAnew(msgspec.Struct, forbid_unknown_fields=True):
    reason: str
    kind: str | None = None
    ids: tuple[str, ...] | None = None
    selection: _Selected = msgspec.field(default_factory=_Selected)


class _AskedToRevoke(_AskedAnew, forbid_unknown_fields=True):
    action: Literal["revoke", "suspend", "restore"] = "revoke"
    until: datetime | None = None


@post(
    "/v1/bulk/revocations",
    sync_to_thread=True,
    status_code=202,
    summary="Propose to revoke, suspend or restore many credentials",
    tags=["bulk"],
    operation_class=taking({"application/json": objects(reason=TEXT)}, _SELECTS),
    responses=_KEPT,
)
def propose_revocations(request: Request[Any, Any, Any], body: RawBody) -> Response[bytes]:
    """
    Keep a campaign with an `action`: `revoke` where none is named, `suspend` or `restore`.

    Nothing is done to any credential before somebody else approves it.
    """
    asked = _asked(body, _AskedToRevoke)
    return _proposed(request, asked, action=asked.action, until=asked.until)


@post(
    "/v1/bulk/reissues",
    sync_to_thread=True,
    status_code=202,
    summary="Propose to issue many credentials once more",
    tags=["bulk"],
    operation_class=taking({"application/json": objects(reason=TEXT, kind=TEXT)}, _SELECTS),
    responses=_KEPT,
)
def propose_reissues(request: Request[Any, Any, Any], body: RawBody) -> Response[bytes]:
    """
    Keep a campaign that signs current credentials anew, under the keys and types of that day.

    Nothing is issued before somebody else approves it. It uses up no correction.
    """
    return _proposed(request, _asked(body, _AskedAnew), action="reissue")


@get(
    "/v1/bulk",
    sync_to_thread=True,
    summary="The campaigns proposed last",
    tags=["bulk"],
    responses=answers({200: (Campaigns, "Those this caller may see.")}, 401, 503),
)
def campaigns(request: Request[Any, Any, Any]) -> Response[bytes]:
    """List campaigns, the newest first."""
    found = house_of(request).bulk.listed(actor_of(request))
    return json_answer(Campaigns(campaigns=tuple(found)))


@get(
    "/v1/bulk/{campaign_id:str}",
    sync_to_thread=True,
    summary="A campaign and how far it is",
    tags=["bulk"],
    responses=answers({200: (Progress, "How it is now.")}, 400, 401, 404, 503),
)
def campaign(request: Request[Any, Any, Any], campaign_id: FromPath[str]) -> Response[bytes]:
    """Tell what is proposed, for how many credentials, and what was done so far."""
    return json_answer(house_of(request).bulk.show(actor_of(request), campaign_id))


@get(
    "/v1/bulk/{campaign_id:str}/items",
    sync_to_thread=True,
    summary="The credentials of a campaign",
    tags=["bulk"],
    responses=answers({200: (Items, "Up to 1,000 behind a position.")}, 400, 401, 404, 503),
)
def campaign_items(
    request: Request[Any, Any, Any],
    campaign_id: FromPath[str],
    after: Annotated[
        int, QueryParameter(description="The last position of the page before.", ge=0, le=2**62)
    ] = 0,
    in_state: Annotated[
        ItemState | None, QueryParameter(name="state", description="Those in this state only.")
    ] = None,
) -> Response[bytes]:
    """Tell what became of each credential."""
    bulk = house_of(request).bulk
    found = bulk.items(actor_of(request), campaign_id, after=after, state=in_state)
    return json_answer(Items(items=tuple(found)))


@post(
    "/v1/bulk/{campaign_id:str}/approve",
    sync_to_thread=True,
    status_code=200,
    summary="Approve a campaign",
    tags=["bulk"],
    responses=_CHANGED,
)
def approve(request: Request[Any, Any, Any], campaign_id: FromPath[str]) -> Response[bytes]:
    """Let it be done. Whoever proposed it may not: two persons have to look at it."""
    return json_answer(house_of(request).bulk.approve(actor_of(request), campaign_id))


@post(
    "/v1/bulk/{campaign_id:str}/pause",
    sync_to_thread=True,
    status_code=200,
    summary="Pause a campaign",
    tags=["bulk"],
    responses=_CHANGED,
)
def pause(request: Request[Any, Any, Any], campaign_id: FromPath[str]) -> Response[bytes]:
    """Let it rest after the batch that is under way."""
    return json_answer(house_of(request).bulk.pause(actor_of(request), campaign_id))


@post(
    "/v1/bulk/{campaign_id:str}/resume",
    sync_to_thread=True,
    status_code=200,
    summary="Resume a campaign",
    tags=["bulk"],
    responses=_CHANGED,
)
def resume(request: Request[Any, Any, Any], campaign_id: FromPath[str]) -> Response[bytes]:
    """Let it go on where it was paused."""
    return json_answer(house_of(request).bulk.resume(actor_of(request), campaign_id))


@post(
    "/v1/bulk/{campaign_id:str}/undo",
    sync_to_thread=True,
    status_code=200,
    summary="Take a campaign back",
    tags=["bulk"],
    responses=_CHANGED,
)
def undo(request: Request[Any, Any, Any], campaign_id: FromPath[str]) -> Response[bytes]:
    """Take back what it suspended while its time for that lasts, or withdraw a proposal."""
    return json_answer(house_of(request).bulk.undo(actor_of(request), campaign_id))


def _proposed(
    request: Request[Any, Any, Any],
    asked: _AskedAnew,
    *,
    action: Literal["revoke", "suspend", "restore", "reissue"],
    until: datetime | None = None,
) -> Response[bytes]:
    proposal = Proposal(
        action=action,
        reason=asked.reason,
        kind=asked.kind,
        selection=_selection(asked.selection),
        credential_ids=asked.ids,
        until=until,
    )
    kept = house_of(request).bulk.propose(actor_of(request), proposal)
    return json_answer(kept, status=202, headers={"Location": f"/v1/bulk/{kept.id}"})


def _selection(asked: _Selected) -> Selection:
    where = {path: _text(value) for path, value in asked.where.items()}
    return Selection(**{**msgspec.structs.asdict(asked), "where": where})


def _text(value: str | float) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _asked(body: bytes, shape: type[Any]) -> Any:
    try:
        return msgspec.convert(strict_json.parse(body), shape)
    except msgspec.ValidationError as error:
        raise InvalidInput(
            'send {"reason": "…", "kind": …, "ids": […], "selection": {…}}; '
            f"what stands {_place(error)} is not what goes there"
        ) from None


def _place(error: msgspec.ValidationError) -> str:
    """Return the path in a message of msgspec, which holds names of ours only, and no value."""
    _, found, place = str(error).rpartition(" - at `")
    return f"at {place.rstrip('`')}" if found else "at the top"


HANDLERS: Final = (
    propose_revocations,
    propose_reissues,
    campaigns,
    campaign,
    campaign_items,
    approve,
    pause,
    resume,
    undo,
)
