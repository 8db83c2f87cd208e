"""What a designer is told about a page: text that does not fit or is too pale, a code that is too fine."""

from __future__ import annotations

import pytest
import weasyprint

from mohar.codec.qr import encode
from mohar.domain.rendition import Segment
from mohar_renderer_pdf._inspect import mends

PAGE = "<style>@page { size: 100mm 60mm; margin: 10mm } body { margin: 0; color: #000 }</style>"


def codes(html: str) -> list[str]:
    return [finding.code for finding in mends(weasyprint.HTML(string=PAGE + html).render())]


class TestOverflow:
    def test_text_that_wraps_is_no_matter(self):
        assert codes("<p style='width: 20mm'>word " + "word " * 40) == []

    @pytest.mark.parametrize(
        "html",
        [
            "<p>" + "x" * 200,
            "<div style='width: 20mm'><p>Thiruvananthapuram",
            "<div style='width: 20mm'><p style='width: 60mm'>one two three four",
            "<p style='height: 4mm; width: 20mm'>one two three four five six",
            "<div style='display: flex'><p style='white-space: nowrap'>" + "word " * 40,
        ],
    )
    def test_text_beyond_its_box_is_told(self, html: str):
        assert "pdf-overflow" in codes(html)

    def test_what_is_printed_in_a_margin_is_not_beyond_the_page(self):
        assert codes("<style>@page { @bottom-right { content: counter(page) } }</style><p>x") == []

    def test_the_element_is_named_and_its_text_is_not(self):
        html = "<table class='doses'><tr><td style='width: 9mm'><p class='lot'>" + "SECRET" * 30

        (finding,) = mends(weasyprint.HTML(string=PAGE + html).render())

        assert "p.lot" in finding.message
        assert "SECRET" not in finding.message


class TestContrast:
    @pytest.mark.parametrize(
        "style",
        [
            "color: #777",
            "color: rgba(0, 0, 0, .4)",
            "color: #000; background: #333",
            "font-size: 18pt; color: #aaa",
        ],
    )
    def test_pale_text_is_told(self, style: str):
        assert codes(f"<p style='{style}'>pale") == ["pdf-contrast"]

    @pytest.mark.parametrize(
        "style",
        [
            "color: #767676",
            "color: #fff; background: #000",
            "font-size: 18pt; color: #949494",
            "font-size: 14pt; font-weight: 700; color: #949494",
            "color: #000; background: rgba(0, 0, 0, .1)",
        ],
    )
    def test_text_that_can_be_read_is_no_matter(self, style: str):
        assert codes(f"<p style='{style}'>fine") == []

    def test_a_ground_further_out_counts(self):
        assert codes("<div style='background: #333'><p>dark") == ["pdf-contrast"]

    def test_a_colour_that_nobody_can_compare_is_told_as_that(self):
        html = PAGE + "<p style='color: oklch(50% .2 20)'>what"

        (finding,) = mends(weasyprint.HTML(string=html).render())

        assert (finding.code, finding.severity) == ("pdf-contrast-unknown", "warning")


class TestQrCode:
    def test_a_stylesheet_that_makes_a_code_too_small_is_told(self):
        drawn = encode([Segment("byte", bytes(300))]).svg(size_mm=63.5)
        code = drawn.replace("<svg ", '<svg data-modules="69" ', 1)

        assert codes(code) == []
        assert codes("<style>svg { width: 32mm; height: 32mm }</style>" + code) == []
        assert codes("<style>svg { width: 30mm; height: 30mm }</style>" + code) == [
            "pdf-qr-too-fine"
        ]
