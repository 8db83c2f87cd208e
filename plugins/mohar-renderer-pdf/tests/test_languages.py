"""India's words in every language: whole, in their own script, and printed without a box."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from babel import Locale
from ruamel.yaml import YAML

from mohar.domain.errors import ConfigError
from mohar.domain.rendition import Rendition
from mohar_renderer_pdf._bidi import direction_of
from mohar_renderer_pdf._digits import in_digits
from mohar_renderer_pdf._labels import plurals

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import SimpleNamespace

    from mohar_renderer_pdf._renderer import PdfRenderer

FOLDER = Path(__file__).parents[3] / "config" / "india" / "labels"
SCRIPTS = {
    "en": "LATIN",
    "as": "BENGALI",
    "bn": "BENGALI",
    "brx": "DEVANAGARI",
    "doi": "DEVANAGARI",
    "gu": "GUJARATI",
    "hi": "DEVANAGARI",
    "kn": "KANNADA",
    "kok": "DEVANAGARI",
    "ks": "ARABIC",
    "mai": "DEVANAGARI",
    "ml": "MALAYALAM",
    "mni": "BENGALI",
    "mni-Mtei": "MEETEI MAYEK",
    "mr": "DEVANAGARI",
    "ne": "DEVANAGARI",
    "or": "ORIYA",
    "pa": "GURMUKHI",
    "sa": "DEVANAGARI",
    "sat": "OL CHIKI",
    "sd": "ARABIC",
    "ta": "TAMIL",
    "te": "TELUGU",
    "ur": "ARABIC",
}
LANGUAGES = tuple(SCRIPTS)
# What every language writes in Latin letters.
LATIN_WORDS = {"DDCC", "QR", "UHID", "VS", "WHO"}


def bundle(language: str) -> dict[str, Any]:
    loaded: dict[str, Any] = YAML(typ="safe", pure=True).load(FOLDER / f"{language}.yaml")
    return loaded


def texts(label: str | dict[str, str]) -> list[str]:
    return [label] if isinstance(label, str) else list(label.values())


def words(language: str) -> Iterator[tuple[str, str]]:
    """Give each text of a bundle without its places, and its key."""
    for key, label in bundle(language)["labels"].items():
        for text in texts(label):
            yield key, re.sub(r"\{\w+\}", "", text)


def named(language: str) -> list[tuple[str, str]]:
    """Return the Unicode names of all letters of a bundle with the keys they stand under."""
    return [
        (key, unicodedata.name(letter))
        for key, text in words(language)
        for letter in text
        if letter.isalpha()
    ]


class TestBundles:
    def test_there_is_one_for_english_and_each_language_of_the_eighth_schedule(self) -> None:
        assert sorted(path.stem for path in FOLDER.glob("*.yaml")) == sorted(LANGUAGES)

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_it_has_every_label_that_english_has(self, language: str) -> None:
        assert bundle(language)["labels"].keys() == bundle("en")["labels"].keys()

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_its_labels_take_the_values_that_the_english_ones_take(self, language: str) -> None:
        english, labels = bundle("en")["labels"], bundle(language)["labels"]

        for key, label in labels.items():
            (taken,) = {tuple(sorted(re.findall(r"\{\w+\}", text))) for text in texts(label)}
            (expected,) = {
                tuple(sorted(re.findall(r"\{\w+\}", text))) for text in texts(english[key])
            }
            assert taken == expected, key

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_a_counted_label_has_a_form_for_each_plural_of_the_language(
        self, language: str
    ) -> None:
        counted = [each for each in bundle(language)["labels"].values() if isinstance(each, dict)]

        assert counted
        assert {frozenset(label) for label in counted} == {plurals(language)}

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_it_is_written_in_the_script_of_the_language(self, language: str) -> None:
        allowed = (SCRIPTS[language], "LATIN")

        strange = [(key, name) for key, name in named(language) if not name.startswith(allowed)]
        assert strange == []
        latin = set(re.findall(r"[A-Za-z]+", " ".join(text for _, text in words(language))))
        assert language == "en" or latin <= LATIN_WORDS

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_it_is_in_the_normal_form_that_search_expects(self, language: str) -> None:
        written = (FOLDER / f"{language}.yaml").read_text()

        assert unicodedata.is_normalized("NFC", written)

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_it_runs_the_way_its_script_does(self, language: str) -> None:
        assert bundle(language)["direction"] == Locale.parse(language, sep="-").text_direction

    def test_only_english_is_said_to_be_reviewed(self) -> None:
        reviewed = {each for each in LANGUAGES if bundle(each)["review"] == "reviewed"}

        assert reviewed == {"en"}


class TestPages:
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_a_certificate_is_printed_in_it(
        self, domestic: PdfRenderer, paper: SimpleNamespace, language: str
    ) -> None:
        """
        No letter is without a glyph, or the page would be refused.
        """
        (drawn,) = domestic.render([paper.shown(paper.core(), language=language)])

        assert isinstance(drawn, Rendition)
        assert "Asha Devi" in paper.text_of(drawn.content)

    def test_native_digits_are_printed_where_a_deployment_wants_them(
        self, small: Callable[..., PdfRenderer], paper: SimpleNamespace
    ) -> None:
        files = {
            "labels/en.yaml": "{language: en, review: draft, labels: {name: '{count} years'}}",
            "labels/mr.yaml": "{language: mr, review: draft, labels: {name: '{count} वर्षे'}}",
        }
        body = "{{ words('name', 45) }}; {{ number(7) }}; {{ '2021-03-02' | local_date }}"
        renderer = small(body, files, languages=["mr"], digits="native", dates="page")

        text = paper.text_of(paper.printed(renderer, paper.shown(paper.core(), language="mr")))

        assert text == "४५ वर्षे 45 years; ७; ०२ मार्च २०२१"

    def test_dates_are_those_of_the_fallback_unless_the_page_is_asked_for(
        self, small: Callable[..., PdfRenderer], paper: SimpleNamespace
    ) -> None:
        renderer = small("{{ '2021-03-02' | local_date }} {{ '2021-03-02' | local_date('hi') }}")

        text = paper.text_of(paper.printed(renderer, paper.shown(paper.core(), language="hi")))

        assert text == "02 Mar 2021 02 मार्च 2021"


class TestLanguage:
    @pytest.mark.parametrize(
        ("alias", "language"),
        [
            ("hin", "hi"),
            ("tam", "ta"),
            ("kkn", "kok"),
            ("bng", "bn"),
            ("bod", "brx"),
            ("mai", "mai"),
        ],
    )
    def test_the_codes_of_earlier_certificates_are_known(
        self, domestic: PdfRenderer, alias: str, language: str
    ) -> None:
        assert domestic.aliases[alias] == language

    @pytest.mark.parametrize(
        ("state", "language"),
        [
            ("Karnataka", "kn"),
            ("TAMIL NADU", "ta"),
            ("Jammu & Kashmir", "ur"),
            ("dadra and nagar haveli and daman and diu", "gu"),
            ("27", "mr"),
            ("IN-OR", "or"),
            ("Atlantis", None),
        ],
    )
    def test_a_state_has_its_usual_language(
        self, domestic: PdfRenderer, paper: SimpleNamespace, state: str, language: str | None
    ) -> None:
        request = paper.shown(paper.core(vaccination={"state": state}))

        assert domestic.usual_language(request.secured) == language

    @pytest.mark.parametrize("document", [{}, {"credentialSubject": {"vaccination": {"state": 7}}}])
    def test_what_tells_no_state_has_no_usual_language(
        self, domestic: PdfRenderer, paper: SimpleNamespace, document: dict[str, Any]
    ) -> None:
        assert domestic.usual_language(paper.shown(document).secured) is None

    def test_every_state_has_a_language_that_is_printed(self, domestic: PdfRenderer) -> None:
        places = domestic._value_sets["places"].entries

        assert len(places) == 36
        assert {entry.more["language"] for entry in places} <= set(domestic.languages)


class TestMistakes:
    @pytest.mark.parametrize(
        ("written", "message"),
        [
            ("labels: {name: {one: ना, few: ना, other: ना}}", "label name has forms for one, few"),
            ("labels: {name: {one: ना}}", "`other` must be there"),
            ("also: [en], labels: {name: ना}", "'en' is labels/en.yaml already"),
        ],
    )
    def test_a_wrong_bundle_is_a_mistake_with_its_file(
        self, small: Callable[..., PdfRenderer], written: str, message: str
    ) -> None:
        with pytest.raises(ConfigError, match=message) as raised:
            small("", {"labels/hi.yaml": f"{{language: hi, review: draft, {written}}}"})

        assert "labels/hi.yaml" in str(raised.value)

    def test_a_default_needs_its_value_set(self, small: Callable[..., PdfRenderer]) -> None:
        with pytest.raises(ConfigError, match="there is no value set 'places'"):
            small("", default_language={"path": "state", "value_set": "places"})

    def test_gaps_and_drafts_are_told_with_their_files(
        self, small: Callable[..., PdfRenderer]
    ) -> None:
        gap, draft = small("").findings()

        assert (gap.code, gap.where, gap.is_error) == ("labels-missing", "labels/hi.yaml", False)
        assert "it has no only;" in gap.message
        assert (draft.code, draft.is_error) == ("labels-draft", False)
        assert "nobody has reviewed the labels of hi;" in draft.message


class TestGlyphs:
    def test_a_value_without_a_glyph_is_named_by_its_field_and_not_told(
        self, domestic: PdfRenderer, paper: SimpleNamespace
    ) -> None:
        document = paper.core(name="Asha \ue123", vaccination={"lot": "\ue123\ue124"})

        (drawn,) = domestic.render([paper.shown(document)])

        told = {each.where: each.message for each in drawn.findings}
        assert told.keys() == {"credentialSubject.name", "credentialSubject.vaccination.lot"}
        assert "has 1 of the characters" in told["credentialSubject.name"]
        assert not any("\ue123" in each or "E123" in each for each in told.values())

    def test_a_label_without_a_glyph_is_told_with_its_code_points(
        self, small: Callable[..., PdfRenderer], paper: SimpleNamespace
    ) -> None:
        files = {"labels/hi.yaml": "{language: hi, review: draft, labels: {name: 'ना\ue123'}}"}
        renderer = small("{{ words('name') }}", files)

        finding = paper.refused(renderer, paper.shown(paper.core(), language="hi"))

        assert "U+E123 of label name in hi" in finding.message

    def test_a_template_without_a_glyph_is_told_as_such(
        self, small: Callable[..., PdfRenderer], paper: SimpleNamespace
    ) -> None:
        finding = paper.refused(small("\ue123"), paper.shown(paper.core()))

        assert "the template itself writes" in finding.message


class TestDigits:
    @pytest.mark.parametrize(
        ("language", "shown"),
        [
            ("en", "1075"),
            ("hi", "1075"),
            ("bn", "১০৭৫"),
            ("mr", "१०७५"),
            ("ks", "\u06f1\u06f0\u06f7\u06f5"),
            ("sd", "\u0661\u0660\u0667\u0665"),
            ("sat", "᱑᱐᱗᱕"),
            ("mni-Mtei", "꯱꯰꯷꯵"),
            ("xx", "1075"),
        ],
    )
    def test_native_ones_are_those_of_cldr(self, language: str, shown: str) -> None:
        assert in_digits("1075", language, "native") == shown

    def test_latin_ones_stay(self) -> None:
        assert in_digits("1075", "mr", "latn") == "1075"


class TestDirection:
    @pytest.mark.parametrize(
        ("text", "direction"),
        [
            ("Asha (1)", "ltr"),
            ("(1) عمر Asha", "rtl"),
            ("1 / 2", "ltr"),
            ("٣", "ltr"),
            (" / ", None),
            ("", None),
            ("😀", None),
        ],
    )
    def test_a_text_goes_as_its_first_letter_does(self, text: str, direction: str | None) -> None:
        assert direction_of(text) == direction
