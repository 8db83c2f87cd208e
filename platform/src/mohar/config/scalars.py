"""What a plain scalar means: YAML 1.2 core schema, except that leading zeros stay text."""

from __future__ import annotations

import re
from typing import Final

ScalarValue = str | int | float | bool | None

_WORDS: Final[dict[str, ScalarValue]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
# YAML 1.2.2 §10.3.2, with `0|[1-9][0-9]*` in place of `[0-9]+`: a code such as 011001 is no number.
_DECIMAL: Final = re.compile(r"[-+]?(?:0|[1-9][0-9]*)", re.ASCII)
_LEADING_ZERO: Final = re.compile(r"[-+]?0[0-9]+", re.ASCII)
_OCTAL: Final = re.compile(r"0o[0-7]+", re.ASCII)
_HEXADECIMAL: Final = re.compile(r"0x[0-9a-fA-F]+", re.ASCII)
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", re.ASCII)
_INFINITE: Final = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)", re.ASCII)
_MAY_BEGIN_A_NUMBER: Final = frozenset("-+.0123456789")
_LONGEST: Final = 64


def resolved(text: str) -> ScalarValue:
    """
    Return the value that a plain scalar stands for.

    Raises:
        ValueError: a number that is too long, or too large, to be kept exactly as written.
    """
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _MAY_BEGIN_A_NUMBER:
        return text
    if _LEADING_ZERO.fullmatch(text) or not _is_number(text):
        return text
    if len(text) > _LONGEST:
        raise ValueError("the number is too long; put it in quotes if it is a code")
    return _number(text)


def _is_number(text: str) -> bool:
    return any(form.fullmatch(text) for form in (_OCTAL, _HEXADECIMAL, _FLOAT, _INFINITE))


def _number(text: str) -> int | float:
    if _DECIMAL.fullmatch(text):
        return int(text)
    if _OCTAL.fullmatch(text) or _HEXADECIMAL.fullmatch(text):
        return int(text, 0)
    if _INFINITE.fullmatch(text):
        return float(text.replace(".", ""))
    if (number := float(text)) in (float("inf"), float("-inf")):
        raise ValueError("the number is too large; write .inf if you mean infinity")
    return number
