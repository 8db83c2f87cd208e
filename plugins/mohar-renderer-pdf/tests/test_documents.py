"""What India's certificates say, as of which dose, to whom they are refused, and that all is there."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pypdfium2
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from jinja2.defaults import DEFAULT_FILTERS
from ruamel.yaml import YAML

from mohar.domain.errors import ConfigError
from mohar.domain.findings import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import SimpleNamespace

    from mohar_renderer_pdf._renderer import PdfRenderer

ROOT = Path(__file__).parents[3]
ABROAD = {"birthDate": "1976-03-09", "identifier": "K1234567"}
PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>'


def squeezed(text: str) -> str:
    """Text without blanks: where a line was broken is nobody's business."""
    return "".join(text.split())


def unhyphenated(text: str) -> str:
    """Text without hyphens: pdfium takes one at the end of a line for a word parted (U+FFFE)."""
    return text.translate(dict.fromkeys(map(ord, "-\ufffe\x02")))


class TestHolder:
    def test_the_photo_id_is_named_and_masked(
        self, domestic: PdfRenderer, paper: SimpleNamespace
    ) -> None:
        document = paper.core(photoIdType="aadhaar", photoId="XXXXXXXX1234", healthId="91-12-34")

        text = paper.text_of(paper.printed(domestic, paper.shown(document)))

        assert "Photo ID Aadhaar # XXXXXXXX1234" in text
        assert "Unique Health ID (UHID) 91-12-34" in text

    def test_a_photo_id_without_a_number_is_named_only(
        self, domestic: PdfRenderer, paper: SimpleNamespace
    ) -> None:
        document = paper.core(photoIdType="pan")

        text = paper.text_of(paper.printed(domestic, paper.shown(document)))

        assert "Photo ID PAN Card Beneficiary Reference ID" in text

    def test_a_type_that_the_value_set_has_no_more_is_another_photo_id(
        self, domestic: PdfRenderer, paper: SimpleNamespace
    ) -> None:
        document = paper.core(photoIdType="gone", photoId="XXXX1234")

        assert "Another photo ID # XXXX1234" in paper.text_of(
            paper.printed(domestic, paper.shown(document))
        )

    @pytest.mark.parametrize("language", ["en", "hi"])
    def test_every_type_of_photo_id_has_its_words(self, language: str) -> None:
        def loaded(name: str) -> Any:
            return YAML(typ="safe", pure=True).load(ROOT / name)

        types = loaded("schemas/vaccination/value-sets/identity-types.yaml")["entries"]
        labels = loaded(f"config/india/labels/{language}.yaml")["labels"]

        assert {each["label"] for each in types} - labels.keys() == set()


class TestCourse:
    def test_two_precautions_are_counted_and_told_apart(
        self, domestic: PdfRenderer, paper: SimpleNamespace
    ) -> None:
        documents = [paper.core(number) for number in (1, 2, 3, 4)]

        text = paper.text_of(paper.printed(domestic, paper.shown(*documents)))

        assert "Fully Vaccinated (2 Doses) and 2 Precaution Doses" in text
        assert "Precaution Dose 1 02 May 2021" in text
        assert "Precaution Dose 2 02 Jun 2021" in text

    def test_an_older_certificate_says_what_was_so_then(
        self, domestic: PdfRenderer, paper: SimpleNamespace
    ) -> None:
        later = paper.shown(*[paper.core(number) for number in (1, 2, 3)])
        older = msgspec.structs.replace(later, secured=later.group[0])

        text = paper.text_of(paper.printed(domestic, older))

        assert "Partially Vaccinated (1 Dose) As of dose 1" in text
        assert "Next Dose Due" in text
        assert "2 / 2" not in text

    def test_the_latest_certificate_is_as_of_nothing(
        self, domestic: PdfRenderer, paper: SimpleNamespace
    ) -> None:
        text = paper.text_of(
            paper.printed(domestic, paper.shown(*[paper.core(number) for number in (1, 2)]))
        )

        assert "As of dose" not in text

    def test_a_deployment_may_print_all_doses_on_each(
        self, small: Callable[..., PdfRenderer], paper: SimpleNamespace
    ) -> None:
        rows = {"path": "credentialSubject.vaccination", "order": "dose", "until": "latest"}
        renderer = small("{{ latest.dose }} of {{ rows | length }}", rows=rows)
        later = paper.shown(*[paper.core(number) for number in (1, 2, 3)])

        text = paper.text_of(
            paper.printed(renderer, msgspec.structs.replace(later, secured=later.group[0]))
        )

        assert text == "3 of 3"

    def test_a_caller_gets_it_as_of_an_earlier_dose(
        self, domestic: PdfRenderer, paper: SimpleNamespace
    ) -> None:
        later = paper.shown(*[paper.core(number) for number in (1, 2, 3)])
        asked = msgspec.structs.replace(later, parameters={"up_to_dose": "2"})

        settled = domestic.settle(asked)
        text = paper.text_of(paper.printed(domestic, settled))

        assert settled.secured == later.group[1]
        assert "Fully Vaccinated (2 Doses) As of dose 2" in text
        assert "10000000002" in text
        assert "Precaution" not in text

    @pytest.mark.parametrize("wish", ["4", "0", "", "-1", "two", "1.0", "²", "9" * 5000])
    def test_as_of_a_dose_that_is_not_there_is_refused(
        self, domestic: PdfRenderer, paper: SimpleNamespace, wish: str
    ) -> None:
        later = paper.shown(*[paper.core(number) for number in (1, 2, 3)])
        asked = msgspec.structs.replace(later, parameters={"up_to_dose": wish})

        finding = paper.refused(domestic, domestic.settle(asked))

        assert finding.code == "pdf-no-such-row"


