"""Another form of a credential that is issued: a traveller comes back for the one a border wants."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from litestar import Request, Response, post
from litestar.openapi.spec import Schema
from litestar.openapi.spec.enums import OpenAPIType
from litestar.params import FromPath, RawBody

from mohar.domain.credential import BodyOutcome
from mohar.web.answers import json_answer
from mohar.web.auth import actor_of, house_of
from mohar.web.described import TEXT, answers, objects, taking
from mohar.web.issued import IssuedBody, issued_body
from mohar.web.taken import taken

_NAMES: Final = Schema(type=OpenAPIType.ARRAY, items=TEXT, min_items=1)


class AddedBodies(msgspec.Struct, frozen=True, kw_only=True):
    """What became of each body asked for; the signed ones are for those who may read them."""

    credential_id: str
    revision: int
    bodies: tuple[BodyOutcome, ...]
    credentials: tuple[IssuedBody, ...]


class _Asked(msgspec.Struct, forbid_unknown_fields=True):
    formats: list[str]


@post(
    "/v1/credentials/{credential_id:str}/bodies",
    sync_to_thread=True,
    status_code=201,
    summary="Add a body to a credential issued before",
    tags=["credentials"],
    operation_class=taking(
        {"application/json": objects(formats=_NAMES)},
        '`{"formats": [name]}`, each the name of a body or of a format.',
    ),
    responses=answers(
        {
            200: (AddedBodies, "Nothing was added: what could be was there before."),
            201: (AddedBodies, "At least one body was added."),
        },
        400,
        401,
        403,
        404,
        409,
        503,
    ),
)
def add_bodies(
    request: Request[Any, Any, Any], body: RawBody, credential_id: FromPath[str]
) -> Response[bytes]:
    """
    Make bodies from the kept record of a current credential, and add them to it.

    They share its id, revision and status. Asking again gives the same ones. 409 with
    `not-addable` where the deployment does not allow that, `not-current`, or `record-gone` after
    the record's retention; 400 with findings where the record is not enough for any of them.
    """
    asked = taken(body, _Asked, 'send {"formats": […]} with the names of bodies or formats')
    added = house_of(request).additions.add(actor_of(request), credential_id, asked.formats)
    answer = AddedBodies(
        credential_id=added.credential_id,
        revision=added.revision,
        bodies=added.bodies,
        credentials=tuple(issued_body(each) for each in added.secured),
    )
    return json_answer(answer, status=201 if added.is_new else 200)
