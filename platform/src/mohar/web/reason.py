"""What a caller reads for: the `X-Purpose` header, one of the words of the deployment."""

from __future__ import annotations

from typing import Any

from litestar import Request

from mohar.domain.access import UNSTATED, Reason
from mohar.domain.errors import InvalidInput
from mohar.web.auth import house_of


class UnknownPurpose(InvalidInput):
    """The purpose is none of the words that this deployment knows; what was sent is not repeated."""

    code = "unknown-purpose"


def reason_of(request: Request[Any, Any, Any]) -> Reason:
    """Return what a request reads for. Raises UnknownPurpose, which names the words there are."""
    said = request.headers.get("x-purpose", UNSTATED)
    known = house_of(request).deployment.access.purposes
    if said != UNSTATED and said not in known:
        words = ", ".join([*known, UNSTATED])
        raise UnknownPurpose(f"X-Purpose is none of the words of this deployment: {words}")
    return Reason(purpose=said)
