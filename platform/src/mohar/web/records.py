"""Records come in; what became of them goes out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final, Literal

import msgspec
from litestar import Request, Response, get, post
from litestar.openapi.spec import Schema
from litestar.openapi.spec.enums import OpenAPIType
from litestar.params import FromPath, HeaderParameter, QueryParameter, RawBody

from mohar.access.ids import can_be_an_id
from mohar.codec import strict_json
from mohar.domain.credential import Outcome
from mohar.domain.errors import InvalidInput, Unavailable
from mohar.domain.record import Message
from mohar.issuing.choice import listed
from mohar.plugin import Receipt
from mohar.receiving.upload import Progress
from mohar.web.answers import json_answer
from mohar.web.auth import actor_of, house_of
from mohar.web.described import OBJECT, answers, taking
from mohar.web.issued import IssuedBody, issued_body
from mohar.web.reason import reason_of

_RECORDS: Final = Schema(
    one_of=[OBJECT, Schema(type=OpenAPIType.ARRAY, items=OBJECT, min_items=1, max_items=1000)]
)
# It is kept as it is, beside the record: nothing that could be somebody's name.
VARIANT: Final = r"^([a-z][a-z0-9.-]{0,15})?$"
_AT_ONCE: Final = 1_000
_WHAT_WAITS: Final = frozenset({"waiting"})
_WHOLE: Final = frozenset({"issued", "known"})


class Submitted(msgspec.Struct, frozen=True, kw_only=True):
    """What became of each item of a submission, in order."""

    submission_id: str
    outcomes: tuple[Outcome, ...]


class FileProgress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a file is: `rows` counts them by their state, `unreadable` among these."""

    submission_id: str
    name: str
    received_at: datetime
    is_complete: bool
    last_row: int
    rows: dict[str, int]


class SubmissionState(Submitted, frozen=True, kw_only=True):
    """The same; `next` is there where more outcomes follow, and `file` where a file was sent."""

    next: int | None = None
    file: FileProgress | None = None


class Issued(Submitted, frozen=True, kw_only=True):
    """The same, with the signed bodies of everything that was issued."""

    credentials: tuple[IssuedBody, ...]


@post(
    "/v1/kinds/{kind:str}/records",
    sync_to_thread=True,
    status_code=202,
    summary="Submit one record or an array of them",
    tags=["records"],
    operation_class=taking({"application/json": _RECORDS}, "One record, or 1 to 1,000 of them."),
    responses=answers(
        {
            200: (Issued, "With `wait=issued`: no item waits, and not all were issued."),
            201: (Issued, "With `wait=issued`: all are issued."),
            202: (Submitted, "Kept; some or all items wait to be issued."),
        },
        400,
        401,
        403,
        404,
        409,
        413,
        429,
        503,
    ),
)
def submit_records(
    request: Request[Any, Any, Any],
    body: RawBody,
    kind: FromPath[str],
    wait: Annotated[
        Literal["issued"] | None, QueryParameter(description="Issue before answering.")
    ] = None,
    formats: Annotated[
        str,
        QueryParameter(description="The bodies to issue, by name or format, as in `eu,ld`."),
    ] = "",
    variant: Annotated[
        str, QueryParameter(description="The version of an upstream message.", pattern=VARIANT)
    ] = "",
    idempotency_key: Annotated[
        str | None,
        HeaderParameter(name="Idempotency-Key", description="A repeat gets the first answer."),
    ] = None,
) -> Response[bytes]:
    """
    Make the records durable, then answer for each one.

    202 with a submission id; with `?wait=issued` the credentials are issued first: 201 when all
    were, 200 when some were refused, and 202 still where issuing has to be tried again or is
    paused. A record that is known from before is `known`; one whose natural key was issued with
    other content is a `conflict`, and the findings name the fields that differ. 409 where the
    `Idempotency-Key` came with something else before, with the items and fields that differ; 429
    with `Retry-After` where too much waits, and then nothing is kept.
    `?formats=` chooses what is issued, and a required body that is not named is not. To a record
    that is known from before nothing is added: see `/v1/credentials/{id}/bodies`.
    """
    house, actor = house_of(request), actor_of(request)
    house.require_kind(kind)
    house.permits.require_some(actor, "issue", kind)
    records = records_in(body, house.deployment.web.max_body_bytes)
    messages = [Message(content=each, variant=variant) for each in records]
    receipt = house.submit(
        actor, kind, messages, idempotency_key=idempotency_key, formats=listed(formats)
    )
    return _issued(request, receipt) if wait else _kept(receipt)


