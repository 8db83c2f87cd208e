"""Numbers in the digits of a language, where a deployment wants them."""

from __future__ import annotations

from typing import Final, Literal

from babel import Locale, UnknownLocaleError

Digits = Literal["latn", "native"]

# CLDR common/supplemental/numberingSystems.xml: the digit zero of each decimal system that is some
# locale's default; the other nine follow it.
_ZERO: Final = {
    "adlm": 0x1E950,
    "arab": 0x0660,
    "arabext": 0x06F0,
    "beng": 0x09E6,
    "cakm": 0x11136,
    "deva": 0x0966,
    "gujr": 0x0AE6,
    "guru": 0x0A66,
    "hmnp": 0x1E140,
    "khmr": 0x17E0,
    "knda": 0x0CE6,
    "laoo": 0x0ED0,
    "mlym": 0x0D66,
    "mtei": 0xABF0,
    "mymr": 0x1040,
    "nkoo": 0x07C0,
    "olck": 0x1C50,
    "orya": 0x0B66,
    "rohg": 0x10D30,
    "tamldec": 0x0BE6,
    "telu": 0x0C66,
    "thai": 0x0E50,
    "tibt": 0x0F20,
}


def locale_of(language: str) -> Locale | None:
    """Return what CLDR knows of a language, or None where it knows nothing."""
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return None


def in_digits(text: str, language: str, digits: Digits) -> str:
    """
    Return a text with the digits of a language: those of its CLDR default, if they are `native`.

    A language whose default is the Latin ones, or that CLDR does not know, keeps those.
    """
    locale = locale_of(language) if digits == "native" else None
    zero = _ZERO.get(str(locale.default_numbering_system)) if locale else None
    if zero is None:
        return text
    return text.translate({ord("0") + value: zero + value for value in range(10)})
