"""Answers in the shapes of DIVOC."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from mohar.codec import strict_json
from mohar.domain.errors import InvalidInput
from mohar.domain.values import JsonObject
from mohar.plugin import RouteRequest, RouteResponse

_MOST_BYTES: Final = 10_000
_NOT_FOUND: Final = 1
_MISMATCH: Final = 2
_TOLD: Final = {
    _NOT_FOUND: "No certificate is found for what was sent",
    _MISMATCH: "The mobile number is another one than that of this beneficiary id",
}


def answer(content: Any, status: int = 200) -> RouteResponse:
    """Return something as JSON."""
    return RouteResponse(status=status, content=msgspec.json.encode(content))


def not_found(*, is_mismatch: bool = False) -> RouteResponse:
    """Return DIVOC's answer for what is not there; it repeats nothing of the request."""
    code = _MISMATCH if is_mismatch else _NOT_FOUND
    return answer({"status": "not_found", "errorCode": code, "message": _TOLD[code]}, 404)


def sent(request: RouteRequest) -> JsonObject:
    """Return the object that was sent. Raises Unreadable."""
    return strict_json.parse_object(request.body, max_bytes=_MOST_BYTES)


def text_of(tree: JsonObject, name: str) -> str:
    """
    Return a member that is text, or a whole number for one.

    Raises:
        InvalidInput: it is not there, or something else.
    """
    value = tree.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not value.strip():
        raise InvalidInput(f"{name} is missing; send it as text")
    return value.strip()
