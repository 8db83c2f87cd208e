from __future__ import annotations

from pathlib import Path

from mohar_renderer_pdf import mohar_health
from mohar_renderer_pdf.health import fonts


def program(folder: Path, body: str) -> str:
    """Write a shell program and return its path."""
    path = folder / "fc-match"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return str(path)


def test_fonts_are_there_to_print_with():
    """
    The machine that runs the tests has what the demo installs.
    """
    assert mohar_health() == {"fonts": "ok"}


def test_another_font_is_not_the_one_that_was_asked_for(tmp_path: Path):
    """
    Fontconfig always names some font; only the wanted one is good.
    """
    told = fonts(program(tmp_path, "printf 'DejaVu Sans'"))

    assert told["fonts"] == "Noto Sans is not installed (Debian: fonts-noto-core)"


def test_what_cannot_be_asked_is_not_guessed(tmp_path: Path):
    """
    "Wrong" and "could not tell" are different answers.
    """
    assert fonts(str(tmp_path / "gone"))["fonts"].startswith("could not tell")
    assert fonts(program(tmp_path, "exit 1"))["fonts"].startswith("could not tell")
