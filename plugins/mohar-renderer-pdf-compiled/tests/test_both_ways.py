"""What comes from a sheet is what `pdf` prints: picture, words, tags, attachment and dates."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pikepdf
import pytest

PEOPLE = [("hi", "काव्या रंगनाथन"), ("ur", "Ali علی 7")]


def _tree(of: Any) -> Iterator[tuple[str, ...]]:
    """Yield each element of a structure with all it says, without numbers of objects."""
    if isinstance(of, pikepdf.Dictionary) and "/S" in of:
        said = tuple(str(of.get(name, "")) for name in ("/S", "/Lang", "/ActualText", "/Alt"))
        attributes = repr(of.A.get("/BBox", of.A.get("/Scope", ""))) if "/A" in of else ""
        yield (*said, attributes)
        for child in of.get("/K", []):
            yield from _tree(child)
    elif isinstance(of, int):
        yield (str(of),)


def _facts(pdf: bytes) -> dict[str, Any]:
    """Return what readers and screen readers are told, beside the page itself."""
    opened = pikepdf.open(BytesIO(pdf))
    root = opened.Root
    return {
        "tree": list(_tree(root.StructTreeRoot.K[0])),
        "title": str(opened.docinfo.Title),
        "dates": (str(opened.docinfo.CreationDate), str(opened.docinfo.ModDate)),
        "producer": str(opened.docinfo.Producer),
        "language": str(root.Lang),
        "marked": bool(root.MarkInfo.Marked),
        "metadata": root.Metadata.read_bytes(),
        "attached": {
            name: file.get_file().read_bytes() for name, file in opened.attachments.items()
        },
        "relation": [str(each.AFRelationship) for each in root.AF],
        "boxes": [[float(x) for x in page.MediaBox] for page in opened.pages],
    }


class TestIndia:
    @pytest.mark.parametrize(("language", "name"), PEOPLE)
    def test_a_certificate_is_the_same_to_eyes_and_to_readers(
        self, india: Callable[[], Any], paper: SimpleNamespace, language: str, name: str
    ) -> None:
        both = india()
        both.print(paper.shown(paper.core(), language=language))
        before = dict(both.counted)

        person = paper.core(name=name, age=31, vaccination={"vaccinator": "Dr. Sunil Nair"})
        request = paper.shown(person, language=language, number=20_000_000_005)
        compiled, laid_out = both.print(request)

        assert paper.pictures(compiled) == paper.pictures(laid_out)
        assert paper.texts(compiled) == paper.texts(laid_out)
        assert _facts(compiled) == _facts(laid_out)
        assert len(compiled) < 100_000
        assert before == {("compiled", ""): 1}
        assert both.counted == {("compiled", ""): 2}


class TestSheet:
    def test_it_gives_the_same_bytes_whoever_came_first(
        self, made: Callable[..., Any], tmp_path: Path, paper: SimpleNamespace
    ) -> None:
        """
        A sheet holds nothing of the person whose page it was made of.
        """
        person = paper.shown(paper.core(name="Meera Iyer"))
        other = paper.shown(paper.core(name="Wolfgang Xylander", age=99), number=98_765_432_109)
        body = "<p>{{ subject.name }}</p><p>{{ subject.age }} {{ issued.credential_id }}</p>"
        first, second = (made(tmp_path, body) for _ in range(2))
        second.print(other)

        assert first.print(person)[0] == second.print(person)[0]
        assert first.counted + second.counted == {("compiled", ""): 3}

    def test_it_is_written_as_a_pdf_is_to_be(
        self, small: Callable[..., Any], paper: SimpleNamespace
    ) -> None:
        """
        A reader (qpdf) finds nothing to mend, in a file with glyphs and words of its own.
        """
        both = small("<p>{{ subject.name }}</p>")
        compiled, _ = both.print(paper.shown(paper.core(name="आशा احمد")))

        assert both.counted == {("compiled", ""): 1}
        with pikepdf.open(BytesIO(compiled)) as opened:
            assert opened.check_pdf_syntax() == []


class TestLines:
    @pytest.mark.parametrize(
        ("body", "values"),
        [
            ("<p style='text-align: right'>{{ subject.name }}</p>", ["Asha", "Asha Devi Rao"]),
            ("<p style='text-align: center'>{{ subject.name }}!</p>", ["Asha", "Asha Devi Rao"]),
            ("<p dir='rtl'>{{ subject.name }}</p>", ["علی", "احمد علی"]),
            ("<p>A <b>{{ subject.name }}</b> of <i>{{ subject.age }}</i> .</p>", ["Al", "Albert"]),
            ("<p style='width: 40mm'>{{ subject.name }}</p>", ["Asha", "Asha Devi " * 4]),
            (
                "<p style='width: 3mm; overflow-wrap: anywhere'>{{ subject.name }}</p>",
                ["Al", "Albert"],
            ),
            ("<p style='letter-spacing: 2px'>{{ subject.name }}</p>", ["Asha", "fi fl AV"]),
            ("<p>{{ words('years', subject.age) }}</p>", ["x"]),
            ("<p>{{ subject.name }}</p><p>{{ subject.name | upper }}</p>", ["x", "éß Ω"]),
            ("<p>x</p><svg width='9' height='9'><rect width='9' height='9'/></svg>", ["x"]),
        ],
    )
    def test_a_text_is_drawn_where_it_would_stand(
        self, small: Callable[..., Any], paper: SimpleNamespace, body: str, values: list[str]
    ) -> None:
        both = small(body, title="{{ subject.name }} & co")
        for age, value in enumerate([*values, "Bo Li"], start=8):
            compiled, laid_out = both.print(paper.shown(paper.core(name=value, age=age)))

            assert paper.pictures(compiled) == paper.pictures(laid_out)
            assert paper.texts(compiled) == paper.texts(laid_out)
            assert _facts(compiled) == _facts(laid_out)
        assert set(both.counted) == {("compiled", "")}

    def test_nothing_of_a_page_that_was_given_up_is_in_the_next(
        self, made: Callable[..., Any], paper: SimpleNamespace, tmp_path: Path
    ) -> None:
        """
        The name of one person is drawn before a value of theirs turns out to be too long.
        """
        body = "<p>{{ subject.name }}</p><p style='width: 60mm'>A <b>{{ subject.sex }}</b> of</p>"
        first = paper.shown(paper.core(name="Asha", sex="x"))
        given_up = paper.shown(paper.core(name="Яков", sex="w" * 60))
        last = paper.shown(paper.core(name="Bo Li", sex="y"))
        pages = []
        for name, before in (("a", [first]), ("b", [first, given_up])):
            both = made(tmp_path / name, body)
            for each in before:
                both.print(each)
            pages.append(both.print(last)[0])

        assert both.counted == {("compiled", ""): 2, ("laid-out", "width"): 1}
        assert pages[0] == pages[1]

    def test_many_rows_on_several_pages_are_the_same(
        self, small: Callable[..., Any], paper: SimpleNamespace
    ) -> None:
        both = small(
            "{% for row in rows %}<p style='break-after: page'>{{ row.lot }}</p>{% endfor %}"
            "<div>{{ qr.svg }}</div>"
        )
        compiled, laid_out = both.print(paper.shown(paper.core(1), paper.core(2)))

        assert len(paper.pictures(compiled)) == 3
        assert paper.pictures(compiled) == paper.pictures(laid_out)
        assert _facts(compiled) == _facts(laid_out)
        assert both.counted == {("compiled", ""): 1}

    def test_a_column_as_wide_as_its_texts_stays_so(
        self, small: Callable[..., Any], paper: SimpleNamespace
    ) -> None:
        both = small("<table><tr><td>{{ subject.name }}</td><td>next</td></tr></table>")
        for name in ("Al", "Albert", "Li"):
            compiled, laid_out = both.print(paper.shown(paper.core(name=name)))

            assert paper.pictures(compiled) == paper.pictures(laid_out)

    def test_a_number_in_the_foot_is_no_copy_of_one_on_the_page(
        self, small: Callable[..., Any], paper: SimpleNamespace
    ) -> None:
        foot = "<style>@page { @bottom-left { content: counter(page) } }</style>"
        both = small(f"{foot}<p>{{{{ subject.age }}}}</p>")
        for age in (1, 2):
            compiled, laid_out = both.print(paper.shown(paper.core(age=age)))

            assert paper.texts(compiled) == paper.texts(laid_out)
        assert both.counted == {("compiled", ""): 2}

    def test_a_text_in_the_foot_follows_the_page(
        self, small: Callable[..., Any], paper: SimpleNamespace
    ) -> None:
        foot = (
            "<style>@page { @bottom-left { content: string(who) } } "
            "b { string-set: who content() }</style>"
        )
        both = small(f"{foot}<b>{{{{ subject.beneficiaryReference }}}}</b>")
        for number in ("12345678", "87654321"):
            person = paper.core(beneficiaryReference=number)
            compiled, laid_out = both.print(paper.shown(person))

            assert paper.pictures(compiled) == paper.pictures(laid_out)
            assert "".join(paper.texts(compiled)).count(number) == 2
        assert both.counted == {("compiled", ""): 2}
