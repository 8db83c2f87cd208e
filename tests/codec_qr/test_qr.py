"""A QR code gives back exactly what was put in."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

import pytest
import qrcode
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from qrcode.util import MODE_8BIT_BYTE, MODE_ALPHA_NUM, MODE_NUMBER, QRData

from mohar.codec.qr import QUIET_ZONE, QrMatrix, encode
from mohar.codec.qr_bits import LEVEL_BITS
from mohar.domain.errors import InvalidInput
from mohar.domain.rendition import Segment

if TYPE_CHECKING:
    from collections.abc import Sequence

_ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_MODES = {"byte": MODE_8BIT_BYTE, "alphanumeric": MODE_ALPHA_NUM, "numeric": MODE_NUMBER}

byte_runs = st.binary(min_size=1, max_size=400).map(lambda data: Segment("byte", data))
alphanumeric_runs = st.text(_ALPHANUMERIC, min_size=1, max_size=400).map(
    lambda text: Segment("alphanumeric", text.encode())
)
numeric_runs = st.text("0123456789", min_size=1, max_size=400).map(
    lambda text: Segment("numeric", text.encode())
)
runs = st.lists(st.one_of(byte_runs, alphanumeric_runs, numeric_runs), min_size=1, max_size=4)
levels = st.sampled_from(["L", "M", "Q", "H"])


def _scanned(matrix: QrMatrix) -> bytes:
    image = Image.open(io.BytesIO(matrix.png(scale=3)))
    found = zxingcpp.read_barcode(
        image.convert("L"), formats=zxingcpp.BarcodeFormat.QRCode, is_pure=True
    )
    assert found is not None
    return bytes(found.bytes)


def _drawn_elsewhere(segments: Sequence[Segment], matrix: QrMatrix) -> list[list[bool]]:
    other = qrcode.QRCode(
        version=matrix.version,
        error_correction=LEVEL_BITS[matrix.error_correction],
        border=0,
        mask_pattern=matrix.mask,
    )
    for segment in segments:
        other.add_data(QRData(segment.data, mode=_MODES[segment.mode]))
    other.make(fit=False)
    return other.get_matrix()


class TestEncode:
    @settings(max_examples=60, deadline=None)
    @given(segments=runs, level=levels)
    def test_a_scanner_reads_the_bytes_of_all_runs(
        self, segments: list[Segment], level: str
    ) -> None:
        matrix = encode(segments, level)

        assert _scanned(matrix) == b"".join(segment.data for segment in segments)

    @pytest.mark.parametrize("version_bytes", [10, 40, 100, 300, 700, 1100, 2000, 2331])
    def test_another_encoder_draws_the_same_modules_with_the_same_mask(
        self, version_bytes: int
    ) -> None:
        segments = [Segment("byte", bytes(index * 7 % 256 for index in range(version_bytes)))]

        matrix = encode(segments, "M")

        assert [list(map(bool, row)) for row in matrix.modules] == _drawn_elsewhere(
            segments, matrix
        )

    @pytest.mark.parametrize("level", ["L", "M", "Q", "H"])
    def test_mixed_runs_are_drawn_as_another_encoder_draws_them(self, level: str) -> None:
        segments = [
            Segment("byte", b"shc:/"),
            Segment("numeric", b"5676290952432060346029243740446031"),
            Segment("alphanumeric", b"HC1:6BFOXN%TS3DH"),
        ]

        matrix = encode(segments, level)

        assert [list(map(bool, row)) for row in matrix.modules] == _drawn_elsewhere(
            segments, matrix
        )

    @pytest.mark.parametrize(
        ("level", "limit"), [("L", 2953), ("M", 2331), ("Q", 1663), ("H", 1273)]
    )
    def test_the_largest_symbol_is_filled_to_the_last_byte(self, level: str, limit: int) -> None:
        assert encode([Segment("byte", b"\xff" * limit)], level).version == 40

    @pytest.mark.parametrize(
        ("level", "limit"), [("L", 2953), ("M", 2331), ("Q", 1663), ("H", 1273)]
    )
    def test_what_no_symbol_holds_is_refused_with_size_level_and_limit(
        self, level: str, limit: int
    ) -> None:
        with pytest.raises(InvalidInput, match=rf"{limit + 1} bytes: .* {level} .* {limit} bytes"):
            encode([Segment("byte", b"\xff" * (limit + 1))], level)

    def test_a_numeric_run_is_smaller_than_the_same_digits_as_bytes(self) -> None:
        digits = b"0123456789" * 60

        assert (
            encode([Segment("numeric", digits)]).version < encode([Segment("byte", digits)]).version
        )

    @pytest.mark.parametrize(("mode", "data"), [("numeric", b"12a"), ("alphanumeric", b"abc")])
    def test_a_run_that_its_mode_cannot_write_is_refused(self, mode: str, data: bytes) -> None:
        with pytest.raises(InvalidInput, match="letters outside"):
            encode([Segment(mode, data)])

    @pytest.mark.parametrize("segments", [[], [Segment("byte", b"")]])
    def test_nothing_to_draw_is_refused(self, segments: list[Segment]) -> None:
        with pytest.raises(InvalidInput, match="nothing to draw"):
            encode(segments)


class TestPictures:
    def test_the_png_has_one_bit_for_a_pixel_and_a_quiet_zone_of_four_modules(self) -> None:
        matrix = encode([Segment("byte", b"quiet")])

        image = Image.open(io.BytesIO(matrix.png(scale=5)))

        assert image.mode == "1"
        assert image.size == ((21 + 2 * QUIET_ZONE) * 5,) * 2
        assert image.convert("L").crop((0, 0, 20, image.height)).getextrema() == (255, 255)

    @settings(max_examples=20, deadline=None)
    @given(data=st.binary(min_size=1, max_size=300))
    def test_the_svg_path_covers_the_dark_modules_and_no_other(self, data: bytes) -> None:
        matrix = encode([Segment("byte", data)])

        dark, x, y = set(), 0, 0
        assert matrix.svg_path().startswith("M0 .5"), "the middle of a row"
        for piece in re.findall(r"m(-?\d+) (-?\d+)h(\d+)", matrix.svg_path()):
            right, below, length = map(int, piece)
            x, y = x + right, y + below
            dark |= {(x + step, y) for step in range(length)}
            x += length
        assert dark == {
            (x + QUIET_ZONE, y + QUIET_ZONE)
            for y, row in enumerate(matrix.modules)
            for x, module in enumerate(row)
            if module
        }

    def test_what_the_code_says_is_not_in_its_repr(self) -> None:
        assert (
            repr(encode([Segment("byte", b"Asha")])) == "QrMatrix(version=1, error_correction='M')"
        )
