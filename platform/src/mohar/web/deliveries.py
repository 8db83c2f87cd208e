"""What was told to channels, and telling it again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, QueryParameter

from mohar.access.ids import can_be_an_id
from mohar.domain.delivery import DeliveryState
from mohar.domain.request import spelt
from mohar.store.delivery_rows import KeptDelivery, Wanted
from mohar.web.answers import json_answer
from mohar.web.auth import actor_of, house_of
from mohar.web.described import answers


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """
    A delivery: what became of which record is told to whom, and how far that has come.

    Where it tells of a request, `tracking` is the number of that and `submission_id` is empty.
    `due_at` counts while it waits. `detail` is what came of the last attempt.
    """

    delivery_id: str
    channel: str
    event: str
    kind: str
    occurred_at: datetime
    submission_id: str
    position: int
    credential_id: str | None
    tracking: str | None
    state: str
    attempts: int
    due_at: datetime
    detail: str | None
    settled_at: datetime | None


class ShownAttempt(msgspec.Struct, frozen=True, kw_only=True):
    """
    One attempt: its number since the delivery was due as new, and what came of it.

    `receipt` is what the other side calls what it took; empty where it said nothing.
    """

    number: int
    at: datetime
    result: str
    detail: str
    receipt: str


class ShownDelivery(Shown, frozen=True, kw_only=True):
    """A delivery with every attempt there was, the oldest first."""

    log: tuple[ShownAttempt, ...]


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """Deliveries, the newest first."""

    deliveries: tuple[Shown, ...]


@get(
    "/v1/deliveries",
    sync_to_thread=True,
    summary="What was told to channels",
    tags=["deliveries"],
    responses=answers({200: (Listed, "The newest ones.")}, 400, 401, 403, 503),
)
def list_deliveries(
    request: Request[Any, Any, Any],
    in_state: Annotated[
        DeliveryState | None, QueryParameter(name="state", description="Only these.")
    ] = None,
    channel: Annotated[str | None, QueryParameter(description="Of one channel.")] = None,
    submission: Annotated[str | None, QueryParameter(description="Of one submission.")] = None,
    limit: Annotated[int, QueryParameter(description="How many at most.", ge=1, le=1000)] = 100,
) -> Response[bytes]:
    """
    List deliveries of the kinds that the scope `operate` covers, without what they say.

    `dead` are those that were tried too often or refused by the other side; they stay until they
    are delivered.
    """
    wanted = Wanted(
        state=in_state,
        channel=None if channel is None else _sound(channel, also="-"),
        submission_id=None if submission is None else _sound(submission),
    )
    found = house_of(request).deliveries.listed(actor_of(request), wanted, limit)
    return json_answer(Listed(deliveries=tuple(_shown(each) for each in found)))


@get(
    "/v1/deliveries/{delivery_id:str}",
    sync_to_thread=True,
    summary="A delivery and its log",
    tags=["deliveries"],
    responses=answers({200: (ShownDelivery, "With every attempt.")}, 400, 401, 404, 503),
)
def delivery(request: Request[Any, Any, Any], delivery_id: FromPath[str]) -> Response[bytes]:
    """Show one delivery and every attempt there was, under the scope `operate`."""
    found, log = house_of(request).deliveries.show(actor_of(request), _sound(delivery_id))
    return json_answer(
        ShownDelivery(
            **_fields(found),
            log=tuple(ShownAttempt(**msgspec.structs.asdict(each)) for each in log),
        )
    )


@post(
    "/v1/deliveries/{delivery_id:str}/redeliver",
    sync_to_thread=True,
    status_code=202,
    summary="Tell it again",
    tags=["deliveries"],
    responses=answers({202: (Shown, "It is due now.")}, 400, 401, 404, 409, 503),
)
def redeliver(request: Request[Any, Any, Any], delivery_id: FromPath[str]) -> Response[bytes]:
    """Let what was delivered or is dead be tried anew, as often as at first; 409 where it waits."""
    found = house_of(request).deliveries.redeliver(actor_of(request), _sound(delivery_id))
    return json_answer(_shown(found), status=202)


def _shown(found: KeptDelivery) -> Shown:
    return Shown(**_fields(found))


def _fields(found: KeptDelivery) -> Mapping[str, Any]:
    tracking = None if found.tracking is None else spelt(found.tracking)
    return {**msgspec.structs.asdict(found), "tracking": tracking}


def _sound(text: str, *, also: str = "") -> str:
    """What can be no id names nothing."""
    return text if can_be_an_id(text.replace(also, "") if also else text) else ""
