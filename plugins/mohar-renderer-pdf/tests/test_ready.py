"""What the settings of a rendering alone say against its QR codes."""

from __future__ import annotations

from typing import Any

import pytest

from mohar_renderer_pdf import mohar_ready


def deployment(uses: str = "pdf", **qr: Any) -> dict[str, Any]:
    rendering = {"name": "certificate", "uses": uses, "settings": {"qr": qr}}
    return {"credentials": [{"name": "membership", "renderings": [rendering]}]}


class TestReady:
    def test_modules_too_fine_for_cameras_are_a_risk(self) -> None:
        (finding,) = mohar_ready(deployment(module_mm=0.3))

        assert (finding.code, finding.severity) == ("qr-module-fine", "warning")
        assert "rendering certificate of membership" in finding.message

    @pytest.mark.parametrize(
        "given",
        [
            deployment(),
            deployment(module_mm=0.45),
            deployment("another", module_mm=0.3),
            {"credentials": [{"name": "membership", "renderings": [{"name": "c", "uses": "pdf"}]}]},
            {"credentials": [{"name": "membership"}]},
            {},
        ],
    )
    def test_all_else_is_no_matter(self, given: dict[str, Any]) -> None:
        assert mohar_ready(given) == []
