"""The text of a card's QR code: `shc:/` and two digits for each character of the JWS."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from mohar.domain.errors import Unreadable

PREFIX: Final = "shc:/"
# The SMART Health Cards Framework: what a symbol of version 22 holds at the lowest correction.
MOST_CHARACTERS: Final = 1_195

_TEXT: Final = re.compile(r"shc:/(?:([0-9]{1,2})/([0-9]{1,2})/)?([0-9]+)", re.ASCII)
_FIRST: Final = ord("-")
_LARGEST_PAIR: Final = ord("z") - _FIRST


def digits(jws: str) -> str:
    """Return the digits of a JWS: each character as its code less 45, with two digits."""
    return "".join(f"{ord(character) - _FIRST:02d}" for character in jws)


def read(text: str) -> Sequence[str]:
    """
    Return the JWS of each card in a text of QR codes, with white space between the codes.

    A code `shc:/C/N/…` is one part of a card; the parts may come in any order.

    Raises:
        Unreadable: no such codes, an odd or impossible digit, or a part that is missing, comes
            twice, or belongs to another card.
    """
    whole: list[str] = []
    parts: list[tuple[int, int, str]] = []
    for code in text.split():
        match = _TEXT.fullmatch(code)
        if match is None:
            raise Unreadable("a code of a health card is shc:/ and digits, or shc:/1/2/ and digits")
        number, total, written = match.groups()
        if number is None:
            whole.append(_characters(written))
        else:
            parts.append((int(number), int(total), _characters(written)))
    return [*whole, _joined(parts)] if parts else whole


def _characters(written: str) -> str:
    if len(written) % 2:
        raise Unreadable("a health card's code has an odd number of digits: it is cut or damaged")
    pairs = [int(written[at : at + 2]) for at in range(0, len(written), 2)]
    if max(pairs) > _LARGEST_PAIR:
        raise Unreadable(f"a health card's code has a pair of digits beyond {_LARGEST_PAIR}")
    return "".join(chr(pair + _FIRST) for pair in pairs)


def _joined(parts: Sequence[tuple[int, int, str]]) -> str:
    total, *others = {total for _, total, _ in parts}
    if others:
        raise Unreadable("these codes are parts of different health cards")
    by_number: Mapping[int, str] = {number: text for number, _, text in parts}
    if len(by_number) < len(parts):
        raise Unreadable("the same part of a health card comes twice")
    expected = range(1, total + 1)
    if not by_number.keys() <= set(expected):
        raise Unreadable(f"a part of a health card is numbered beyond its {total} parts")
    missing = [number for number in expected if number not in by_number]
    if missing:
        told = ", ".join(map(str, missing))
        raise Unreadable(f"of {total} codes of a health card these are missing: {told}; scan all")
    return "".join(by_number[number] for number in expected)
