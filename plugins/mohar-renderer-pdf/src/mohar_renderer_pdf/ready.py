"""What a deployment's own settings say against a page, before any is printed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mohar.codec.qr import LEAST_MODULE_MM
from mohar.domain.findings import Finding


def findings(deployment: Mapping[str, Any], uses: str) -> list[Finding]:
    """Return a risk for each rendering by `uses` with a QR code too fine to be read from paper."""
    return [
        Finding(
            code="qr-module-fine",
            message=f"rendering {rendering['name']} of {kind} may print QR codes whose modules are "
            f"{module_mm} mm, and below {LEAST_MODULE_MM} mm many cameras fail; leave out "
            "`qr.module_mm`, or print a smaller body",
            severity="warning",
        )
        for kind, rendering in _renderings(deployment, uses)
        if (module_mm := _module_mm(rendering)) < LEAST_MODULE_MM
    ]


def _renderings(
    deployment: Mapping[str, Any], uses: str
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for kind in deployment.get("credentials", ()):
        for rendering in kind.get("renderings", ()):
            if rendering.get("uses") == uses:
                yield kind["name"], rendering


def _module_mm(rendering: Mapping[str, Any]) -> float:
    settings = rendering.get("settings") or {}
    return float((settings.get("qr") or {}).get("module_mm", LEAST_MODULE_MM))
