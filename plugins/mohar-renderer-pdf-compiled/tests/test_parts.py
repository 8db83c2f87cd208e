"""Pages cut at their values, streams put together, and glyphs cut out of fonts."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import pytest
from fontTools.ttLib import TTFont
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import escape

from mohar_renderer_pdf.textlayer import Place
from mohar_renderer_pdf_compiled._bounded import Bounded
from mohar_renderer_pdf_compiled._marks import MarkedPage, Marks, Untold
from mohar_renderer_pdf_compiled._nodes import NotTold
from mohar_renderer_pdf_compiled._sheet import Leaf, compressed, deflated
from mohar_renderer_pdf_compiled._subset import Cutter

FONT = "/usr/share/fonts/truetype/noto/NotoSans-Regular.ttf"
VALUE = st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), min_size=1)
PART = st.text(st.sampled_from("ab <p>\n"), max_size=9).map(lambda text: text.replace("<", "<i>"))


class TestMarks:
    @given(st.lists(st.tuples(PART, VALUE), max_size=5), PART)
    def test_a_page_cut_at_its_values_is_the_same_page(
        self, pieces: list[tuple[str, str]], last: str
    ) -> None:
        marks = Marks(frozenset())
        marked = "".join(part + str(escape(marks.value(value))) for part, value in pieces) + last

        page = MarkedPage.of(marked, None)

        assert page is not None
        assert page.plain() == "".join(p + str(escape(v)) for p, v in pieces) + last
        assert list(page.values) == [value for _, value in pieces]

    def test_pages_that_differ_in_an_attribute_are_two(self) -> None:
        mark = Marks(frozenset()).value
        one, two = (
            MarkedPage.of(f'<p lang="{mark(tag)}">{mark("x")}</p>', None) for tag in ("en", "und")
        )

        assert one is not None
        assert two is not None
        assert one.values == two.values == ("x",)
        assert one.digest != two.digest

    @pytest.mark.parametrize("value", ["\ufdd0", "a\x00b", "co\u00adop", "\ud800"])
    def test_what_no_line_can_tell_is_not_marked(self, value: str) -> None:
        with pytest.raises(Untold):
            Marks(frozenset()).value(value)

    def test_words_of_the_deployment_are_no_values(self) -> None:
        assert Marks(frozenset({"1075"})).value("1075") == "1075"


class TestStream:
    @given(st.lists(st.tuples(st.binary(max_size=9000), st.booleans()), max_size=6))
    def test_parts_deflated_before_and_after_are_one_stream(
        self, pieces: list[tuple[bytes, bool]]
    ) -> None:
        parts = [part for part, _ in pieces]
        leaf = Leaf(
            pieces=tuple(parts),
            deflated=tuple(deflated(part) if ready else b"" for part, ready in pieces),
            rows=(),
            seen=(),
            unseen=(),
            corner=Place(x=0, y=0, width=0, font_size=1),
            is_right_to_left=False,
        )

        assert zlib.decompress(compressed(leaf, parts)) == b"".join(parts)


class _Font:
    def __init__(self, content: bytes) -> None:
        self.file_content = content
        self.index = 0


@pytest.fixture(scope="module")
def whole() -> TTFont:
    return TTFont(FONT)


@pytest.fixture(scope="module")
def cutter() -> Cutter:
    with open(FONT, "rb") as file:  # noqa: PTH123 -- a font of the system
        return Cutter(_Font(file.read()))


class TestCutter:
    @settings(max_examples=20)
    @given(st.sets(st.integers(1, 900), min_size=1, max_size=20))
    def test_a_glyph_that_is_cut_out_has_its_outline_and_its_width(
        self, cutter: Cutter, whole: TTFont, numbers: set[int]
    ) -> None:
        cut = TTFont(BytesIO(cutter.cut(numbers)), recalcBBoxes=False)

        for number in numbers:
            old, new = whole.getGlyphName(number), cut.getGlyphName(number)
            assert cut["hmtx"][new] == whole["hmtx"][old]
            before = whole["glyf"][old].getCoordinates(whole["glyf"])[0]
            after = cut["glyf"][new].getCoordinates(cut["glyf"])[0]
            assert list(after) == list(before)

    def test_what_is_no_truetype_font_is_not_cut(self) -> None:
        with pytest.raises(NotTold):
            Cutter(_Font(b"OTTO" + bytes(20)))


class TestBounded:
    def test_what_was_asked_for_last_is_kept(self) -> None:
        kept: Bounded[int] = Bounded(2)
        for number in (1, 2):
            kept.keep(number, number)
        kept.find(1)
        kept.keep(3, 3)

        assert [kept.find(number) for number in (1, 2, 3)] == [1, None, 3]


LATIN = st.text(st.sampled_from("abcdefghijklmnoprstuvwxyzABCDEFäéß '-.,()0123456789"), min_size=1)
DEVANAGARI = st.lists(
    st.sampled_from(["आशा", "क्षि", "त्र", "राव", "श्री", "ज्ञ", "हूँ", "12", "द्वि"]),
    min_size=1,
    max_size=6,
).map(" ".join)
ARABIC = st.lists(
    st.sampled_from(["احمد", "علی", "خان", "لا", "ڈاکٹر"]), min_size=1, max_size=4
).map(" ".join)
NAME = st.one_of(LATIN, DEVANAGARI, ARABIC, st.tuples(LATIN, DEVANAGARI).map(" ".join))


def _bare(text: str) -> str:
    controls = dict.fromkeys(map(ord, "\u200e\u200f\u2066\u2067\u2068\u2069\x02\ufffe"))
    return "".join(text.translate(controls).split())


class TestEveryValue:
    @settings(max_examples=25, deadline=None)
    @given(names=st.lists(NAME.filter(str.strip), min_size=3, max_size=3))
    def test_it_is_read_from_either_way_of_printing(
        self, every_value: Callable[[], Any], paper: SimpleNamespace, names: list[str]
    ) -> None:
        """
        Whatever a record says, a reader finds it in the PDF, from a sheet and laid out.
        """
        name, vaccinator, centre = names
        vaccination = {"vaccinator": vaccinator, "centre": centre}
        person = paper.core(name=name, vaccination=vaccination)

        for pdf in every_value().print(paper.shown(person)):
            found = _bare("".join(paper.texts(pdf)))
            assert all(_bare(each) in found for each in names)


@pytest.fixture(scope="module")
def every_value(
    tmp_path_factory: pytest.TempPathFactory, made: Callable[..., Any]
) -> Callable[[], Any]:
    body = (
        "<p>{{ subject.name }}</p><p>Dr. <b>{{ latest.vaccinator }}</b></p>"
        "<table><tr><th>At</th><td>{{ latest.centre }}</td></tr></table>"
    )
    both = made(tmp_path_factory.mktemp("deployment"), body)
    return lambda: both
