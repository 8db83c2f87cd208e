"""What a sheet cannot hold is laid out as `pdf` does it, and counted without a value."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

import mohar_renderer_pdf_compiled as plugin
from mohar.domain.findings import Refusal
from mohar_renderer_pdf.health import fonts
from mohar_renderer_pdf_compiled._print import Words


class TestLaidOut:
    @pytest.mark.parametrize(
        ("body", "name", "why"),
        [
            ("<p>{{ subject.name }}</p>", "Asha \u00ad Devi", ""),
            ("<p>{{ subject.name }} <u>{{ subject.name }}</u></p>", "Asha", "style"),
            ("<p style='text-align: justify'>{{ subject.name }}</p>", "Asha", "style"),
            ("<p style='text-transform: uppercase'>{{ subject.name }}</p>", "Asha", "transformed"),
            ("<p style='opacity: .5'>{{ subject.name }}</p>", "Asha", "group"),
            ("{% set x %}{{ subject.name }}{% endset %}<p>{{ x | length }}</p>", "Asha", "marks"),
            ("<p>{{ subject.name }} is <b>{{ subject.name }}</b></p>", "Asha Devi " * 9, "flow"),
        ],
    )
    def test_it_has_the_bytes_of_pdf(
        self,
        small: Callable[..., Any],
        paper: SimpleNamespace,
        body: str,
        name: str,
        why: str,
    ) -> None:
        both = small(body)

        compiled, laid_out = both.print(paper.shown(paper.core(name=name)))

        assert compiled == laid_out
        assert both.counted == {("laid-out", why or "value"): 1}

    def test_a_picture_among_letters_is_laid_out_and_later_ones_are_not(
        self, small: Callable[..., Any], paper: SimpleNamespace
    ) -> None:
        both = small("<p>{{ subject.name }}</p>")

        for name in ("Asha 😀", "Asha", "Devi"):
            both.print(paper.shown(paper.core(name=name)))

        assert both.counted["compiled", ""] == 2

    def test_a_line_that_has_no_room_is_laid_out(
        self, small: Callable[..., Any], paper: SimpleNamespace
    ) -> None:
        both = small("<p style='width: 50mm'>He is <b>{{ subject.name }}</b></p>")
        both.print(paper.shown(paper.core(name="Bo")))

        compiled, laid_out = both.print(paper.shown(paper.core(name="Bo Bo " * 9 + "Bo")))

        assert compiled == laid_out
        assert both.counted == {("compiled", ""): 1, ("laid-out", "width"): 1}

    def test_a_letter_without_a_glyph_is_refused_as_by_pdf(
        self, small: Callable[..., Any], paper: SimpleNamespace
    ) -> None:
        both = small("<p>{{ subject.name }}</p>")
        both.print(paper.shown(paper.core(name="Asha")))
        request = paper.shown(paper.core(name="Asha \ue000"))

        ours, theirs = (each.render([request])[0] for each in (both.compiled, both.laid_out))

        assert isinstance(ours, Refusal)
        assert ours == theirs


class TestKept:
    def test_a_sheet_holds_no_value_of_the_page_it_was_made_of(
        self, small: Callable[..., Any], paper: SimpleNamespace
    ) -> None:
        both = small("<p>{{ subject.name }}</p>")
        both.print(paper.shown(paper.core(name="Xylander")))
        kept = both.compiled._sheets._sheets._kept
        ((_, words),) = kept.items()
        assert isinstance(words, Words)

        held = repr(words.sheet).encode() + msgspec.json.encode(words.sheet.title)
        for spelled in (b"Xylander", "Xylander".encode("utf-16-be").hex().upper().encode()):
            assert spelled not in held

    def test_no_more_sheets_are_kept_than_the_settings_say(
        self, small: Callable[..., Any], paper: SimpleNamespace
    ) -> None:
        both = small("<p>{{ subject.name }}</p>{{ '<br>' * subject.age }}", sheets=2)

        for age in (1, 2, 3):
            both.print(paper.shown(paper.core(age=age)))

        assert len(both.compiled._sheets._sheets._kept) <= 2


class TestRare:
    def test_a_page_is_laid_out_until_its_sort_was_asked_for_before(
        self, small: Callable[..., Any], paper: SimpleNamespace
    ) -> None:
        """
        Two pages of one line, two of several, and one line once more.
        """
        both = small("<p style='width: 40mm'>{{ subject.name }}</p>", laid_out_first=1)
        long = "Asha Devi Rao of Imphal West"
        names = ["Asha", "Bina", long, long, "Uma"]

        for name in names:
            compiled, laid_out = both.print(paper.shown(paper.core(name=name)))
            assert paper.texts(compiled) == paper.texts(laid_out)
            assert paper.pictures(compiled) == paper.pictures(laid_out)

        assert both.counted == {("laid-out", "rare"): 2, ("compiled", ""): 3}

    def test_each_page_has_as_many_tries_as_the_settings_say(
        self, small: Callable[..., Any], paper: SimpleNamespace
    ) -> None:
        both = small("<p>{{ subject.name }}</p>", laid_out_first=3)

        for age in range(5):
            both.print(paper.shown(paper.core(age=age)))

        assert both.counted == {("laid-out", "rare"): 3, ("compiled", ""): 2}


class TestHooks:
    def test_codes_too_fine_are_told_of_its_own_renderings_alone(self) -> None:
        renderings = [
            {"name": uses, "uses": uses, "settings": {"qr": {"module_mm": 0.2}}}
            for uses in ("pdf", "pdf-compiled")
        ]
        deployment = {"credentials": [{"name": "k", "renderings": renderings}]}

        (found,) = plugin.mohar_ready(deployment)

        assert found.code == "qr-module-fine"
        assert "pdf-compiled of k" in found.message

    def test_it_tells_of_fonts_as_pdf_does(self) -> None:
        assert plugin.mohar_health() == fonts()
