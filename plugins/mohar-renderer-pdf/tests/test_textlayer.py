"""The text layer as another plugin uses it: words in, bytes of PDF syntax out."""

from __future__ import annotations

import struct
from collections import Counter
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mohar_renderer_pdf._fontdate import checksum, undated
from mohar_renderer_pdf.textlayer import (
    Direction,
    Place,
    UnseenFont,
    UnseenLine,
    chunks,
    is_plain,
    is_unseen,
    silent,
    structure_entries,
    text_string,
)

MARKS: Final = dict.fromkeys(map(ord, "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e"))
MARKS_2: Final = dict.fromkeys(map(ord, "\u2066\u2067\u2068\u2069"))
PLACE: Final = Place(x=10, y=20, width=100, font_size=12)
URDU: Final = "\u0622\u0634\u0627"
MIXED_SCRIPTS: Final = st.text(st.sampled_from("ab 1(،)\u0622\u0634\u064f\u065b\u0915\u200f😀"))


def _bare(text: str) -> str:
    return "".join(text.translate(MARKS).translate(MARKS_2).split())


class TestChunks:
    @given(text=MIXED_SCRIPTS)
    @settings(max_examples=60, deadline=None)
    def test_they_hold_the_words_of_a_text_in_their_order(self, text: str) -> None:
        words = [word for chunk in chunks(text) for word in chunk.text.split()]

        assert words == text.translate(MARKS).translate(MARKS_2).split()

    @given(text=MIXED_SCRIPTS, on_right_to_left=st.booleans())
    @settings(max_examples=60, deadline=None)
    def test_their_letters_are_the_text_s_and_no_others(
        self, text: str, *, on_right_to_left: bool
    ) -> None:
        letters = "".join(
            chunk.letters(on_right_to_left=on_right_to_left) for chunk in chunks(text)
        )

        assert Counter(_bare(letters)) == Counter(_bare(text))

    def test_each_is_of_one_direction(self) -> None:
        found = [(each.text, each.is_right_to_left) for each in chunks(f"a (b) {URDU} {URDU} 12")]

        assert found == [("a (b)", False), (f"{URDU} {URDU}", True), ("12", False)]


class TestWords:
    def test_latin_tells_itself_and_a_bracket_does_not(self) -> None:
        assert is_plain("Zoë, 02-03-2021")
        assert not is_plain("(Zoë)")
        assert not is_plain("आशा")

    def test_what_runs_right_to_left_and_emoji_go_unseen(self) -> None:
        assert is_unseen(f"a {URDU}")
        assert is_unseen("a 😀")
        assert not is_unseen("आशा a 1")

    def test_a_text_string_is_utf_16_and_no_text_is_too_odd(self) -> None:
        assert text_string("अ😀") == b"<FEFF0905D83DDE00>"
        assert text_string("\ud800").startswith(b"<FEFF")

    def test_silent_glyphs_say_something_that_is_no_letter(self) -> None:
        assert silent() == b"<FEFF0009>"

    def test_an_element_tells_another_language_and_unseen_words(self) -> None:
        assert structure_entries("Asha", "en", "en") == {}
        assert structure_entries("आशा", "hi", "en") == {"Lang": text_string("hi")}
        assert structure_entries(URDU, "ur", "en") == {
            "Lang": text_string("ur"),
            "ActualText": text_string(URDU),
        }


class TestDirection:
    def test_a_page_without_unseen_words_needs_no_marks(self) -> None:
        direction = Direction.of(["Asha"], [], is_right_to_left=False)

        assert direction.written(UnseenFont(), PLACE) == b""
        assert direction.actual_text("Asha", is_in_turned=False) is None
        assert direction.actual_text("आशा", is_in_turned=False) == "आशा"

    @pytest.mark.parametrize("turned", [True, False])
    def test_a_page_that_is_mostly_of_the_other_direction_gets_marks(self, *, turned: bool) -> None:
        line = UnseenLine(text=URDU, place=PLACE)
        other = ["a" * 100] if turned else []
        lines = [line] if turned else [line] * 50

        direction = Direction.of(other, lines, is_right_to_left=turned)

        assert len(direction.marks) > 50
        assert set(direction.marks) == {"\u200f" if turned else "\u200e"}


class TestUnseen:
    def test_a_line_is_an_artifact_that_draws_nothing(self) -> None:
        font = UnseenFont()
        line = UnseenLine(text=f"{URDU} Asha", place=PLACE)
        direction = Direction.of([], [line], is_right_to_left=True)

        written = line.written(font, direction)

        assert written.startswith(b"/Artifact BMC q BT 3 Tr")
        assert written.endswith(b"ET Q EMC")
        assert font.is_used

    @given(text=MIXED_SCRIPTS, width=st.floats(0, 1e4), size=st.floats(1, 200))
    @settings(max_examples=60, deadline=None)
    def test_every_letter_has_a_code(self, text: str, width: float, size: float) -> None:
        font = UnseenFont()
        line = UnseenLine(text=text, place=Place(x=0, y=0, width=width, font_size=size))
        line.written(font, Direction.of([], [line], is_right_to_left=True))

        cmap = font.to_unicode()

        assert all(text_string(letter)[5:-1] in cmap for letter in _bare(text))
        assert len(font.glyph_of_each_code()) % 2 == 0

    def test_its_font_file_adds_up(self) -> None:
        program = UnseenFont.program()

        count = struct.unpack_from(">H", program, 4)[0]
        for entry in range(12, 12 + 16 * count, 16):
            tag, total, offset, length = struct.unpack_from(">4sLLL", program, entry)
            assert checksum(program[offset : offset + length]) == total, tag


class TestUndated:
    def test_a_font_is_dated_by_its_making_and_adds_up(self) -> None:
        program = bytearray(UnseenFont.program())
        offset = program.index(b"\x5f\x0f\x3c\xf5") - 12
        program[offset + 28 : offset + 36] = (3_900_000_000).to_bytes(8)

        font = undated(bytes(program))

        assert font[offset + 28 : offset + 36] == bytes(8)
        assert checksum(font) == 0xB1B0AFBA

    @given(content=st.binary(max_size=80))
    @settings(max_examples=40, deadline=None)
    def test_what_is_no_font_is_left_as_it_is(self, content: bytes) -> None:
        assert undated(content) == content


class TestCopy:
    def test_a_copy_of_the_unseen_font_goes_on_by_itself(self) -> None:
        """
        Letters that both had before keep their codes; what one learns later the other never hears of.
        """
        font = UnseenFont()
        before = font.encoded("ab")
        copy = font.copy()
        copy.encoded("z")

        assert copy.encoded("ab") == font.encoded("ab") == before
        assert b"<007A>" in copy.to_unicode()
        assert b"<007A>" not in font.to_unicode()