class TestBorder:
    def test_the_full_date_the_passport_and_the_country_are_there_and_no_other_identity(
        self, international: PdfRenderer, paper: SimpleNamespace
    ) -> None:
        documents = [
            paper.core(number, **ABROAD, photoIdType="aadhaar", photoId="XXXXXXXX1234")
            for number in (1, 2, 3, 4)
        ]

        text = paper.text_of(paper.printed(international, paper.shown(*documents)))

        for value in ("1976-03-09", "K1234567", "1st 2021-03-02", "Precaution Dose 2", "IND"):
            assert value in text
        for hidden in ("XXXX", "12345678901234", "45 years", "Karnataka"):
            assert hidden not in text

    @pytest.mark.parametrize(
        ("changed", "codes"),
        [
            ({"birthDate": None}, ["birth-date-incomplete"]),
            ({"birthDate": "1976-03"}, ["birth-date-incomplete"]),
            ({"identifier": None}, ["passport-missing"]),
            ({"vaccination": {"brand": None}}, ["vaccine-unknown"]),
            (
                {"birthDate": None, "identifier": None, "vaccination": {"dose": 1}},
                ["birth-date-incomplete", "passport-missing", "course-not-finished"],
            ),
        ],
    )
    def test_who_is_not_eligible_is_told_all_that_is_missing(
        self,
        international: PdfRenderer,
        paper: SimpleNamespace,
        changed: dict[str, Any],
        codes: list[str],
    ) -> None:
        document = paper.core(2, **{**ABROAD, **changed})
        _without_none(document)

        (drawn,) = international.render([paper.shown(document)])

        assert isinstance(drawn, Refusal)
        assert [each.code for each in drawn.findings] == codes
        assert not any("1976" in each.message for each in drawn.findings)


