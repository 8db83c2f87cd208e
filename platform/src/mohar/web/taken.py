"""What the JSON body of an operation must be, and the operations that take a reason."""

from __future__ import annotations

from typing import Any, Final, TypeVar

import msgspec
from litestar import post
from litestar.openapi.spec import Schema

from mohar.codec import strict_json
from mohar.domain.errors import InvalidInput
from mohar.web.described import TEXT, objects, taking

T = TypeVar("T")
SEND_REASON: Final = 'send {"reason": "…"}'


class Reasoned(msgspec.Struct, forbid_unknown_fields=True):
    """A body that says why, and nothing else."""

    reason: str


def taken(body: bytes, shape: type[T], send: str) -> T:
    """
    Return a body as what an operation takes.

    Raises:
        InvalidInput: it is something else; `send` says what to send, and nothing of it is told.
    """
    try:
        return msgspec.convert(strict_json.parse(body), shape)
    except msgspec.ValidationError:
        # The cause would carry the place and type of what was sent, which may be somebody's key.
        raise InvalidInput(send) from None


def reasoned(path: str, summary: str, *, of: str, tag: str, responses: Any, **more: Schema) -> post:
    """Return the decorator of a POST that takes a reason, which is kept sealed with what it is of."""
    return post(
        path,
        sync_to_thread=True,
        status_code=200,
        summary=summary,
        tags=[tag],
        operation_class=taking(
            {"application/json": objects(reason=TEXT, **more)},
            f"`reason` is required and kept sealed with {of}.",
        ),
        responses=responses,
    )
