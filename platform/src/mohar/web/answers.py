"""Answers in JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from litestar import Response


def json_answer(
    content: Any,
    *,
    status: int = 200,
    media_type: str = "application/json",
    headers: Mapping[str, str] | None = None,
) -> Response[bytes]:
    """Return `content` as JSON; nothing here is ever cached on the way."""
    return Response(
        msgspec.json.encode(content),
        status_code=status,
        media_type=media_type,
        headers={"Cache-Control": "no-store", **(headers or {})},
    )
