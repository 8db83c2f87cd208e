"""Sheets are drawn from samples: no key, no database, and nothing that verifies."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mohar.assembly.gallery import Gallery
from mohar.assembly.studio import Spot, Studio
from mohar.assembly.verifier import open_verifier
from mohar.domain.errors import InvalidInput, NotFound
from mohar.domain.rendition import Rendition
from mohar.verifying.verify import Presented

ROOT = Path(__file__).parents[2]
KEYLESS = shutil.ignore_patterns("keys", "secrets", "data")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("config", "schemas"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=KEYLESS)
    return tmp_path / "config" / "school"


def wait_for(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.05)


def spot(studio: Studio, rendering: str) -> Spot:
    return next(each for each in studio.spots() if each.rendering == rendering)


class TestStudio:
    def test_every_sample_is_drawn_in_every_rendering_and_language(self):
        studio = Studio(ROOT / "config" / "school")

        assert {str(each) for each in studio.spots()} == {
            "certificate/certificate/typical/en",
            "certificate/qr/typical",
        }

    def test_no_key_and_no_database_is_made_or_asked_for(self, folder: Path):
        before = sorted(folder.rglob("*"))
        studio = Studio(folder)

        drawn = [studio.draw(each) for each in studio.spots()]

        assert all(isinstance(each, Rendition) for each in drawn)
        assert sorted(folder.rglob("*")) == before

    def test_what_is_drawn_is_refused_by_a_verifier(self, folder: Path):
        studio = Studio(folder)
        drawn = studio.draw(spot(studio, "qr"))
        assert isinstance(drawn, Rendition)

        with open_verifier(folder) as verifier:
            (verdict,) = verifier.verify([Presented(name="sheet.png", data=drawn.content)])

        assert verdict.verdict != "valid"

    def test_each_body_of_a_richer_deployment_is_as_large_as_a_real_one(self):
        studio = Studio(ROOT / "config" / "india")

        bodies = {each.body for each in studio.spots() if each.sample == "typical"}

        assert bodies == {"domestic", "international", "eu", "ddcc", "ddcc-care", "shc"}

    def test_a_body_that_cannot_be_made_is_told_with_its_reasons(self):
        studio = Studio(ROOT / "config" / "india")

        refused = {each.body: each for each in studio.unmade() if each.sample == "shortest"}

        assert "birth-date-incomplete" in [each.code for each in refused["international"].findings]

    def test_a_folder_without_samples_says_how_to_write_one(self, folder: Path):
        shutil.rmtree(folder / "samples" / "pages")

        with pytest.raises(InvalidInput, match=r"longest\.jsonl"):
            Studio(folder)

    @pytest.mark.parametrize(
        ("name", "content", "told"),
        [
            ("Best One.jsonl", "{}", "small letters"),
            ("empty.jsonl", "\n", "empty.jsonl: the file is empty"),
            ("broken.jsonl", "{", "broken.jsonl:1"),
        ],
    )
    def test_a_sample_that_cannot_be_read_is_named(
        self, folder: Path, name: str, content: str, told: str
    ):
        (folder / "samples" / "pages" / name).write_text(content, encoding="utf-8")

        with pytest.raises(InvalidInput, match=told):
            Studio(folder)

    def test_a_sheet_that_is_not_there_is_refused(self):
        studio = Studio(ROOT / "config" / "school")
        nowhere = Spot(sample="other", kind="school-leaving", body="b", rendering="qr", language="")

        with pytest.raises(InvalidInput):
            studio.draw(nowhere)


class TestGallery:
    def test_a_changed_template_is_drawn_anew(self, folder: Path):
        with Gallery(folder, rendering="certificate") as gallery:
            (shown,) = gallery.view().spots
            before, seen = gallery.draw(shown), gallery.view().version
            template = folder / "templates" / "certificate.html"
            template.write_text(template.read_text("utf-8").replace("<h1>", "<h1>*"), "utf-8")
            wait_for(lambda: gallery.view().version > seen)

            after = gallery.draw(shown)

        assert isinstance(before, Rendition)
        assert isinstance(after, Rendition)
        assert before.content != after.content

    def test_a_mistake_is_shown_until_it_is_mended(self, folder: Path):
        file = folder / "deployment.yaml"
        right = file.read_text("utf-8")
        with Gallery(folder) as gallery:
            (first, *_) = gallery.view().spots
            file.write_text(right.replace("uses: pdf", "uses: paper"), encoding="utf-8")
            wait_for(lambda: bool(gallery.view().mistake))
            mistake = gallery.view().mistake
            with pytest.raises(NotFound):
                gallery.draw(first)
            file.write_text(right, encoding="utf-8")
            wait_for(lambda: bool(gallery.view().spots))

        assert "paper" in mistake
