"""What speaks against a deployment's call-backs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mohar.domain.findings import Finding

_ADDRESSES = ("url", "login_url")


def findings(deployment: Mapping[str, Any]) -> Sequence[Finding]:
    """Return an error for each call-back that is not encrypted in production."""
    if deployment["environment"] != "production":
        return []
    return [
        Finding(
            code="channel-not-https",
            message=f"the channel {channel['name']} calls a plain http address in production; "
            "use https",
        )
        for channel in deployment["channels"]
        if channel["uses"] == "cowin-ack"
        and any(str(channel["settings"].get(each, "")).startswith("http:") for each in _ADDRESSES)
    ]
