"""What speaks against a deployment's webhooks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mohar.domain.findings import Finding


def findings(deployment: Mapping[str, Any]) -> Sequence[Finding]:
    """Return what there is to say of each webhook."""
    return [
        finding
        for channel in deployment["channels"]
        if channel["uses"] == "webhook"
        for finding in _of(channel, deployment["environment"])
    ]


def _of(channel: Mapping[str, Any], environment: str) -> Iterator[Finding]:
    settings, name = channel["settings"], channel["name"]
    if environment == "production" and str(settings.get("url", "")).startswith("http:"):
        yield Finding(
            code="channel-not-https",
            message=f"the channel {name} tells a plain http address in production; use https",
        )
    if settings.get("include"):
        yield Finding(
            code="channel-tells-values",
            severity="warning",
            message=f"the channel {name} sends values of the record (`include`); make sure that "
            "its owner may have them",
        )
    if "forwarded" in channel.get("events", ()):
        yield Finding(
            code="channel-tells-requests",
            severity="warning",
            message=f"the channel {name} sends what holders ask for, with what they wish and why; "
            "make sure that its owner is the source that decides it",
        )
