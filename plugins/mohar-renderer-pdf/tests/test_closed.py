"""A page takes nothing from anywhere but its own folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mohar.domain.errors import ConfigError
from mohar_renderer_pdf._folder import AddressRefused, ClosedFetcher, TemplateFolder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import SimpleNamespace

    from mohar_renderer_pdf._renderer import PdfRenderer

OUTSIDE = [
    "http://example.org/a.png",
    "https://example.org/a.png",
    "ftp://example.org/a.png",
    "file:///etc/passwd",
    "file://example.org/a.png",
    "../labels/en.yaml",
    "../secret.png",
    "%2e%2e/secret.png",
    "a/../../secret.png",
    "/etc/hostname.png",
    "//example.org/a.png",
    "data:image/svg+xml,<svg/>",
    "data:text/css,*{color:red}",
    "missing.png",
    "page.html",
    "FILE:///etc/passwd",
    "jar:file:///a!/b.png",
]


class TestLiteralAddresses:
    @pytest.mark.parametrize("address", OUTSIDE)
    @pytest.mark.parametrize(
        "written",
        [
            '<img src="{}">',
            '<link rel="stylesheet" href="{}">',
            "<p style=\"background: url('{}')\">",
        ],
    )
    def test_a_page_that_names_another_place_is_a_mistake_of_the_deployment(
        self, small: Callable[..., PdfRenderer], written: str, address: str
    ) -> None:
        with pytest.raises(ConfigError, match=r"templates/page\.html:1: "):
            small(written.format(address))

    @pytest.mark.parametrize(
        "style",
        [
            "@import 'http://example.org/a.css';",
            "@import url(../a.css);",
            "@font-face { font-family: a; src: url(http://example.org/a.ttf) }",
            "p { background: url(file:///etc/passwd) }",
        ],
    )
    def test_a_stylesheet_that_names_another_place_is_one_too(
        self, small: Callable[..., PdfRenderer], style: str
    ) -> None:
        with pytest.raises(ConfigError, match=r"style\.css:2: "):
            small("", {"style.css": f"\n{style}"}, stylesheets=["style.css"])

    def test_an_image_of_the_settings_must_be_in_the_folder(
        self, small: Callable[..., PdfRenderer]
    ) -> None:
        with pytest.raises(ConfigError, match=r"image emblem:1: '\.\./secret\.png' is outside"):
            small("", images=[{"name": "emblem", "file": "../secret.png"}])


class TestComputedAddresses:
    @pytest.mark.parametrize("address", OUTSIDE)
    def test_an_address_built_from_data_is_refused_and_not_told(
        self, small: Callable[..., PdfRenderer], paper: SimpleNamespace, address: str
    ) -> None:
        renderer = small('<img src="{{ subject.name }}">')

        finding = paper.refused(renderer, paper.shown(paper.core(name=address)))

        assert finding.code == "pdf-address-refused"
        assert address not in finding.message

    def test_an_svg_of_the_folder_cannot_reach_out_of_it(
        self, small: Callable[..., PdfRenderer], paper: SimpleNamespace
    ) -> None:
        svg = '<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>'
        renderer = small('<img src="a.svg" width="50">', {"templates/a.svg": svg})

        assert paper.refused(renderer, paper.shown(paper.core())).code == "pdf-address-refused"

    def test_a_base_element_changes_nothing(
        self, small: Callable[..., PdfRenderer], paper: SimpleNamespace
    ) -> None:
        renderer = small('<base href="{{ subject.name }}"><img src="{{ subject.sex }}.png">')

        request = paper.shown(paper.core(name="http://example.org/"))
        assert paper.refused(renderer, request).code == "pdf-address-refused"


class TestFolder:
    def test_a_picture_in_the_folder_is_printed(
        self, small: Callable[..., PdfRenderer], paper: SimpleNamespace
    ) -> None:
        svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><path d="M0 0h9v9z"/></svg>'
        renderer = small(
            '<img src="{{ images.emblem }}">',
            {"templates/img/a.svg": svg},
            images=[{"name": "emblem", "file": "img/a.svg"}],
        )

        assert paper.printed(renderer, paper.shown(paper.core())).startswith(b"%PDF")

    def test_a_link_that_leads_out_of_the_folder_is_not_followed(
        self, small: Callable[..., PdfRenderer], tmp_path: Path
    ) -> None:
        small("")
        (tmp_path / "secret.png").write_bytes(b"secret")
        (tmp_path / "deployment/templates/link.png").symlink_to(tmp_path / "secret.png")

        with pytest.raises(ConfigError, match="outside the template's folder"):
            small('<img src="link.png">')

    def test_a_template_cannot_include_from_outside(
        self, small: Callable[..., PdfRenderer], tmp_path: Path
    ) -> None:
        (tmp_path / "secret.html").write_text("secret")

        with pytest.raises(ConfigError, match="takes nothing from outside templates/"):
            small('{% include "../../secret.html" %}')

    @settings(max_examples=200, deadline=None)
    @given(address=st.text(max_size=40))
    def test_no_address_is_ever_answered(
        self, address: str, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        fetcher = _fetcher(tmp_path_factory.getbasetemp())

        for prefix in ("", "file:", "file://", "file:///", fetcher._folder.base_url):
            with pytest.raises((AddressRefused, ValueError)):
                fetcher.fetch(prefix + address)


class _NoFiles:
    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, relative: str) -> Path:
        return self.root / relative

    def read(self, relative: str) -> bytes:
        raise ConfigError(relative)


def _fetcher(root: Path) -> ClosedFetcher:
    return ClosedFetcher(TemplateFolder(_NoFiles(root), "templates/page.html"))
