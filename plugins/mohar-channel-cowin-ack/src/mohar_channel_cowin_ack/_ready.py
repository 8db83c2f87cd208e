"""What speaks against a deployment's call-backs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_args

from mohar.domain.delivery import LifeEvent
from mohar.domain.findings import Finding

_ADDRESSES = ("url", "login_url")
_CHANGES = get_args(LifeEvent)


def findings(deployment: Mapping[str, Any]) -> Sequence[Finding]:
    """Return an error for each call-back that is not encrypted in production, or asks too much."""
    return [
        finding
        for channel in deployment["channels"]
        if channel["uses"] == "cowin-ack"
        for finding in _of(channel, deployment["environment"])
    ]


def _of(channel: Mapping[str, Any], environment: str) -> Iterator[Finding]:
    name, settings = channel["name"], channel["settings"]
    is_plain = any(str(settings.get(each, "")).startswith("http:") for each in _ADDRESSES)
    if environment == "production" and is_plain:
        yield Finding(
            code="channel-not-https",
            message=f"the channel {name} calls a plain http address in production; use https",
        )
    if "forwarded" in channel.get("events", ()):
        yield Finding(
            code="channel-tells-no-requests",
            message=f"the channel {name} acknowledges records and cannot tell of requests; take "
            "`forwarded` out of its events, and tell them by a webhook",
        )
    untold = [each for each in channel.get("events", ()) if each in _CHANGES]
    if untold:
        yield Finding(
            code="channel-tells-no-changes",
            message=f"the channel {name} acknowledges records and cannot tell what becomes of "
            f"credentials; take {', '.join(untold)} out of its events",
        )
