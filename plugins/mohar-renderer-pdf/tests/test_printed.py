"""India's certificates as they come off the press."""

from __future__ import annotations

from contextlib import closing
from ctypes import c_ushort
from typing import TYPE_CHECKING, Any

import pypdfium2
import pytest
import zxingcpp

import mohar_renderer_pdf
from mohar.domain.rendition import Rendition
from mohar.plugin import Measured
from mohar.testing.contracts import PluginContract, RendererContract

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType, SimpleNamespace

    from mohar.domain.rendition import Shown
    from mohar_renderer_pdf._renderer import PdfRenderer


class TestContract(RendererContract):
    @pytest.fixture
    def renderer(self, domestic: PdfRenderer) -> PdfRenderer:
        return domestic

    @pytest.fixture
    def shown(self, paper: SimpleNamespace) -> list[Shown]:
        return [paper.shown(paper.core(1)), paper.shown(paper.core(1), paper.core(2))]


class TestPlugin(PluginContract):
    @pytest.fixture
    def module(self) -> ModuleType:
        return mohar_renderer_pdf


class TestDomestic:
    def test_every_value_of_the_credential_is_on_the_page(
        self, domestic: PdfRenderer, paper: SimpleNamespace
    ) -> None:
        text = paper.text_of(paper.printed(domestic, paper.shown(paper.core())))

        for value in (
            "10000000001",
            "Asha Devi",
            "45 years",
            "Female",
            "12345678901234",
            "Dr. Meera Rao",
            "District Hospital",
            "Bengaluru Urban, Karnataka",
            "1 / 2",
            "02 Mar 2021",
            "COVISHIELD",
            "4121Z001",
            "Serum Institute of India",
            "1075",
        ):
            assert value in text

    @pytest.mark.parametrize(
        ("doses", "total", "status"),
        [
            (1, 2, "Partially Vaccinated (1 Dose)"),
            (2, 3, "Partially Vaccinated (2 Doses)"),
            (1, 1, "Fully Vaccinated (1 Dose)"),
            (2, 2, "Fully Vaccinated (2 Doses)"),
            (3, 2, "Fully Vaccinated (2 Doses) and a Precaution Dose"),
        ],
    )
    def test_the_status_is_worded_by_the_rule(
        self, domestic: PdfRenderer, paper: SimpleNamespace, doses: int, total: int, status: str
    ) -> None:
        documents = [paper.core(number, total) for number in range(1, doses + 1)]

        text = paper.text_of(paper.printed(domestic, paper.shown(*documents)))

        assert status in text

    def test_each_dose_has_a_row_in_the_order_of_its_number(
        self, domestic: PdfRenderer, paper: SimpleNamespace
    ) -> None:
        documents = [paper.core(number) for number in (2, 1, 3)]

        text = paper.text_of(paper.printed(domestic, paper.shown(*documents)))

        order = [text.index(each) for each in ("1 / 2 02 Mar", "2 / 2 02 Apr", "02 May 2021")]
        assert order == sorted(order)
        assert "Precaution Dose 02 May 2021" in text

    @pytest.mark.parametrize(
        ("brand", "due"),
        [
            ("COVISHIELD", "Between 30 Mar 2021 and 13 Apr 2021"),
            ("COVAXIN", "Between 30 Mar 2021 and 13 Apr 2021"),
            ("COMIRNATY", "Between 23 Mar 2021 and 13 Apr 2021"),
        ],
    )
    def test_the_next_dose_is_due_as_the_schedule_of_that_day_says(
        self, domestic: PdfRenderer, paper: SimpleNamespace, brand: str, due: str
    ) -> None:
        document = paper.core(1, vaccination={"brand": brand})

        assert due in paper.text_of(paper.printed(domestic, paper.shown(document)))

    def test_nothing_is_due_after_the_last_dose(
        self, domestic: PdfRenderer, paper: SimpleNamespace
    ) -> None:
        text = paper.text_of(paper.printed(domestic, paper.shown(paper.core(1, 1))))

        assert "Next Dose Due" not in text

    def test_hindi_is_printed_with_english_beside_it_and_latin_digits(
        self, domestic: PdfRenderer, paper: SimpleNamespace
    ) -> None:
        pdf = paper.printed(domestic, paper.shown(paper.core(), language="hi"))

        text = paper.text_of(pdf)
        assert "Beneficiary Name" in text
        assert "Partially Vaccinated (1 Dose)" in text
        assert "02 Mar 2021" in text
        assert any("\u0900" <= letter <= "\u097f" for letter in text)

    @pytest.mark.parametrize("language", ["ta", "und", ""])
    def test_a_language_without_labels_is_printed_in_the_default(
        self, domestic: PdfRenderer, paper: SimpleNamespace, language: str
    ) -> None:
        text = paper.text_of(paper.printed(domestic, paper.shown(paper.core(), language=language)))

        assert "Beneficiary Name" in text

    def test_long_values_flow_on_and_are_whole(
        self, domestic: PdfRenderer, paper: SimpleNamespace
    ) -> None:
        name = "Narasimha" * 12 + " Iyer"
        lot = "LOT" + "0123456789" * 4
        documents = [paper.core(n, name=name, vaccination={"lot": lot}) for n in (1, 2, 3)]

        text = paper.text_of(paper.printed(domestic, paper.shown(*documents)))

        solid = text.replace(" ", "")
        assert name.replace(" ", "") in solid
        assert solid.count(lot) == 3

    def test_names_of_any_script_and_emoji_have_their_glyphs(
        self, domestic: PdfRenderer, paper: SimpleNamespace
    ) -> None:
        document = paper.core(name="தமிழ்ச்செல்வி आशा বাংলা أحمد 😀👩🏽‍⚕️")

        assert "COVISHIELD" in paper.text_of(paper.printed(domestic, paper.shown(document)))

    def test_a_letter_that_no_font_has_refuses_the_page_and_is_not_told(
        self, domestic: PdfRenderer, paper: SimpleNamespace
    ) -> None:
        finding = paper.refused(domestic, paper.shown(paper.core(name="Asha \ue123")))

        assert finding.code == "pdf-missing-glyph"
        assert "Asha" not in finding.message
        assert "\ue123" not in finding.message


