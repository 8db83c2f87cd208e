"""
How long an SMS is: its alphabet, its characters and the segments that are paid for.

3GPP TS 23.038 §6.2.1 (the GSM 7 bit default alphabet and its extension) and TS 23.040 §9.2.3.24
(concatenation). The tables of national languages, which few gateways use, are not counted with.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Final, Literal

import msgspec

Alphabet = Literal["GSM-7", "UCS-2"]

# TS 23.038 §6.2.1, by code from 0x00; 0x1B leads to the extension and is no character.
_BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
# TS 23.038 §6.2.1.1: each of them is written with two septets.
_EXTENSION: Final = frozenset("\f^{}\\[~]|€")
_ONE: Final[dict[Alphabet, int]] = {"GSM-7": 160, "UCS-2": 70}
_MANY: Final[dict[Alphabet, int]] = {"GSM-7": 153, "UCS-2": 67}
_BEYOND_THE_FIRST_PLANE: Final = 0x10000


class Length(msgspec.Struct, frozen=True, kw_only=True):
    """How long a text is: `units` are septets of GSM-7, or code units of UCS-2."""

    alphabet: Alphabet
    units: int
    segments: int


def length_of(text: str) -> Length:
    """Return how long a text is as an SMS; an empty one is one segment, too."""
    alphabet: Alphabet = "GSM-7" if is_gsm(text) else "UCS-2"
    widths = [_width(letter, alphabet) for letter in text]
    units = sum(widths)
    segments = 1 if units <= _ONE[alphabet] else _packed(widths, _MANY[alphabet])
    return Length(alphabet=alphabet, units=units, segments=segments)


def is_gsm(text: str) -> bool:
    """Say whether every character is in the default alphabet or its extension."""
    return all(letter in _BASIC or letter in _EXTENSION for letter in text)


def plain(letter: str) -> str:
    """Return the same letter within the default alphabet, without its accents, or an asterisk."""
    if is_gsm(letter):
        return letter
    base = "".join(
        each
        for each in unicodedata.normalize("NFKD", letter)
        if unicodedata.category(each)[0] != "M"
    )
    return base if base and is_gsm(base) else "*"


def _width(letter: str, alphabet: Alphabet) -> int:
    if alphabet == "GSM-7":
        return 2 if letter in _EXTENSION else 1
    return 2 if ord(letter) >= _BEYOND_THE_FIRST_PLANE else 1


def _packed(widths: Iterable[int], room: int) -> int:
    """No segment ends in the midst of a character."""
    segments, used = 1, 0
    for width in widths:
        if used + width > room:
            segments, used = segments + 1, 0
        used += width
    return segments
