"""A template lays out values; it can do nothing else, and values can do nothing at all."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mohar.domain.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import SimpleNamespace

    from mohar_renderer_pdf._renderer import PdfRenderer


class TestValues:
    @pytest.mark.parametrize(
        "name",
        [
            "{{7*7}}",
            "{% for x in (1,) %}no{% endfor %}",
            "{{ ''.__class__.__mro__ }}",
            "<script>alert(1)</script>",
            "<img src=http://example.org/a.png>",
            'O\'Brien "Bobby" & Sons',
            "&lt;b&gt;",
            "</td></tr></table><h1>owned</h1>",
            "<style>@import 'http://example.org/a.css'</style>",
            "${7*7} #{7*7} %s {0} \\u0041",
        ],
    )
    def test_a_name_is_printed_letter_by_letter(
        self, domestic: PdfRenderer, paper: SimpleNamespace, name: str
    ) -> None:
        document = paper.core(name=name)

        text = paper.text_of(paper.printed(domestic, paper.shown(document)))

        assert name.replace(" ", "") in text.replace(" ", "")

    @settings(max_examples=200, deadline=None)
    @given(name=st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S")), max_size=30))
    def test_no_name_makes_an_element(self, paper: SimpleNamespace, name: str) -> None:
        renderer = paper.template('<b>{{ name }}</b><i title="{{ name }}"></i>')

        html = renderer.render({"name": name})

        assert (html.count("<"), html.count(">"), html.count('"')) == (4, 4, 2)


class TestSandbox:
    @pytest.mark.parametrize(
        ("body", "why"),
        [
            ("{{ subject.name | safe }}", "No filter named 'safe'"),
            ("{% autoescape false %}{{ subject.name }}{% endautoescape %}", "escaping"),
            ("{% include subject.name %}", "literal name"),
            ("{% include 'gone.html' %}", "gone.html"),
            ("{{ subject.name ", "unexpected"),
            ("{% for %}", "Expected"),
            ("{{ words('gone') }}", "no label 'gone'; add it to en.yaml"),
        ],
    )
    def test_a_wrong_template_is_a_mistake_of_the_deployment(
        self, small: Callable[..., PdfRenderer], body: str, why: str
    ) -> None:
        with pytest.raises(ConfigError, match=why):
            small(body)

    @pytest.mark.parametrize(
        "body",
        [
            "{{ ''.__class__.__mro__ }}",
            "{{ subject.update({'name': 'other'}) }}",
            "{{ rows.append(1) }}",
            "{{ words.__globals__ }}",
            "{{ qr._matrix }}",
            "{{ subject.gone }}",
            "{{ subject.name | plus_days(1) }}",
            "{{ 1 // 0 }}",
            "{{ entry('gone', 'a') }}",
            "{{ subject.age + subject.name }}",
        ],
    )
    def test_a_template_that_reaches_too_far_refuses_the_page_by_its_line(
        self, small: Callable[..., PdfRenderer], paper: SimpleNamespace, body: str
    ) -> None:
        renderer = small(f"\n\n{body}")

        finding = paper.refused(renderer, paper.shown(paper.core(name="Asha")))

        assert finding.code == "pdf-template-failed"
        assert finding.message.startswith("templates/page.html:3: ")
        assert "Asha" not in finding.message

    def test_the_line_of_an_included_template_is_told(
        self, small: Callable[..., PdfRenderer], paper: SimpleNamespace
    ) -> None:
        files = {"templates/part.html": "\n{% macro part() %}\n{{ gone }}\n{% endmacro %}"}
        renderer = small('{% from "part.html" import part %}{{ part() }}', files)

        finding = paper.refused(renderer, paper.shown(paper.core()))

        assert finding.message.startswith("templates/part.html:3: ")


class TestLabels:
    @pytest.mark.parametrize(
        ("language", "bilingual", "words"),
        [
            ("en", True, '<span class="local" lang="en" dir="ltr">Name</span>'),
            ("hi", False, '<span class="local" lang="hi" dir="ltr">नाम</span>'),
            (
                "hi",
                True,
                (
                    '<span class="local" lang="hi" dir="ltr">नाम</span> '
                    '<span class="also" lang="en" dir="ltr">Name</span>'
                ),
            ),
        ],
    )
    def test_each_language_is_marked_as_what_it_is(
        self, small: Callable[..., PdfRenderer], *, language: str, bilingual: bool, words: str
    ) -> None:
        renderer = small("", bilingual=bilingual)

        assert renderer._labels[language].words("name") == words

    def test_a_missing_label_falls_back_and_is_printed_once(
        self, small: Callable[..., PdfRenderer]
    ) -> None:
        labels = small("")._labels["hi"]

        assert labels.words("only") == '<span class="local" lang="en" dir="ltr">Only here</span>'
        assert labels.text("only") == "Only here"

    def test_a_value_in_a_label_is_escaped(self, small: Callable[..., PdfRenderer]) -> None:
        files = {"labels/en.yaml": "{language: en, review: draft, labels: {name: 'At {place}'}}"}

        words = small("", files, languages=["en"])._labels["en"].words("name", place="<b>")

        assert "At &lt;b&gt;" in words

    @pytest.mark.parametrize(("count", "text"), [(1, "1 dose"), (2, "2 doses"), (0, "0 doses")])
    def test_a_label_has_the_plural_of_its_language(
        self, small: Callable[..., PdfRenderer], count: int, text: str
    ) -> None:
        label = "{one: '{count} dose', other: '{count} doses'}"
        files = {"labels/en.yaml": f"{{language: en, review: draft, labels: {{name: {label}}}}}"}

        assert small("", files, languages=["en"])._labels["en"].text("name", count) == text

    def test_a_value_that_a_label_needs_and_does_not_get_refuses_the_page(
        self, small: Callable[..., PdfRenderer], paper: SimpleNamespace
    ) -> None:
        files = {"labels/en.yaml": "{language: en, review: draft, labels: {name: 'At {place}'}}"}
        renderer = small("{{ words('name') }}", files, languages=["en"])

        finding = paper.refused(renderer, paper.shown(paper.core()))

        assert finding.message == "label name needs place; give it in the template"

    @pytest.mark.parametrize(
        ("written", "why"),
        [
            ("{language: en, review: draft, labels: {}}", "its language is 'en'; name it 'hi'"),
            ("{language: hi, review: draft, labels: {nmae: नाम}}", "nmae is in no template"),
        ],
    )
    def test_a_wrong_label_file_is_a_mistake_of_the_deployment(
        self, small: Callable[..., PdfRenderer], written: str, why: str
    ) -> None:
        with pytest.raises(ConfigError, match=why):
            small("", {"labels/hi.yaml": written})


class TestRules:
    @pytest.mark.parametrize(
        ("expression", "why"),
        [
            ("latest.dose <", "is no CEL expression"),
            ("lates.dose == 1", "did you mean 'latest'"),
            ("subject.name == 'a'", "known are document, latest, rows, tables, this, today"),
        ],
    )
    def test_a_wrong_expression_is_a_mistake_of_the_deployment(
        self, small: Callable[..., PdfRenderer], expression: str, why: str
    ) -> None:
        rules = [{"name": "stage", "cases": [{"when": expression, "value": "a"}]}]

        with pytest.raises(ConfigError, match=why):
            small("", rules=rules)

    @pytest.mark.parametrize(
        ("expression", "holds"),
        [
            ("latest.dose == 2 && this.dose == 2", True),
            ("rows.exists(row, row.dose == 1)", True),
            ("size(rows) == 3", False),
            ("document.credentialSubject.name == 'Asha Devi'", True),
            ("latest.dose", False),
        ],
    )
    def test_an_expression_sees_the_rows_and_the_document(
        self,
        small: Callable[..., PdfRenderer],
        paper: SimpleNamespace,
        *,
        expression: str,
        holds: bool,
    ) -> None:
        rule = {
            "name": "stage",
            "cases": [{"when": expression, "value": "yes"}],
            "otherwise": "no",
        }
        renderer = small("", rules=[rule])

        values = renderer.values(paper.shown(paper.core(1), paper.core(2)))

        assert values["rules"] == {"stage": "yes" if holds else "no"}

    @pytest.mark.parametrize(
        ("expression", "why"),
        [
            ("latest.gone == 1", r"rule stage, case 1 cannot be judged \(KeyError\)"),
            ("latest.lot > 1", r"rule stage, case 1 cannot be judged \(TypeError\)"),
            ("latest.dose == 9", "no case of rule stage holds"),
        ],
    )
    def test_a_rule_that_gives_no_answer_refuses_the_page(
        self, small: Callable[..., PdfRenderer], paper: SimpleNamespace, expression: str, why: str
    ) -> None:
        rules = [{"name": "stage", "cases": [{"when": expression, "value": "a"}]}]
        renderer = small("", rules=rules)

        finding = paper.refused(renderer, paper.shown(paper.core()))

        assert finding.code == "pdf-rule-failed"
        assert re.search(why, finding.message)


class TestRows:
    @pytest.mark.parametrize("dose", ["1", None, True])
    def test_a_credential_without_a_number_to_sort_by_refuses_the_page(
        self, small: Callable[..., PdfRenderer], paper: SimpleNamespace, dose: object
    ) -> None:
        document = paper.core(vaccination={"dose": dose})

        finding = paper.refused(small(""), paper.shown(document))

        assert finding.code == "pdf-no-row"


class TestPassing:
    def test_all_that_a_template_prints_passes_through_what_it_is_given(
        self, paper: SimpleNamespace
    ) -> None:
        """
        What it only looks at stays as it is, and so does the template it was made of.
        """
        page = paper.template("{% if name == 'x' %}{{ name }}<{{ 7 }}{% endif %}")

        assert page.passing(lambda value: f"[{value}]").render({"name": "x"}) == "[x]<[7]"
        assert page.render({"name": "x"}) == "x<7"
