"""What speaks against a deployment's gateways."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mohar.domain.findings import Finding


def findings(deployment: Mapping[str, Any]) -> Sequence[Finding]:
    """Return an error for each gateway that is asked in the clear in production."""
    if deployment["environment"] != "production":
        return []
    return [
        Finding(
            code="messenger-not-https",
            message=f"the messenger {each['name']} sends texts and addresses of people to a plain "
            "http address in production; use https",
        )
        for each in deployment["messengers"]
        if each["uses"] == "http" and str(each["settings"].get("url", "")).startswith("http:")
    ]
