"""Which texts their glyphs tell by themselves."""

from __future__ import annotations

import unicodedata

from mohar_renderer_pdf.textlayer import is_plain


class TestIsPlain:
    def test_of_ascii_all_but_what_has_a_mirror_image(self) -> None:
        told = {letter for letter in map(chr, range(128)) if is_plain(f"a{letter}b")}

        assert told == {each for each in map(chr, range(128)) if not unicodedata.mirrored(each)}

    def test_a_bracket_beside_a_letter_beyond_ascii(self) -> None:
        assert is_plain("José")
        assert not is_plain("José (Pune)")
