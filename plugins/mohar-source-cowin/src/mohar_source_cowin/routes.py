"""
DIVOC's three certify operations, at the paths where the original has them.

A route does not know which kinds a deployment has. It submits for the kind `""`, which the intake
takes to be the one kind whose source is offered by this plugin.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from mohar.codec import strict_json
from mohar.domain.credential import Outcome
from mohar.domain.errors import InvalidInput, Unreadable
from mohar.domain.findings import Finding
from mohar.domain.record import Message
from mohar.domain.values import JsonObject
from mohar.plugin import Intake, Receipt, Route, RouteRequest, RouteResponse
from mohar_source_cowin.source import VARIANTS

_OWN_KIND: Final = ""


def certify_routes(intake: Intake) -> Sequence[Route]:
    """Return the operations v1, v2 and v3."""
    return [_certify_route(intake, variant) for variant in VARIANTS]


def _certify_route(intake: Intake, variant: str) -> Route:
    def certify(request: RouteRequest) -> RouteResponse:
        messages = read_messages(request.body, variant)
        receipt = intake.submit(request.actor, _OWN_KIND, messages)
        return RouteResponse(status=200, content=msgspec.json.encode(answer(receipt)))

    return Route(
        method="POST",
        path=f"/divoc/api/{variant}/certify",
        action="issue",
        summary=f"Certify vaccinations, message version {variant}",
        handle=certify,
    )


def read_messages(body: bytes, variant: str) -> Sequence[Message]:
    """
    Return the messages of a request.

    Raises:
        InvalidInput: the body is not a JSON array of at least one object.
    """
    items = _array(body)
    if not items:
        raise InvalidInput("the array is empty; send at least one certify message")
    wrong = [position for position, item in enumerate(items) if not isinstance(item, dict)]
    if wrong:
        raise InvalidInput(
            "every certify message must be a JSON object; nothing was taken",
            [
                Finding(code="wrong-type", message="This must be an object.", where=str(at))
                for at in wrong
            ],
        )
    return [Message(content=item, variant=variant) for item in items]


def _array(body: bytes) -> list[Any]:
    try:
        items = strict_json.parse(body, max_bytes=len(body))
    except Unreadable as error:
        raise InvalidInput(f"the body must be a JSON array of certify messages: {error}") from error
    if not isinstance(items, list):
        raise InvalidInput("the body must be a JSON array of certify messages")
    return items


def answer(receipt: Receipt) -> JsonObject:
    """Return what became of each item; the original answers with nothing at all."""
    return {
        "submissionId": receipt.submission_id,
        "items": [_item(outcome) for outcome in receipt.outcomes],
    }


def _item(outcome: Outcome) -> JsonObject:
    item: JsonObject = {"position": outcome.position, "state": outcome.state}
    if outcome.credential_id is not None:
        item["certificateId"] = outcome.credential_id
    if outcome.findings:
        item["findings"] = msgspec.to_builtins(outcome.findings)
    return item
