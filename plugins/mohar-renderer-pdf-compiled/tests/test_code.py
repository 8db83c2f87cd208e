"""The operators of a QR code, by hand and against the path of the same code."""

from __future__ import annotations

import re

from mohar.codec.qr import QUIET_ZONE, QrMatrix, encode
from mohar.domain.rendition import Segment
from mohar_renderer_pdf_compiled._sheet import code_operators

_RUN = re.compile(rb"(\d+) (\d+)\.5 m\n(\d+) (\d+)\.5 l\n")


class TestCodeOperators:
    def test_each_dark_run_is_a_move_and_a_line(self) -> None:
        rows = (b"\x01\x01\x00", b"\x00\x00\x00", b"\x01\x00\x01")
        matrix = QrMatrix(version=1, error_correction="M", mask=0, modules=rows)

        assert code_operators(matrix) == (
            b"0 0.5 m\n4 4.5 m\n6 4.5 l\n4 6.5 m\n5 6.5 l\n6 6.5 m\n7 6.5 l\n"
        )

    def test_a_run_that_ends_a_row_does_not_go_on_in_the_next(self) -> None:
        rows = (b"\x00\x01", b"\x01\x00")
        matrix = QrMatrix(version=1, error_correction="M", mask=0, modules=rows)

        assert code_operators(matrix) == b"0 0.5 m\n5 4.5 m\n6 4.5 l\n4 5.5 m\n5 5.5 l\n"

    def test_all_modules_of_a_real_code_are_drawn_and_no_others(self) -> None:
        matrix = encode([Segment(mode="byte", data=bytes(range(200)))])

        drawn = {
            (int(y), x)
            for begin, y, end, _ in _RUN.findall(code_operators(matrix))
            for x in range(int(begin), int(end))
        }

        dark = {
            (y + QUIET_ZONE, x + QUIET_ZONE)
            for y, row in enumerate(matrix.modules)
            for x, cell in enumerate(row)
            if cell
        }
        assert drawn == dark