class TestVariants:
    BODY = '{{ variants | join }} {% if images.face is defined %}<img src="{{ images.face }}" alt="{{ alts.face }}">{% endif %} {{ texts.saying | default("-") }}'

    @pytest.fixture
    def renderer(self, small: Callable[..., PdfRenderer]) -> PdfRenderer:
        polling = {"state": "Goa", "begins": "2022-01-08", "ends": "2022-03-10"}
        return small(
            self.BODY,
            {"templates/face.svg": PICTURE, "templates/flag.svg": PICTURE},
            tables={"polling": [polling]},
            images=[{"name": "face", "file": "face.svg", "alt": "Somebody"}],
            texts={"saying": "Hello"},
            variants=[
                {
                    "name": "plain",
                    "when": "tables.polling.exists(each, each.state == latest.state "
                    "&& each.begins <= today && today <= each.ends)",
                    "omit": ["face", "saying", "never-there"],
                },
                {
                    "name": "flagged",
                    "when": "latest.state == 'Kerala'",
                    "images": [{"name": "face", "file": "flag.svg", "alt": "A flag"}],
                    "texts": {"saying": "Namaskaram"},
                },
            ],
        )

    @pytest.mark.parametrize(
        ("state", "day", "variants", "face", "saying"),
        [
            ("Goa", "2022-01-07", (), "face.svg", "Hello"),
            ("Goa", "2022-01-08", ("plain",), None, None),
            ("Goa", "2022-03-10", ("plain",), None, None),
            ("Goa", "2022-03-11", (), "face.svg", "Hello"),
            ("Bihar", "2022-02-01", (), "face.svg", "Hello"),
            ("Kerala", "2022-02-01", ("flagged",), "flag.svg", "Namaskaram"),
        ],
    )
    def test_state_and_day_choose_the_furnishing(
        self,
        renderer: PdfRenderer,
        paper: SimpleNamespace,
        *,
        state: str,
        day: str,
        variants: tuple[str, ...],
        face: str | None,
        saying: str | None,
    ) -> None:
        request = paper.shown(paper.core(vaccination={"state": state}))

        values = renderer.values(msgspec.structs.replace(request, parameters={"today": day}))

        assert values["variants"] == variants
        assert values["images"].get("face") == face
        assert values["texts"].get("saying") == saying

    def test_the_page_depends_on_the_day_only_through_its_request(
        self, renderer: PdfRenderer, paper: SimpleNamespace
    ) -> None:
        settled = renderer.settle(paper.shown(paper.core()))

        assert re.fullmatch(r"\d{4}-\d\d-\d\d", settled.parameters["today"])
        assert "today" not in renderer.parameters

    @pytest.mark.parametrize(
        ("variant", "why"),
        [
            ({"name": "a", "when": "subject.name == 'x'"}, "variant a: .* names 'subject'"),
            (
                {"name": "a", "when": "true", "images": [{"name": "b", "file": "gone.svg"}]},
                "gone.svg",
            ),
        ],
    )
    def test_a_wrong_variant_is_a_mistake_of_the_deployment(
        self, small: Callable[..., PdfRenderer], variant: dict[str, Any], why: str
    ) -> None:
        with pytest.raises(ConfigError, match=why):
            small("", variants=[variant])

    def test_india_leaves_the_portrait_out_while_a_state_votes(
        self, domestic: PdfRenderer, paper: SimpleNamespace
    ) -> None:
        request = paper.shown(paper.core(vaccination={"state": "Goa"}))

        chosen = [
            domestic.values(msgspec.structs.replace(request, parameters={"today": day}))["variants"]
            for day in ("2022-02-14", "2022-06-01")
        ]

        assert chosen == [("without_portrait",), ()]


class TestWhole:
    """Nothing is cut, however long it is and however many doses there are."""

    LONG_NAME = "Venkatanarasimharajuvaripeta " * 4 + "Iyer"
    CENTRE = (
        "Primary Health Centre and Community Vaccination Site No. 45/2, Opposite the Old Bus Stand, "
        "Survey Ward 17, Third Floor of the Municipal Building, Dr. Babasaheb Ambedkar Road, "
        "Vaccination Hall B, Near the Railway Station, Tiruchirappalli North, First Gate"
    )

    @pytest.mark.parametrize("language", ["en", "hi"])
    def test_six_doses_a_long_name_and_a_long_address_are_printed_whole(
        self, domestic: PdfRenderer, paper: SimpleNamespace, language: str
    ) -> None:
        lots = [f"LOT{number}" + "0123456789" * 3 for number in range(1, 7)]
        documents = [
            paper.core(
                number,
                name=self.LONG_NAME,
                vaccination={"lot": lot, "centre": self.CENTRE, "manufacturer": self.CENTRE[:90]},
            )
            for number, lot in enumerate(lots, start=1)
        ]

        pdf = paper.printed(domestic, paper.shown(*documents, language=language))

        solid = squeezed(paper.text_of(pdf))
        for value in (self.LONG_NAME, self.CENTRE, *lots):
            assert squeezed(value) in solid
        assert solid.count(squeezed(self.CENTRE[:90])) == 7

    def test_each_page_names_its_certificate(
        self, domestic: PdfRenderer, paper: SimpleNamespace
    ) -> None:
        documents = [
            paper.core(number, vaccination={"manufacturer": self.CENTRE}) for number in range(1, 7)
        ]

        with closing(
            pypdfium2.PdfDocument(paper.printed(domestic, paper.shown(*documents)))
        ) as document:
            pages = [page.get_textpage().get_text_bounded() for page in document]

        assert len(pages) > 1
        assert all("10000000006" in page for page in pages)

    def test_an_emoji_and_mixed_scripts_are_printed_and_their_latin_part_is_read_back(
        self, domestic: PdfRenderer, paper: SimpleNamespace
    ) -> None:
        document = paper.core(name="آشا دیوی Asha Devi 😀")

        assert "Asha Devi" in paper.text_of(paper.printed(domestic, paper.shown(document)))


