"""What a search or a copy gets out of a page: the words that were put in, in every script."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import unicodedata
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from weasyprint.document import Page

from mohar.domain.errors import InvalidInput
from mohar.testing.tools import tools_for
from mohar_renderer_pdf._folder import TemplateFolder
from mohar_renderer_pdf._printer import Printer
from mohar_renderer_pdf._readable import ReadablePage

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import SimpleNamespace

    from mohar.domain.credential import Secured
    from mohar_renderer_pdf._renderer import PdfRenderer

    Extract = Callable[[bytes], str]
    Print = Callable[..., bytes]

MOST_BYTES: Final = 100_000
CONTROLS: Final = dict.fromkeys(
    map(ord, "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
)
NASKH: Final = '"Noto Naskh Arabic", "Noto Sans"'
NASTALIQ: Final = '"Noto Nastaliq Urdu", "Noto Sans"'
FONTS: Final = {"ks": NASKH, "sd": NASKH, "ur": NASTALIQ}
ENGLISH: Final = "Certificate of Asha Devi (born in 1976): the office confirms all of it"

# One sentence for each language, with conjuncts, vowel signs before their letter, marks.
LANGUAGES: Final = {
    "as": "আশা দেৱীৰ প্ৰমাণপত্ৰ, ক্ষেত্ৰত শ্ৰীমতী ২০২১ চনৰ",
    "bn": "শ্রীমতী আশা দেবীর শংসাপত্র ও কর্মক্ষেত্রে বিজ্ঞান",
    "brx": "बर'नि फोरमान बिलाइ आरो सावरायनाय",
    "doi": "आशा देवी दा प्रमाण पत्तर ते टीके दी तरीक",
    "en": ENGLISH,
    "gu": "શ્રીમતી આશાબેનનું પ્રમાણપત્ર અને કાર્યક્ષેત્ર જ્ઞાન",
    "hi": "श्रीमती आशा देवी का प्रमाण-पत्र, क्षेत्र में विद्यार्थी की दृष्टि",
    "kn": "ಶ್ರೀಮತಿ ಆಶಾ ಅವರ ಪ್ರಮಾಣಪತ್ರ ಮತ್ತು ಕ್ಷೇತ್ರದ ಜ್ಞಾನ",
    "ks": "آشا ہُنٛد سَنَد تہٕ ٹیٖکہٕ کَرنُک دۄہ",
    "kok": "आशा हांचें प्रमाणपत्र आनी लसीकरणाची तारीख",
    "mai": "आशाक प्रमाणपत्र आ टीकाकरणक तिथि",
    "ml": "ശ്രീമതി ആശയുടെ സാക്ഷ്യപത്രം, കൊല്ലം ക്ഷേത്രത്തിൽ വിദ്യാർത്ഥി",
    "mni": "আশাগী প্রমাণপত্র অমসুং তীকাগী তাং",
    "mni-Mtei": "ꯑꯥꯁꯥꯒꯤ ꯁꯔꯇꯤꯐꯤꯀꯦꯠ ꯑꯃꯁꯨꯡ ꯇꯥꯡ ꯲꯰꯲꯱",
    "mr": "आशाताईंचे प्रमाणपत्र, कार्यक्षेत्रातील दुसऱ्या लसीची तारीख",
    "ne": "आशा देवीको प्रमाणपत्र र खोप लगाएको मिति",
    "or": "ଶ୍ରୀମତୀ ଆଶାଙ୍କ ପ୍ରମାଣପତ୍ର ଓ କ୍ଷେତ୍ର ଜ୍ଞାନ",
    "pa": "ਸ਼੍ਰੀਮਤੀ ਆਸ਼ਾ ਦਾ ਪ੍ਰਮਾਣ ਪੱਤਰ ਅਤੇ ਮਿਤੀ",
    "sa": "आशायाः प्रमाणपत्रं क्षेत्रे विद्यार्थिनः दृष्टिः",
    "sat": "ᱟᱥᱟ ᱫᱮᱵᱤ ᱨᱮᱭᱟᱜ ᱥᱟᱹᱠᱷᱭᱟᱹᱛ ᱥᱟᱠᱟᱢ",
    "sd": "آشا جو سرٽيفڪيٽ ۽ ٽيڪي جي تاريخ ڏينھن",
    "ta": "ஸ்ரீமதி ஆஷாவின் சான்றிதழ் மற்றும் தேதி கொள்கை",
    "te": "శ్రీమతి ఆశా గారి ధృవీకరణ పత్రం మరియు క్షేత్ర జ్ఞానం",
    "ur": "محترمہ آشا دیوی کا تصدیق نامہ اور ٹیکہ کاری کی تاریخ",
}
RIGHT_TO_LEFT: Final = frozenset({"ks", "sd", "ur"})
MIXED: Final = {
    "Urdu with Latin, digits and brackets": (
        "ur",
        "آشا نے COVISHIELD (بیچ 4121Z001) کی 2 خوراکیں 02-03-2021 کو، Bengaluru میں لیں\u06d4",
    ),
    "an address": (
        "ur",
        "نام: احمد (Ahmad) علی، عمر 45 سال؛ پتہ: 12/4، گلی نمبر 3 (الہ آباد) - فون +91 98765",
    ),
    "Sindhi with Latin": ("sd", "آشا کي COVISHIELD جي ٻي خوراڪ 02-03-2021 تي لڳي (لاٽ 4121Z001)."),
    "Kashmiri with Latin": ("ks", "ہِنٛدوستان ۄَیہِ 12 Bengaluru Urban (KA) سۭتؠ ٲس کٔشِیر"),
    "an Urdu name in English": (
        "en",
        "Name: احمد علی خان (Ahmad Ali), age 45, ward ١٢ of الہ آباد - 2 doses",
    ),
    "Latin alone in an Urdu paragraph": ("ur", "COVISHIELD (4121Z001) 12 - 34"),
    "Arabic digits": ("ur", "١٢-٣٤ ۱۲ سال"),
    "Hindi with Latin": ("hi", "आशा Devi ने COVISHIELD (4121Z001) की 2 खुराकें 02-03-2021 को लीं"),
    "emoji": ("en", "Asha 😀 and 👩🏽‍⚕️ on duty 🇮🇳 ok"),
    "emoji in Urdu": ("ur", "آشا 😀 ڈاکٹر"),
    "Latin marks": ("en", "Zoë Nguyễn, e\u0301a\u0302\u0323 Łukasz q\u0303"),
    "joiners": ("hi", "क्‍ष र्‍य ক্‌ষ ന്‍ മ്‌മ"),
    "one bracket in two directions": ("ur", "(آشا) (Asha)"),
}
# What one reader or the other changes by itself, in any PDF: text, in poppler, in pdfium.
DIFFERENT: Final = {
    "a soft hyphen is not printed, so it is not read": ("co\u00adop", "coop", "coop"),
    "pdfium spells ligatures out": ("ﬁ", "ﬁ", "fi"),
    "pdfium spells Arabic presentation forms out": ("بﻻ", "بﻻ", "بلا"),
    "pdfium takes letters with a high hamza apart": ("\u0678ب", "\u0678ب", "\u064a\u0674ب"),
}


def _pdfium(pdf: bytes) -> str:
    with closing(pypdfium2.PdfDocument(pdf)) as document:
        return " ".join(page.get_textpage().get_text_bounded() for page in document)


def _poppler(pdf: bytes) -> str:
    command = ["pdftotext", "-enc", "UTF-8", "-", "-"]
    return subprocess.run(command, input=pdf, capture_output=True, check=True).stdout.decode()


def _plain(text: str) -> str:
    """Return a text in NFC, without bidi controls, with one space for every run of blanks."""
    return " ".join(unicodedata.normalize("NFC", text.translate(CONTROLS)).split())


@pytest.fixture(params=["poppler", "pdfium"])
def extract(request: pytest.FixtureRequest) -> Extract:
    if request.param == "pdfium":
        return _pdfium
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed (the Debian package poppler-utils)")
    return _poppler


@pytest.fixture(scope="module")
def issued(paper: SimpleNamespace) -> Secured:
    secured: Secured = paper.shown(paper.core()).secured
    return secured


@pytest.fixture(scope="module")
def prints(tmp_path_factory: pytest.TempPathFactory, issued: Secured) -> Print:
    """Print a body in a language, with the fonts of its script."""
    root = tmp_path_factory.mktemp("deployment")
    (root / "templates").mkdir()
    (root / "templates/page.html").touch()
    folder = TemplateFolder(tools_for(root).files, "templates/page.html")
    printer = Printer(folder, [], attach=True)

    @cache
    def printed(language: str, body: str) -> bytes:
        direction = "rtl" if language in RIGHT_TO_LEFT else "ltr"
        font = FONTS.get(language, '"Noto Sans"')
        style = f"<title>t</title><style>body {{ font: 9pt {font} }} th {{ white-space: nowrap }}</style>"
        html = f'<html lang="{language}" dir="{direction}">{style}<body>{body}</body></html>'
        return printer.print(html, issued)

    return printed


@pytest.fixture(scope="module")
def certificate(domestic: PdfRenderer, paper: SimpleNamespace) -> Print:
    """Print a certificate of two doses in a language, for a name."""

    @cache
    def printed(language: str, name: str) -> bytes:
        documents = [paper.core(number, name=name) for number in (1, 2)]
        pdf: bytes = paper.printed(domestic, paper.shown(*documents, language=language))
        return pdf

    return printed


def _beside_english(own: str) -> str:
    row = f'<tr><th>{own}</th><td lang="en" dir="ltr">{ENGLISH}</td></tr>'
    return f"<h1>{own}</h1><table>{row * 6}</table><p><b>{own}</b></p>"


class TestLanguages:
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_a_sentence_is_read_as_it_was_written(
        self, prints: Print, extract: Extract, language: str
    ) -> None:
        sentence = LANGUAGES[language]

        assert _plain(extract(prints(language, f"<p>{sentence}</p>"))) == _plain(sentence)

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_a_page_beside_english_is_read_whole_and_is_small(
        self, prints: Print, extract: Extract, language: str
    ) -> None:
        own = LANGUAGES[language]

        pdf = prints(language, _beside_english(own))

        text = _plain(extract(pdf))
        assert text.count(_plain(own)) == (14 if language == "en" else 8)
        assert text.count(ENGLISH) >= 6
        assert len(pdf) <= MOST_BYTES

    @pytest.mark.parametrize("case", MIXED)
    @pytest.mark.parametrize("around", ["", f'<p lang="en" dir="ltr">{ENGLISH}</p>' * 6])
    def test_a_line_of_more_scripts_is_read_whatever_the_page_is_mostly(
        self, prints: Print, extract: Extract, case: str, around: str
    ) -> None:
        language, line = MIXED[case]

        assert _plain(line) in _plain(extract(prints(language, f"{around}<p>{line}</p>{around}")))

    @pytest.mark.parametrize("case", DIFFERENT)
    def test_what_readers_change_by_themselves_is_known(
        self, prints: Print, extract: Extract, case: str
    ) -> None:
        text, in_poppler, in_pdfium = DIFFERENT[case]
        known = in_pdfium if extract is _pdfium else in_poppler

        assert _plain(extract(prints("en", f"<p>{text}</p>"))) == known

    def test_running_heads_half_transparent_and_turned_text_are_read(
        self, prints: Print, extract: Extract
    ) -> None:
        hindi, urdu = LANGUAGES["hi"], LANGUAGES["ur"]
        page = "<style>@page { @bottom-center { content: 'सत्यापन' } }</style>"
        body = f'<p style="opacity: .5">{hindi}</p><p dir="rtl" style="opacity: .5">{urdu}</p>'

        text = _plain(extract(prints("hi", page + body)))

        assert all(_plain(each) in text for each in (hindi, urdu, "सत्यापन"))

    def test_half_transparent_text_of_two_pages_is_not_mixed_up(
        self, prints: Print, extract: Extract
    ) -> None:
        first, second = LANGUAGES["hi"], LANGUAGES["ur"]
        faded = '<p style="opacity: .5; break-after: page">{}</p>'

        text = extract(prints("hi", faded.format(first) + faded.format(second)))

        assert _plain(text) == _plain(f"{first} {second}")


class TestManual:
    def test_it_lists_every_language_and_every_difference(self) -> None:
        page = (Path(__file__).parents[3] / "docs/reference/pdf.md").read_text("utf-8")
        rows = [line.split("|")[1].strip() for line in page.splitlines() if line.startswith("|")]

        assert set(LANGUAGES) == {row.strip("`") for row in rows if row.startswith("`")}
        assert set(DIFFERENT) <= set(rows)


class TestCertificates:
    @pytest.mark.parametrize("language", ["en", "hi"])
    @pytest.mark.parametrize("name", ["Asha Devi", "आशा देवी", "احمد علی، (خان)", "Asha 😀"])
    def test_it_tells_the_name_beside_its_label(
        self, certificate: Print, extract: Extract, language: str, name: str
    ) -> None:
        pdf = certificate(language, name)

        text = _plain(extract(pdf))
        assert f"Beneficiary Name {name}" in text
        assert "Bengaluru Urban, Karnataka" in text
        assert len(pdf) <= MOST_BYTES

    @pytest.mark.parametrize(
        "label", ["आयु / Age", "लाभार्थी का नाम / Beneficiary Name", "45 वर्ष / 45 years"]
    )
    def test_hindi_labels_are_read_beside_english_ones(
        self, certificate: Print, extract: Extract, label: str
    ) -> None:
        assert label in _plain(extract(certificate("hi", "Asha Devi")))


class TestLook:
    def test_the_words_change_no_pixel(
        self, monkeypatch: pytest.MonkeyPatch, prints: Print
    ) -> None:
        body = "".join(f"<p>{line}</p>" for _, line in MIXED.values())
        with_words = prints("ur", body)

        monkeypatch.setattr("mohar_renderer_pdf._printer.ReadablePage", _WithoutWords)
        without = prints("ur", f"{body} ")

        assert without != with_words
        assert _pixels(without) == _pixels(with_words)


class _WithoutWords(ReadablePage):
    def paint(self, stream: Any, scale: float = 1) -> None:
        Page.paint(self, stream, scale)


def _pixels(pdf: bytes) -> bytes:
    with closing(pypdfium2.PdfDocument(pdf)) as document:
        return b"".join(page.render(scale=2).to_pil().tobytes() for page in document)


class TestOddText:
    @given(text=st.text(max_size=40))
    @settings(max_examples=25, deadline=None)
    def test_any_text_is_printed_or_refused(self, prints: Print, text: str) -> None:
        escaped = "".join(f"&#{ord(letter)};" for letter in text)
        try:
            pdf = prints("ur", f"<p>{escaped}</p>")
        except InvalidInput:
            return

        assert pdf.startswith(b"%PDF-1.7")
        assert isinstance(_pdfium(pdf), str)

    def test_half_a_letter_is_refused(self, prints: Print) -> None:
        """
        A lone surrogate is no text; it comes from JSON only.
        """
        with pytest.raises(InvalidInput, match="not text"):
            prints("en", "<p>\ud800</p>")

    def test_a_font_that_draws_nothing_is_not_embedded_whole(self, prints: Print) -> None:
        pdf = prints("en", "<p>\u061c123</p>")

        assert len(pdf) < MOST_BYTES / 4


TWICE: Final = """
import sys
from mohar.testing.tools import tools_for
from mohar_renderer_pdf._folder import TemplateFolder
from mohar_renderer_pdf._printer import Printer
sys.path.insert(0, sys.argv[1])
from conftest import core, secured
files = tools_for(__import__("pathlib").Path(sys.argv[2])).files
printer = Printer(TemplateFolder(files, "page.html"), [], attach=True)
html = "<html lang=ur dir=rtl><title>t</title><a href='https://example.test'>%s</a> %s"
sys.stdout.buffer.write(printer.print(html % ("آشا (1)", "Asha 😀 विद्या"), secured(core())))
"""


class TestSameBytes:
    def test_two_processes_print_the_same_bytes(
        self, tmp_path: Path, request: pytest.FixtureRequest
    ) -> None:
        """
        Nothing on a page comes from the clock, from chance, or from the order of a set.
        """
        (tmp_path / "page.html").touch()
        command = [sys.executable, "-c", TWICE, str(request.path.parent), str(tmp_path)]

        first, second = (
            subprocess.run(
                command,
                capture_output=True,
                check=True,
                env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONUTF8": "1"},
            ).stdout
            for seed in ("1", "2")
        )

        assert first.startswith(b"%PDF")
        assert first == second
