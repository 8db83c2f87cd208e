"""The preview shows sheets to whoever designs them, and escapes whatever it shows."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from mohar.assembly.gallery import Gallery
from mohar.web.preview import create_preview

ROOT = Path(__file__).parents[2]
KEYLESS = shutil.ignore_patterns("keys", "secrets", "data")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("config", "schemas"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=KEYLESS)
    return tmp_path / "config" / "school"


@pytest.fixture
def client(folder: Path) -> Iterator[TestClient[Litestar]]:
    with Gallery(folder) as gallery, TestClient(create_preview(gallery)) as client:
        yield client


class TestPreview:
    def test_the_page_shows_a_sheet_and_the_ways_to_the_others(self, client: TestClient[Litestar]):
        page = client.get("/?rendering=certificate").text

        assert '<iframe src="/sheet?kind=school-leaving&amp;rendering=certificate' in page
        assert (
            'rendering=qr&amp;body=certificate&amp;sample=typical&amp;language=en">qr</a>' in page
        )

    @pytest.mark.parametrize(
        ("rendering", "media_type"), [("certificate", "application/pdf"), ("qr", "image/png")]
    )
    def test_a_sheet_is_what_the_renderer_draws(
        self, client: TestClient[Litestar], rendering: str, media_type: str
    ):
        answer = client.get("/sheet", params={"rendering": rendering})

        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith(media_type)

    def test_whatever_is_asked_for_something_is_shown(self, client: TestClient[Litestar]):
        answer = client.get("/", params={"rendering": "<script>", "sample": "'\"", "x": "\0"})

        assert answer.status_code == 200
        assert "<script>'" not in answer.text

    def test_a_mistake_is_shown_escaped(self, folder: Path):
        file = folder / "deployment.yaml"
        file.write_text(file.read_text("utf-8").replace("uses: pdf", "uses: <b>"), "utf-8")
        with Gallery(folder) as gallery, TestClient(create_preview(gallery)) as client:
            page, sheet = client.get("/").text, client.get("/sheet")

        assert "&lt;b&gt;" in page
        assert sheet.status_code == 404

    def test_the_version_is_what_the_script_was_given(self, client: TestClient[Litestar]):
        version = client.get("/version").json()["version"]

        assert f'data-version="{version}"' in client.get("/").text
        assert client.get("/preview.js").headers["content-type"].startswith("text/javascript")