class TestInternational:
    def test_dates_are_iso_and_the_passport_is_shown(
        self, international: PdfRenderer, paper: SimpleNamespace
    ) -> None:
        documents = [
            paper.core(number, birthDate="1976-03-09", identifier="K1234567") for number in (1, 2)
        ]

        text = paper.text_of(paper.printed(international, paper.shown(*documents)))

        for value in ("1976-03-09", "K1234567", "1st", "2021-03-02", "2nd", "2021-04-02", "IND"):
            assert value in text


class TestLegacy:
    def test_a_moment_is_printed_as_the_day_it_was_in_india(
        self, legacy: PdfRenderer, paper: SimpleNamespace
    ) -> None:
        text = paper.text_of(paper.printed(legacy, paper.shown(paper.legacy())))

        assert "03 Mar 2021" in text

    @pytest.mark.parametrize(
        ("known", "shown"),
        [("1976", "1976"), ("1976-03", "Mar 1976"), ("1976-03-09", "09 Mar 1976")],
    )
    def test_a_birth_date_is_as_precise_as_it_is_known(
        self, legacy: PdfRenderer, paper: SimpleNamespace, known: str, shown: str
    ) -> None:
        text = paper.text_of(paper.printed(legacy, paper.shown(paper.legacy(dob=known))))

        assert f"Date of Birth {shown} Gender" in text

    def test_an_identity_is_masked(self, legacy: PdfRenderer, paper: SimpleNamespace) -> None:
        text = paper.text_of(paper.printed(legacy, paper.shown(paper.legacy())))

        assert "XXXXXXXX1234" in text
        assert "99990000" not in text


