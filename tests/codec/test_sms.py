import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mohar.codec.sms import is_gsm, length_of, plain

GSM = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ ¤¡ÄÖÑÜ§¿äöñüàAz09"
TEXTS = st.text(alphabet=st.one_of(st.sampled_from(GSM + "€[]{}"), st.characters()), max_size=400)


class TestLength:
    @pytest.mark.parametrize(
        ("text", "alphabet", "units", "segments"),
        [
            ("", "GSM-7", 0, 1),
            ("a" * 160, "GSM-7", 160, 1),
            ("a" * 161, "GSM-7", 161, 2),
            ("a" * 306, "GSM-7", 306, 2),
            ("a" * 307, "GSM-7", 307, 3),
            ("€" * 80, "GSM-7", 160, 1),
            ("a" * 159 + "€", "GSM-7", 161, 2),
            ("क" * 70, "UCS-2", 70, 1),
            ("क" * 71, "UCS-2", 71, 2),
            ("क" * 134, "UCS-2", 134, 2),
            ("क" * 135, "UCS-2", 135, 3),
            ("a" * 70 + "क", "UCS-2", 71, 2),
            ("😀" * 35, "UCS-2", 70, 1),
        ],
    )
    def test_the_limits_are_those_of_the_standard(
        self, text: str, alphabet: str, units: int, segments: int
    ) -> None:
        found = length_of(text)

        assert (found.alphabet, found.units, found.segments) == (alphabet, units, segments)

    def test_no_segment_ends_in_the_midst_of_a_character(self) -> None:
        """153 is odd, so a segment of two-septet characters has one to spare, as 67 has for pairs."""
        assert length_of("€" * 76 * 2).segments == 2
        assert length_of("€" * 153).segments == 3
        assert length_of("😀" * 67).segments == 3

    @given(TEXTS)
    @settings(max_examples=150, deadline=None)
    def test_segments_hold_all_units_and_few_more(self, text: str) -> None:
        found = length_of(text)
        room = 153 if found.alphabet == "GSM-7" else 67

        assert found.segments * room >= found.units or found.segments == 1
        assert (found.segments - 1) * (room - 1) <= found.units

    @given(TEXTS, TEXTS)
    @settings(max_examples=100, deadline=None)
    def test_a_longer_text_is_never_shorter(self, text: str, more: str) -> None:
        one, both = length_of(text), length_of(text + more)

        assert one.alphabet == "UCS-2" or both.units >= one.units
        assert both.segments >= one.segments

    @given(st.characters())
    @settings(max_examples=200, deadline=None)
    def test_what_is_made_plain_is_in_the_alphabet(self, letter: str) -> None:
        assert is_gsm(plain(letter))

    @pytest.mark.parametrize(("letter", "made"), [("Ś", "S"), ("é", "é"), ("ब", "*"), ("A", "A")])
    def test_a_letter_keeps_what_it_can(self, letter: str, made: str) -> None:
        assert plain(letter) == made
