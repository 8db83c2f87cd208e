"""A mistake is mended: a corrected credential takes the place of the one before."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, post
from litestar.params import FromPath, HeaderParameter, RawBody

from mohar.domain.correction import Correction
from mohar.domain.errors import InvalidInput
from mohar.domain.record import Message
from mohar.domain.values import JsonObject
from mohar.web.answers import json_answer
from mohar.web.auth import actor_of, house_of
from mohar.web.described import OBJECT, TEXT, answers, objects, taking
from mohar.web.issued import issued_body
from mohar.web.records import Issued, Submitted
from mohar.web.taken import taken


class _Asked(msgspec.Struct, forbid_unknown_fields=True):
    reason: str
    evidence: str = ""
    changes: JsonObject | None = None
    record: JsonObject | None = None
    variant: str = ""


@post(
    "/v1/credentials/{credential_id:str}/corrections",
    sync_to_thread=True,
    status_code=201,
    summary="Correct a credential",
    tags=["credentials"],
    operation_class=taking(
        {
            "application/json": objects(
                reason=TEXT, evidence=TEXT, changes=OBJECT, record=OBJECT, variant=TEXT
            )
        },
        "`changes` are new values by their dotted paths in the record; or `record`, a whole "
        "message of the kind's source, with its `variant`. One of the two.",
    ),
    responses=answers(
        {
            200: (Issued, "It was corrected to this before."),
            201: (Issued, "The new credential; the one before is superseded."),
            202: (Submitted, "Kept; it is issued later."),
        },
        400,
        401,
        403,
        404,
        409,
        412,
        422,
        503,
    ),
)
def correct(
    request: Request[Any, Any, Any],
    body: RawBody,
    credential_id: FromPath[str],
    idempotency_key: Annotated[
        str | None,
        HeaderParameter(name="Idempotency-Key", description="A repeat gets the first answer."),
    ] = None,
) -> Response[bytes]:
    """
    Issue a new credential that supersedes this one, in one transaction, with links both ways.

    409 where it is not the current one of its natural key, 412 where it was corrected as often as
    the policy allows, 422 with all findings where the record or the policy speaks against it.
    """
    house, actor = house_of(request), actor_of(request)
    message = _message(body, credential_id, actor.actor_id)
    receipt = house.corrections.correct(actor, message, idempotency_key)
    state = receipt.outcomes[0].state
    if state == "waiting":
        location = {"Location": f"/v1/submissions/{receipt.submission_id}"}
        return json_answer(receipt, status=202, headers=location)
    bodies = house.corrections.readable(actor, receipt)
    answer = Issued(
        submission_id=receipt.submission_id,
        outcomes=receipt.outcomes,
        credentials=tuple(issued_body(each) for each in bodies),
    )
    return json_answer(answer, status=201 if state == "issued" else 200)


def _message(body: bytes, credential_id: str, actor_id: str) -> Message:
    asked = taken(
        body,
        _Asked,
        'send {"reason": "…", "changes": {path: value}}, or a whole "record" in their place',
    )
    if (asked.changes is None) == (asked.record is None):
        raise InvalidInput("send either `changes` or a whole `record`")
    return Message(
        content=asked.record or {},
        variant=asked.variant,
        correction=Correction(
            credential_id=credential_id,
            reason=asked.reason,
            actor_id=actor_id,
            evidence=asked.evidence,
            changes=asked.changes,
        ),
    )