class TestQr:
    @pytest.mark.parametrize("size", [200, 900, 1200, 1700])
    def test_the_code_is_read_back_from_paper_at_150_dpi(
        self, domestic: PdfRenderer, paper: SimpleNamespace, size: int
    ) -> None:
        carrier = bytes(index * 37 % 256 for index in range(size))

        pdf = paper.printed(domestic, paper.shown(paper.core(), carrier=carrier))

        assert _scanned(pdf, dpi=150) == carrier

    def test_it_is_at_least_two_and_a_half_inches_wide(
        self, domestic: PdfRenderer, paper: SimpleNamespace
    ) -> None:
        values = domestic.values(paper.shown(paper.core()))

        assert values["qr"].size_mm >= 63.5

    def test_a_carrier_too_large_for_this_page_is_refused(
        self, small: Callable[..., PdfRenderer], paper: SimpleNamespace
    ) -> None:
        renderer = small("{{ qr.svg }}", qr={"minimum_mm": 10, "maximum_mm": 20})

        assert paper.refused(renderer, paper.shown(paper.core())).code == "pdf-qr-too-large"

    def test_a_carrier_that_the_format_does_not_have_is_refused(
        self, small: Callable[..., PdfRenderer], paper: SimpleNamespace
    ) -> None:
        """
        A page without its code would look whole.
        """
        renderer = small("{{ qr.svg }}", qr={"carrier": "hologram"})

        finding = paper.refused(renderer, paper.shown(paper.core()))

        assert (finding.code, "packed, zip" in finding.message) == ("pdf-qr-no-carrier", True)

    def test_the_size_of_a_code_is_told_whether_the_page_has_room_or_not(
        self, small: Callable[..., PdfRenderer], paper: SimpleNamespace
    ) -> None:
        renderer = small("{{ qr.svg }}", qr={"minimum_mm": 10, "maximum_mm": 20})
        asked = [
            paper.shown(paper.core()),
            paper.shown(paper.core(), carrier=b""),
            paper.shown(paper.core(), carrier=bytes(3000)),
        ]

        code, *none = renderer.codes(asked)

        assert code is not None
        assert (code.carrier, code.error_correction, code.most_mm) == ("packed", "M", 20)
        assert code.size_mm is not None
        assert code.size_mm > 20
        assert none == [None, None]
        assert isinstance(renderer, Measured)

    def test_a_carrier_too_large_for_any_code_is_refused(
        self, domestic: PdfRenderer, paper: SimpleNamespace
    ) -> None:
        finding = paper.refused(domestic, paper.shown(paper.core(), carrier=bytes(3000)))

        assert "3000 bytes" in finding.message

    def test_the_code_can_be_drawn_as_a_picture(
        self, small: Callable[..., PdfRenderer], paper: SimpleNamespace
    ) -> None:
        renderer = small('<img style="width: 70mm; image-rendering: pixelated" src="{{ qr.png }}">')

        pdf = paper.printed(renderer, paper.shown(paper.core(), carrier=b"picture"))

        assert _scanned(pdf, dpi=150) == b"picture"

    def test_a_credential_without_a_carrier_is_printed_without_a_code(
        self, domestic: PdfRenderer, paper: SimpleNamespace
    ) -> None:
        pdf = paper.printed(domestic, paper.shown(paper.core(), carrier=b""))

        assert _scanned(pdf, dpi=72) is None


class TestFile:
    def test_the_same_credential_gives_the_same_bytes(
        self, deployed: Callable[[str, str], PdfRenderer], paper: SimpleNamespace
    ) -> None:
        request = paper.shown(paper.core(1), paper.core(2), language="hi")
        first, second = deployed("india", "certificate"), deployed("india", "certificate")

        assert paper.printed(first, request) == paper.printed(second, request)

    def test_it_is_dated_titled_and_its_language_told(
        self, domestic: PdfRenderer, paper: SimpleNamespace
    ) -> None:
        pdf = paper.printed(domestic, paper.shown(paper.core(), language="hi"))

        with closing(pypdfium2.PdfDocument(pdf)) as document:
            told = document.get_metadata_dict()
            language = (c_ushort * 20)()
            pypdfium2.raw.FPDFCatalog_GetLanguage(document, language, 20)
        assert told["CreationDate"] == "D:20210501093000Z"
        assert told["Title"].endswith("10000000001")
        assert "".join(map(chr, language)).rstrip("\0") == "hi"

    def test_the_signed_credential_is_attached_byte_for_byte(
        self, domestic: PdfRenderer, paper: SimpleNamespace
    ) -> None:
        request = paper.shown(paper.core())

        with closing(pypdfium2.PdfDocument(paper.printed(domestic, request))) as document:
            attached = document.get_attachment(0)
            name, content = attached.get_name(), bytes(attached.get_data())
        assert name == "credential.json"
        assert content == request.secured.content

    def test_a_batch_is_printed_in_order_whatever_is_refused_among_it(
        self, domestic: PdfRenderer, paper: SimpleNamespace
    ) -> None:
        good, bad = paper.shown(paper.core()), paper.shown({"credentialSubject": {}})

        drawn = domestic.render([bad, good])

        assert [isinstance(each, Rendition) for each in drawn] == [False, True]


def _scanned(pdf: bytes, *, dpi: int) -> bytes | None:
    with closing(pypdfium2.PdfDocument(pdf)) as document:
        image = document[len(document) - 1].render(scale=dpi / 72).to_pil().convert("L")
    found: Any = zxingcpp.read_barcode(image, formats=zxingcpp.BarcodeFormat.QRCode)
    return None if found is None else bytes(found.bytes)
