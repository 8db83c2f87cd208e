"""Records come in; what became of them goes out."""

from __future__ import annotations

from typing import Annotated, Any, Final

import msgspec
from litestar import Request, Response, get, post
from litestar.params import Parameter

from mohar.assembly.house import House
from mohar.config.deployment import Kind
from mohar.domain.errors import InvalidInput, NotFound
from mohar.domain.record import Message
from mohar.web.answers import json_answer
from mohar.web.auth import actor_of, house_of

_NO_SUCH_KIND: Final = "there is no such kind in this deployment; see /v1/kinds"


@get("/v1/kinds", sync_to_thread=True, summary="What this deployment issues", tags=["records"])
def list_kinds(request: Request[Any, Any, Any]) -> Response[bytes]:
    """List the kinds with their bodies, natural key and representations."""
    house = house_of(request)
    return json_answer([_described(house, kind) for kind in house.deployment.credentials])


@get(
    "/v1/kinds/{kind:str}/schema",
    sync_to_thread=True,
    summary="The JSON Schema of a kind",
    tags=["records"],
)
def kind_schema(
    request: Request[Any, Any, Any], kind: str, body: str | None = None
) -> Response[bytes]:
    """Return the JSON Schema of the signed document of each body, or of the one named."""
    schemas = house_of(request).json_schemas(kind)
    if body is None:
        return json_answer(schemas)
    if body not in schemas:
        raise NotFound(_NO_SUCH_KIND)
    return json_answer(schemas[body], media_type="application/schema+json")


@post(
    "/v1/kinds/{kind:str}/records",
    sync_to_thread=True,
    summary="Submit one record or an array of them",
    tags=["records"],
)
def submit_records(
    request: Request[Any, Any, Any],
    body: bytes,
    kind: str,
    wait: str | None = None,
    variant: str = "",
    idempotency_key: Annotated[str | None, Parameter(header="Idempotency-Key")] = None,
) -> Response[bytes]:
    """
    Make the records durable, then answer for each one.

    202 with a submission id; with `?wait=issued` the credentials are issued first: 201 when all
    were, 200 when some were refused.
    """
    house = house_of(request)
    actor = actor_of(request)
    house.require_kind(kind)
    house.permits.require(actor, "issue", kind)
    messages = [Message(content=each, variant=variant) for each in records_in(body)]
    receipt = house.submit(actor, kind, messages, idempotency_key=idempotency_key)
    if wait == "issued":
        receipt = house.issue_now(actor, receipt)
        whole = all(each.state in {"issued", "known"} for each in receipt.outcomes)
        return json_answer(receipt, status=201 if whole else 200)
    location = {"Location": f"/v1/submissions/{receipt.submission_id}"}
    return json_answer(receipt, status=202, headers=location)


@get(
    "/v1/submissions/{submission_id:str}",
    sync_to_thread=True,
    summary="What became of a submission",
    tags=["records"],
)
def submission(request: Request[Any, Any, Any], submission_id: str) -> Response[bytes]:
    """Return one answer for each item, in order; only for the caller that submitted it."""
    house = house_of(request)
    outcomes = house.submissions.outcomes(submission_id, actor_of(request))
    return json_answer({"submission_id": submission_id, "outcomes": outcomes})


def _described(house: House, kind: Kind) -> dict[str, Any]:
    return {
        "kind": kind.name,
        "title": kind.title,
        "natural_key": kind.key,
        "bodies": [
            {
                "name": body.name,
                "profile": body.profile,
                "required": body.required,
                "schema": f"/v1/kinds/{kind.name}/schema?body={body.name}",
            }
            for body in kind.bodies
        ],
        "representations": [
            {
                "name": option.name,
                "suffix": option.suffix,
                "media_type": option.media_type,
                "bodies": option.bodies,
                "languages": option.languages,
            }
            for option in house.drawing.options(kind.name)
        ],
    }


def records_in(body: bytes) -> list[dict[str, Any]]:
    """
    Return the JSON objects of a request body: one, or an array of them.

    Raises:
        InvalidInput: it is no JSON, or something else than objects; every wrong item is named.
    """
    try:
        content = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise InvalidInput("the body is not JSON (RFC 8259)") from error
    items = content if isinstance(content, list) else [content]
    wrong = [str(number) for number, each in enumerate(items) if not isinstance(each, dict)]
    if wrong:
        raise InvalidInput(f"each record must be a JSON object; these are not: {', '.join(wrong)}")
    return items
