"""What a screen reader gets: the tags of a certificate, its languages, its attachment."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

import pikepdf
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import SimpleNamespace

    from mohar_renderer_pdf._renderer import PdfRenderer


@pytest.fixture(scope="module")
def hindi(domestic: PdfRenderer, paper: SimpleNamespace) -> pikepdf.Pdf:
    documents = [paper.core(number, name="احمد علی") for number in (1, 2)]
    pdf = paper.printed(domestic, paper.shown(*documents, language="hi"))
    return pikepdf.open(BytesIO(pdf))


def _elements(of: Any) -> Iterator[Any]:
    if isinstance(of, pikepdf.Dictionary) and "/S" in of:
        yield of
        for child in of.get("/K", []):
            yield from _elements(child)


def _all(pdf: pikepdf.Pdf, tag: str) -> list[Any]:
    return [each for each in _elements(pdf.Root.StructTreeRoot.K[0]) if tag == each.S]


def _marks(pdf: pikepdf.Pdf) -> Iterator[tuple[str, Any]]:
    """Yield the tag and the number of each marked content of the first page."""
    for operands, operator in pikepdf.parse_content_stream(pdf.pages[0]):
        if str(operator) == "BDC" and isinstance(operands[1], pikepdf.Dictionary):
            yield str(operands[0]), operands[1].get("/MCID")


class TestDocument:
    def test_it_says_that_it_is_tagged_and_to_which_standard(self, hindi: pikepdf.Pdf) -> None:
        assert hindi.Root.MarkInfo.Marked
        assert hindi.Root.ViewerPreferences.DisplayDocTitle
        assert b'pdfuaid:part="1"' in hindi.Root.Metadata.read_bytes()
        assert all(page.Tabs == "/S" for page in hindi.pages)

    def test_its_language_title_and_dates_are_those_of_the_credential(
        self, hindi: pikepdf.Pdf
    ) -> None:
        assert str(hindi.Root.Lang) == "hi"
        assert str(hindi.docinfo.Title).endswith("10000000002")
        assert str(hindi.docinfo.CreationDate) == "D:20210501093000Z"
        assert str(hindi.docinfo.ModDate) == "D:20210501093000Z"

    def test_a_page_without_title_and_language_still_has_both(
        self, small: Callable[..., PdfRenderer], paper: SimpleNamespace
    ) -> None:
        bare = small("", {"templates/page.html": "<p>x</p>"})

        pdf = pikepdf.open(BytesIO(paper.printed(bare, paper.shown(paper.core()))))

        assert str(pdf.docinfo.Title) == "vaccination 10000000001"
        assert str(pdf.Root.Lang) == "und"


class TestTree:
    def test_headings_and_tables_are_tagged_as_what_they_are(self, hindi: pikepdf.Pdf) -> None:
        tags = [str(each.S) for each in _elements(hindi.Root.StructTreeRoot.K[0])]

        assert tags.count("/H1") == 1
        assert tags.count("/H2") == 2
        assert tags.count("/Table") == 3
        assert {"/Document", "/P", "/THead", "/TBody", "/TR", "/TH", "/TD"} <= set(tags)

    def test_every_cell_finds_its_headers(self, hindi: pikepdf.Pdf) -> None:
        index = hindi.Root.StructTreeRoot.IDTree.Kids[0].Names
        identifiers = {bytes(each) for each in list(index)[::2]}

        for cell in _all(hindi, "/TD"):
            assert {bytes(each) for each in cell.A.Headers} <= identifiers
        assert {str(each.A.Scope) for each in _all(hindi, "/TH")} == {"/Row", "/Column"}

    def test_a_run_of_another_language_says_so(self, hindi: pikepdf.Pdf) -> None:
        languages = {str(each.get("/Lang", "hi")) for each in _all(hindi, "/Span")}

        assert languages == {"hi", "en", "und"}

    def test_words_that_are_written_unseen_stand_in_the_tree(self, hindi: pikepdf.Pdf) -> None:
        words = {str(each.ActualText) for each in _all(hindi, "/Span") if "/ActualText" in each}

        assert "احمد علی" in words

    def test_the_code_has_a_description_and_its_place(self, hindi: pikepdf.Pdf) -> None:
        (code,) = _all(hindi, "/Figure")

        left, bottom, right, top = (float(each) for each in code.A.BBox)
        assert "QR" in str(code.Alt)
        assert 0 < left < right < float(hindi.pages[0].MediaBox[2])
        assert 0 < bottom < top < float(hindi.pages[0].MediaBox[3])

    def test_all_content_is_of_the_tree_or_an_artifact(self, hindi: pikepdf.Pdf) -> None:
        numbers = {
            child
            for each in _elements(hindi.Root.StructTreeRoot.K[0])
            for child in each.get("/K", [])
            if isinstance(child, int)
        }

        marked = {number for _, number in _marks(hindi) if number is not None}
        assert marked == numbers

    def test_running_feet_and_ornaments_are_artifacts(
        self, small: Callable[..., PdfRenderer], paper: SimpleNamespace
    ) -> None:
        foot = "<style>@page { @bottom-center { content: 'पृष्ठ 1' } }</style>"
        ornament = '<svg alt="" width="9" height="9"><rect width="9" height="9"/></svg>'
        printed = paper.printed(small(f"{foot}<p>{ornament} x</p>"), paper.shown(paper.core()))

        pdf = pikepdf.open(BytesIO(printed))

        assert _all(pdf, "/Figure") == []
        tags = [
            str(operands[0])
            for operands, operator in pikepdf.parse_content_stream(pdf.pages[0])
            if str(operator) in {"BMC", "BDC"}
        ]
        assert tags.count("/Artifact") >= 2

    def test_a_link_says_where_it_leads_to(
        self, small: Callable[..., PdfRenderer], paper: SimpleNamespace
    ) -> None:
        link = '<p><a href="https://example.test/">Verify आशा</a></p>'
        pdf = pikepdf.open(BytesIO(paper.printed(small(link), paper.shown(paper.core()))))

        (annotation,) = pdf.pages[0].Annots

        assert str(annotation.Contents) == "https://example.test/"
        assert len(_all(pdf, "/Link")) == 1


class TestAttachment:
    def test_the_credential_is_attached_as_the_source_of_the_page(
        self, hindi: pikepdf.Pdf, paper: SimpleNamespace
    ) -> None:
        (name,) = hindi.attachments
        attached = hindi.attachments[name]

        assert name == "credential.json"
        assert attached.relationship == "/Source"
        assert attached.description == "The signed credential"
        assert attached.get_file().mime_type == "application/json"
        assert len(hindi.Root.AF) == 1
        document = paper.core(2, name="احمد علی")
        assert document["credentialSubject"]["name"] in attached.get_file().read_bytes().decode(
            "unicode-escape"
        )
