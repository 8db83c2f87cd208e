"""Each value on a page has its own direction, whatever the page has."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mohar_renderer_pdf._bidi import isolate

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import SimpleNamespace

    from mohar_renderer_pdf._renderer import PdfRenderer

LETTERS = st.text(st.sampled_from("ab عم1/ ()"), max_size=6)


def isolated(written: str) -> str:
    tree = ET.fromstring(written)  # noqa: S314 -- our own text
    isolate(tree)
    return ET.tostring(tree, encoding="unicode")


class TestIsolate:
    @pytest.mark.parametrize(
        ("written", "expected"),
        [
            (
                '<html dir="rtl"><td>Unit 2 (Main).</td></html>',
                '<html dir="rtl"><td><bdi dir="ltr">Unit 2 (Main).</bdi></td></html>',
            ),
            (
                '<html dir="rtl"><td>1 / 2</td></html>',
                '<html dir="rtl"><td><bdi dir="ltr">1 / 2</bdi></td></html>',
            ),
            (
                "<html><p><b/>عمر</p></html>",
                '<html><p><b /><bdi dir="rtl">عمر</bdi></p></html>',
            ),
        ],
    )
    def test_what_runs_against_the_page_is_put_into_an_element(
        self, written: str, expected: str
    ) -> None:
        assert isolated(written) == expected

    @pytest.mark.parametrize(
        "written",
        [
            '<html dir="rtl"><td>عمر (1)</td><td> / </td></html>',
            '<html dir="rtl"><span dir="rtl">Asha</span></html>',
            "<html><td>Asha</td></html>",
            '<html dir="rtl"><head><title>Asha</title></head></html>',
            '<html dir="rtl"><svg><text>Asha</text></svg></html>',
        ],
    )
    def test_everything_else_is_left_alone(self, written: str) -> None:
        assert isolated(written) == written

    @given(text=LETTERS, tail=LETTERS, direction=st.sampled_from(["ltr", "rtl"]))
    @settings(max_examples=50, deadline=None)
    def test_no_letter_is_lost_or_moved(self, text: str, tail: str, direction: str) -> None:
        tree = ET.Element("html", {"dir": direction})
        paragraph = ET.SubElement(tree, "p")
        paragraph.text = text
        ET.SubElement(paragraph, "b").tail = tail

        isolate(tree)

        assert "".join(tree.itertext()) == text + tail


class TestLabels:
    def test_a_value_that_runs_against_a_label_is_kept_apart(
        self, small: Callable[..., PdfRenderer]
    ) -> None:
        files = {
            "labels/en.yaml": "{language: en, review: draft, labels: {name: 'Call {number}'}}",
            "labels/ur.yaml": "{language: ur, direction: rtl, review: draft, labels: {name: '{number} پر'}}",
        }
        labels = small("", files, languages=["ur"])._labels["ur"]

        assert labels.text("name", number="+91 1075") == "\u2068+91 1075\u2069 پر"
        assert labels.text("name", number="عمر") == "عمر پر"

    def test_a_page_from_right_to_left_shows_latin_values_in_their_order(
        self, domestic: PdfRenderer, paper: SimpleNamespace
    ) -> None:
        document = paper.core(vaccination={"centre": "Hospital (Main), Unit 2."})

        text = paper.text_of(paper.printed(domestic, paper.shown(document, language="ur")))

        assert "Hospital (Main), Unit 2." in text
        assert "1 / 2" in text
