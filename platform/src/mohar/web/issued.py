"""One signed body as JSON answers show it."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from mohar.domain.credential import Secured
from mohar.domain.values import Personal


class IssuedBody(Personal, frozen=True, kw_only=True):
    """
    A signed body and what it belongs to.

    `credential` is the signed document where that is JSON, and a `data:` URL of its bytes else.
    """

    credential_id: str
    revision: int
    body: str
    profile: str
    media_type: str
    credential: Any


def issued_body(secured: Secured) -> IssuedBody:
    """Return a signed body as JSON answers show it."""
    return IssuedBody(
        credential_id=secured.credential_id,
        revision=secured.revision,
        body=secured.body,
        profile=secured.profile,
        media_type=secured.media_type,
        credential=secured.document or _data_url(secured),
    )


def _data_url(secured: Secured) -> str:
    return f"data:{secured.media_type};base64,{b64encode(secured.content).decode()}"
