"""Base58btc: the text form of keys and proofs in the DID world."""

from __future__ import annotations

from typing import Final

from mohar.domain.errors import Unreadable

_ALPHABET: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_PAIRS: Final = tuple(first + second for first in _ALPHABET for second in _ALPHABET)
_NO_DIGIT: Final = 255
_DIGITS: Final = bytes(
    _ALPHABET.index(chr(code)) if chr(code) in _ALPHABET else _NO_DIGIT for code in range(256)
)

# The work grows with the square of the length; no key or signature comes near this.
_MAX_LETTERS: Final = 2_000


def encode(data: bytes) -> str:
    """Return `data` as base58btc text."""
    number = int.from_bytes(data)
    pairs: list[str] = []
    while number:
        # Ten letters at a time: long division is what takes the time.
        number, ten = divmod(number, 58**10)
        for _ in range(5):
            ten, pair = divmod(ten, 58**2)
            pairs.append(_PAIRS[pair])
    zeros = len(data) - len(data.lstrip(b"\0"))
    return _ALPHABET[0] * zeros + "".join(reversed(pairs)).lstrip(_ALPHABET[0])


def decode(text: str) -> bytes:
    """
    Return the bytes behind base58btc text.

    Raises:
        Unreadable: a letter outside the alphabet, or a text too long to be a key or a proof.
    """
    if len(text) > _MAX_LETTERS:
        raise Unreadable(f"base58 text of more than {_MAX_LETTERS} letters is not read")
    digits = text.encode("utf-8", "replace").translate(_DIGITS)
    if _NO_DIGIT in digits:
        raise Unreadable("this is not base58btc text: a letter outside its alphabet")
    number = 0
    # Ten letters at a time: long multiplication is what takes the time.
    for start in range(0, len(digits), 10):
        ten = 0
        part = digits[start : start + 10]
        for digit in part:
            ten = ten * 58 + digit
        number = number * 58 ** len(part) + ten
    zeros = len(text) - len(text.lstrip(_ALPHABET[0]))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8)
