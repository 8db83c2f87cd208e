from __future__ import annotations

import random
import threading
from collections.abc import Callable

import pytest
from PIL import Image

from mohar.domain.errors import Unreadable
from mohar.verifying import Decoder, Limits
from mohar.verifying.pdf import codes_in_pdf, is_pdf

Draw = Callable[..., Image.Image]
Save = Callable[..., bytes]

PAYLOAD = random.Random(7).randbytes(700)  # noqa: S311 -- the same bytes each time are wanted

# A page that asks for a password: the smallest trailer that says it is encrypted (ISO 32000-1 §7.6).
LOCKED = b"""%%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>endobj
4 0 obj<</Filter/Standard/V 1/R 2/O<%s>/U<%s>/P -4>>endobj
trailer<</Root 1 0 R/Encrypt 4 0 R/ID[<00><00>]>>
%%%%EOF
""" % (b"1f" * 32, b"2e" * 32)


@pytest.fixture(scope="module")
def page(qr: Draw) -> Image.Image:
    sheet = Image.new("L", (1240, 1754), 255)
    sheet.paste(qr(PAYLOAD).resize((420, 420)), (700, 1200))
    return sheet


def blank() -> Image.Image:
    return Image.new("L", (1240, 1754), 255)


def pages(saved: Save, *sheets: Image.Image, dpi: int = 150) -> bytes:
    return saved(sheets[0], "PDF", resolution=dpi, save_all=True, append_images=list(sheets[1:]))


class TestCodesOnPages:
    def test_the_bytes_come_back(self, page: Image.Image, saved: Save) -> None:
        assert codes_in_pdf(pages(saved, page), Limits()) == [PAYLOAD]

    def test_from_a_later_page(self, page: Image.Image, saved: Save) -> None:
        assert codes_in_pdf(pages(saved, blank(), page, page), Limits()) == [PAYLOAD]

    def test_a_code_too_fine_for_the_first_look_is_seen_in_the_second(
        self, page: Image.Image, saved: Save
    ) -> None:
        assert codes_in_pdf(pages(saved, page, dpi=450), Limits()) == [PAYLOAD]

    def test_not_from_a_page_beyond_the_limit(self, page: Image.Image, saved: Save) -> None:
        with pytest.raises(Unreadable, match="first 1 pages"):
            Decoder([], Limits(max_pages=1)).decode(pages(saved, blank(), page))

    def test_from_a_page_as_large_as_a_house(self, page: Image.Image, saved: Save) -> None:
        assert codes_in_pdf(pages(saved, page, dpi=3), Limits()) == [PAYLOAD]

    def test_a_page_as_long_as_a_road_is_drawn_small_enough(self, saved: Save) -> None:
        assert codes_in_pdf(pages(saved, Image.new("1", (9, 30_000)), dpi=72), Limits()) == []

    def test_from_four_threads_at_once(self, page: Image.Image, saved: Save) -> None:
        data, found = pages(saved, page), []
        threads = [
            threading.Thread(target=lambda: found.append(codes_in_pdf(data, Limits())))
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert found == [[PAYLOAD]] * 4


class TestTheDoor:
    def test_a_pdf_may_begin_late(self, page: Image.Image, saved: Save) -> None:
        assert is_pdf(b"\r\n" * 100 + pages(saved, page))
        assert not is_pdf(b"\r\n" * 600 + pages(saved, page))

    def test_a_damaged_one_is_unreadable(self, page: Image.Image, saved: Save) -> None:
        with pytest.raises(Unreadable, match="the PDF is damaged"):
            codes_in_pdf(pages(saved, page)[:200], Limits())

    def test_a_locked_one_says_so(self) -> None:
        with pytest.raises(Unreadable, match="asks for a password"):
            codes_in_pdf(LOCKED, Limits())