@get(
    "/v1/submissions/{submission_id:str}",
    sync_to_thread=True,
    summary="What became of a submission",
    tags=["records"],
    responses=answers({200: (SubmissionState, "One outcome for each item.")}, 400, 401, 404, 503),
)
def submission(
    request: Request[Any, Any, Any],
    submission_id: FromPath[str],
    after: Annotated[int, QueryParameter(description="Go on behind this position.", ge=-1)] = -1,
) -> Response[bytes]:
    """
    Return one answer for each item, in order, a thousand at once; only for its own submitter.

    Of a file `file` tells how far it is, and each outcome's position is the number of its row.
    """
    house, actor = house_of(request), actor_of(request)
    wanted = submission_id if can_be_an_id(submission_id) else ""
    outcomes = house.submissions.outcomes(wanted, actor, after=after, limit=_AT_ONCE)
    progress = house.uploads.progress(actor, wanted)
    return json_answer(
        SubmissionState(
            submission_id=submission_id,
            outcomes=tuple(outcomes),
            next=outcomes[-1].position if len(outcomes) == _AT_ONCE else None,
            file=None if progress is None else file_progress(progress),
        )
    )


@post(
    "/v1/submissions/{submission_id:str}/replay",
    sync_to_thread=True,
    status_code=202,
    summary="Try again what led to no credential",
    tags=["records"],
    responses=answers(
        {202: (Submitted, "One outcome for each item.")}, 400, 401, 403, 404, 429, 503
    ),
)
def replay(request: Request[Any, Any, Any], submission_id: FromPath[str]) -> Response[bytes]:
    """
    Let the items that failed, were refused or were a conflict wait again, as they were sent.

    Those that are issued, known or waiting stay as they are. Of another caller's submissions only
    where the scope `operate` covers the kind.
    """
    wanted = submission_id if can_be_an_id(submission_id) else ""
    return _kept(house_of(request).replay(actor_of(request), wanted))


def file_progress(progress: Progress) -> FileProgress:
    """Return an upload as it is told to whoever sent it."""
    return FileProgress(
        submission_id=progress.submission_id,
        name=progress.name,
        received_at=progress.received_at,
        is_complete=progress.is_complete,
        last_row=progress.last_row,
        rows=dict(progress.rows),
    )


def records_in(body: bytes, max_bytes: int) -> list[dict[str, Any]]:
    """
    Return the JSON objects of a request body: one, or an array of them.

    Raises:
        Unreadable: it is no JSON, or can be read in two ways.
        InvalidInput: something in it is no object; every wrong item is named.
    """
    content = strict_json.parse(body, max_bytes=max_bytes)
    items = content if isinstance(content, list) else [content]
    wrong = [str(number) for number, each in enumerate(items) if not isinstance(each, dict)]
    if wrong:
        raise InvalidInput(f"each record must be a JSON object; these are not: {_first(wrong)}")
    return items


def _first(positions: list[str], limit: int = 10) -> str:
    return ", ".join(positions[:limit]) + (", …" if len(positions) > limit else "")


def _kept(receipt: Receipt) -> Response[bytes]:
    location = {"Location": f"/v1/submissions/{receipt.submission_id}"}
    return json_answer(receipt, status=202, headers=location)


def _issued(request: Request[Any, Any, Any], receipt: Receipt) -> Response[bytes]:
    house, actor = house_of(request), actor_of(request)
    try:
        receipt = house.issue_now(actor, receipt)
    except Unavailable as error:
        # The records are kept, and whoever works through the intake tries them again.
        house.telemetry.log("web.issue-later", code=error.code)
        return _kept(receipt)
    states = {each.state for each in receipt.outcomes}
    if states & _WHAT_WAITS:
        return _kept(receipt)
    bodies = house.access.behind(actor, receipt.outcomes, reason=reason_of(request))
    answer = Issued(
        submission_id=receipt.submission_id,
        outcomes=receipt.outcomes,
        credentials=tuple(issued_body(each) for each in bodies),
    )
    return json_answer(answer, status=201 if states <= _WHOLE else 200)
