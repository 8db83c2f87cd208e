"""What a deployment must say so that Co-WIN's records can be told apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from mohar.domain.findings import Finding

_OFFER: Final = "cowin-certify"
_KEY: Final = ("pre_enrollment_code", "vaccination.dose")


def findings(deployment: Mapping[str, Any]) -> list[Finding]:
    """Return an error for each kind whose natural key would take two doses for one record."""
    return [
        Finding(
            code="natural-key-too-wide",
            where=f"credentials.{kind['name']}.key",
            message=f"the natural key needs {' and '.join(missing)}: "
            "without it two doses, or two people, would be one record",
        )
        for kind in deployment["credentials"]
        if kind["source"]["uses"] == _OFFER
        and (missing := [path for path in _KEY if path not in kind["key"]])
    ]