class TestAccessible:
    def test_tables_have_headers_with_a_scope_and_values_their_language(
        self, domestic: PdfRenderer, paper: SimpleNamespace
    ) -> None:
        request = paper.shown(paper.core(name="आशा"), language="hi")

        html = domestic.template.render(domestic.values(request))

        assert set(re.findall(r"<th\b[^>]*>", html)) == {'<th scope="row">', '<th scope="col">'}
        assert '<td lang="und">आशा</td>' in html
        assert '<td lang="en">Dr. Meera Rao</td>' in html

    def test_every_text_stands_out_from_what_is_behind_it(self) -> None:
        """WCAG 2.2, 1.4.3: 4.5 to 1."""
        style = (ROOT / "config/india/templates/certificate.css").read_text(encoding="utf-8")
        tones = dict(re.findall(r"--(ink|quiet|tone): (#[0-9a-f]{6})", style))
        grounds = {"#ffffff", *re.findall(r"background: (#[0-9a-f]{6})", style)}

        ratios = [_contrast(text, ground) for text in tones.values() for ground in grounds]

        assert len(ratios) == 6
        assert min(ratios) >= 4.5


class TestReference:
    """The page about templates is held to what a template has."""

    PAGE = (ROOT / "docs/reference/templates.md").read_text(encoding="utf-8")

    def test_it_lists_every_value_and_function_and_no_other(
        self, domestic: PdfRenderer, paper: SimpleNamespace
    ) -> None:
        listed = self.named("Values") | self.named("Functions")

        assert listed == domestic.values(paper.shown(paper.core())).keys()

    def test_it_lists_every_filter_of_ours_and_no_other(self, domestic: PdfRenderer) -> None:
        ours = domestic.template._environment.filters.keys() - DEFAULT_FILTERS.keys()

        assert self.named("Filters") == ours

    def named(self, section: str) -> set[str]:
        """The names in the first column of the table of a section."""
        _, _, rest = self.PAGE.partition(f"\n## {section}\n")
        cells = re.findall(r"(?m)^\| (`[^|]+) \|", rest.partition("\n## ")[0])
        return {name for cell in cells for name in re.findall(r"`([a-z_]+)[`(]", cell)}


LATIN = st.text(
    st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 .,'-/&<>{}%"),
    min_size=1,
    max_size=60,
).filter(str.strip)
VACCINATION = st.fixed_dictionaries(
    {"brand": LATIN, "lot": LATIN, "manufacturer": LATIN, "vaccineType": LATIN},
    optional={"centre": LATIN, "district": LATIN, "state": LATIN, "vaccinator": LATIN},
)
HOLDER = st.fixed_dictionaries(
    {"name": LATIN, "beneficiaryReference": LATIN, "age": st.integers(0, 150)},
    optional={"healthId": LATIN, "photoId": st.from_regex(r"X{2,16}[0-9A-Z]{0,4}", fullmatch=True)},
)


class TestAnyRecord:
    # A page takes too long to look for the smallest one that fails.
    @settings(max_examples=15, deadline=None, phases=(Phase.reuse, Phase.generate))
    @given(
        vaccinations=st.lists(VACCINATION, min_size=1, max_size=6),
        holder=HOLDER,
        total=st.integers(1, 4),
    )
    def test_whatever_is_signed_is_on_the_page(
        self,
        domestic: PdfRenderer,
        paper: SimpleNamespace,
        vaccinations: list[dict[str, str]],
        holder: dict[str, Any],
        total: int,
    ) -> None:
        documents = [
            paper.core(number, total, **holder, photoIdType="voter", vaccination=vaccination)
            for number, vaccination in enumerate(vaccinations, start=1)
        ]

        text = paper.text_of(paper.printed(domestic, paper.shown(*documents)))

        solid = unhyphenated(squeezed(text))
        rows = [each[name] for each in vaccinations for name in ("brand", "lot", "manufacturer")]
        of_latest = [vaccinations[-1].get(name, "") for name in ("centre", "state", "vaccinator")]
        for value in (*(str(each) for each in holder.values()), *rows, *of_latest):
            assert unhyphenated(squeezed(value)) in solid


def _contrast(one: str, other: str) -> float:
    lights = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lights[0] + 0.05) / (lights[1] + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _without_none(tree: dict[str, Any]) -> None:
    for name, value in list(tree.items()):
        if value is None:
            del tree[name]
        elif isinstance(value, dict):
            _without_none(value)
