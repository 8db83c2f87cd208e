"""What speaks against printing what should be sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mohar.domain.findings import Finding


def findings(deployment: Mapping[str, Any]) -> Sequence[Finding]:
    """Return what there is to say of each messenger that prints."""
    return [
        _of(messenger, deployment["environment"])
        for messenger in deployment["messengers"]
        if messenger["uses"] == "console"
    ]


def _of(messenger: Mapping[str, Any], environment: str) -> Finding:
    name = messenger["name"]
    if environment == "production" and not messenger["settings"].get("allow_in_production"):
        return Finding(
            code="messenger-prints-in-production",
            message=f"the messenger {name} prints texts and codes for people instead of sending "
            "them; name a gateway, or write allow_in_production: true if that is meant",
        )
    return Finding(
        code="messenger-prints",
        severity="warning",
        message=f"the messenger {name} prints texts and codes for people instead of sending them; "
        "it is for trying things out",
    )
