"""`mohar template`: every page is looked at, and what is to be mended is told with its sheets."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Mohar = Callable[..., Any]


@pytest.fixture
def school(deployed: Callable[..., Path]) -> Path:
    return deployed("school", keys=False)


def change(folder: Path, name: str, before: str, after: str) -> None:
    file = folder / "templates" / name
    text = file.read_text("utf-8")
    assert before in text
    file.write_text(text.replace(before, after), encoding="utf-8")


class TestCheck:
    def test_pages_that_are_well_end_with_0(self, mohar: Mohar, school: Path):
        ran = mohar("template", "check", school)

        assert (ran.status, ran.out) == (0, "2 sheets drawn: nothing to mend\n")

    def test_pale_text_ends_with_1_and_is_told_with_its_sheet(self, mohar: Mohar, school: Path):
        change(school, "certificate.html", "<h1>", "<h1 style='color: #ccc'>")

        ran = mohar("template", "check", school)

        assert ran.status == 1
        assert "pdf-contrast: the text of `" in ran.out
        assert "  on certificate/certificate/typical/en\n2 sheets drawn: 1 finding\n" in ran.out

    def test_text_that_is_too_wide_is_told_without_the_text(self, mohar: Mohar, school: Path):
        change(school, "certificate.html", "<h1>", "<h1 style='width: 5mm'>")

        ran = mohar("template", "check", school)

        assert ran.status == 1
        assert "pdf-overflow" in ran.out

    def test_a_page_that_cannot_be_printed_is_told_as_its_refusal(self, mohar: Mohar, school: Path):
        change(school, "certificate.html", "<h1>", "<h1>{{ subject.nothing }}")

        ran = mohar("template", "check", school)

        assert ran.status == 1
        assert "pdf-template-failed" in ran.out

    def test_json_names_every_sheet(self, mohar: Mohar, school: Path):
        change(school, "certificate.html", "<h1>", "<h1 style='color: #ccc'>")

        answer = json.loads(mohar("template", "check", school, "--json").out)

        (told,) = answer["findings"]
        assert answer["sheets"] == 2
        assert told["sheets"] == ["certificate/certificate/typical/en"]

    def test_one_rendering_can_be_chosen(self, mohar: Mohar, school: Path):
        ran = mohar("template", "check", school, "--rendering", "qr")

        assert ran.out == "1 sheet drawn: nothing to mend\n"

    def test_a_rendering_that_is_not_there_is_told_with_those_that_are(
        self, mohar: Mohar, school: Path
    ):
        ran = mohar("template", "check", school, "--rendering", "poster")

        assert ran.status == 2
        assert "certificate, qr" in ran.err

    def test_samples_of_which_nothing_can_be_made_are_told_with_their_reasons(
        self, mohar: Mohar, school: Path
    ):
        (school / "samples" / "pages" / "typical.jsonl").write_text("{}\n", encoding="utf-8")

        ran = mohar("template", "check", school)

        assert ran.status == 1
        assert "not made: certificate of typical: " in ran.out


class TestPreview:
    @pytest.mark.parametrize("port", [-1, 99999])
    def test_a_port_that_is_none_is_told(self, mohar: Mohar, school: Path, port: int):
        ran = mohar("template", "preview", school, "--port", port)

        assert ran.status == 2
        assert "cannot listen" in ran.err

    def test_a_port_that_is_taken_is_told(self, mohar: Mohar, school: Path):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            ran = mohar("template", "preview", school, "--port", port)

        assert ran.status == 2
        assert "cannot listen" in ran.err
