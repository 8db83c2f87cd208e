"""What a value of each datatype must look like, said once for composing and for JSON Schema."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, TypeAlias

import msgspec

from mohar.domain.values import JsonObject
from mohar_schema_declared import _dates
from mohar_schema_declared._typefile import Datatype, Term

LARGEST_INTEGER: Final = 2**53 - 1
NO_CONTROL: Final = r"^[^\u0000-\u001F\u007F-\u009F]*$"
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_ESCAPED = re.compile(rb'\\[^"\\]|\x7f|\xc2[\x80-\x9f]')
_BEGINNINGS: Final = (b"\\", b"\x7f", b"\xc2")
_DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_PARTIAL = r"^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$"
_MOMENT = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}"
    r"(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})$"
)
_READS_MOMENT = re.compile(_MOMENT)
_IRI = r"^[A-Za-z][A-Za-z0-9+.-]*:[^\u0000-\u0020<>\"{}|\\^`]+$"
READS_IRI = re.compile(_IRI)
Test: TypeAlias = Callable[[Any], bool]
Misfit: TypeAlias = Callable[[Any], str | None]

_NEEDED: Final[dict[Datatype, str]] = {
    "text": "text",
    "integer": "a whole number",
    "boolean": "true or false",
    "date": "a day YYYY-MM-DD",
    "partial-date": "a date YYYY, YYYY-MM or YYYY-MM-DD",
    "date-time": "a date-time with its offset",
    "iri": "an absolute IRI",
    "text-or-integer": "text or a whole number",
}
_SCHEMAS: Final[dict[Datatype, JsonObject]] = {
    "text": {"type": "string"},
    "integer": {"type": "integer", "minimum": -LARGEST_INTEGER, "maximum": LARGEST_INTEGER},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date", "pattern": _DAY},
    "partial-date": {"type": "string", "pattern": _PARTIAL},
    "date-time": {"type": "string", "format": "date-time", "pattern": _MOMENT},
    "iri": {"type": "string", "pattern": _IRI},
    "text-or-integer": {"type": ["string", "integer"]},
}


def is_unsafe(text: str) -> bool:
    """Say whether a text holds a control character or half a character."""
    return _UNSAFE.search(text) is not None


def holds_no_unsafe_text(tree: JsonObject) -> bool:
    """
    Say of a whole tree that no text in it is unsafe: quick, and False where it cannot tell.

    In its JSON a control character is an escape or one of a few bytes; half a character is none.
    """
    try:
        text = msgspec.json.encode(tree)
    except (UnicodeEncodeError, TypeError):
        return False
    # Most texts hold none of the bytes with which one could begin.
    return not any(each in text for each in _BEGINNINGS) or _ESCAPED.search(text) is None


def misfits(term: Term) -> Misfit:
    """Return a function that says what a value would have to be to fit the term; None if it does."""
    is_of, needed = _test(term.datatype), _NEEDED[term.datatype]
    bounds = _bounds(term)
    if not bounds:
        return lambda value: None if is_of(value) else needed

    def misfit(value: Any) -> str | None:
        if not is_of(value):
            return needed
        return next((must_be for holds, must_be in bounds if not holds(value)), None)

    return misfit


def _bounds(term: Term) -> list[tuple[Test, str]]:
    """The bounds of a term, each with what a value must be; those of texts let numbers pass."""
    codes, longest, least = term.codes, term.max_length, term.minimum
    bounds: list[tuple[Test, str]] = []
    if codes:
        bounds.append((lambda value: value in codes, "one of the codes of this term"))
    if longest is not None:
        most = longest
        bounds.append((lambda value: _is_short(value, most), f"at most {most} characters long"))
    if term.pattern is not None:
        search = re.compile(term.pattern).search
        is_formed: Test = lambda value: not isinstance(value, str) or search(value) is not None  # noqa: E731 -- its type is said where it is made
        bounds.append((is_formed, f"of the form {term.pattern}"))
    if least is not None:
        lowest = least
        bounds.append((lambda value: _is_enough(value, lowest), f"at least {lowest}"))
    return bounds


def _is_short(value: Any, most: int) -> bool:
    return not isinstance(value, str) or len(value) <= most


def _is_enough(value: Any, least: int) -> bool:
    return isinstance(value, str) or value >= least


def scalar_schema(term: Term, *, strict_text: bool) -> JsonObject:
    """Return the JSON Schema of one value of the term."""
    schema = dict(_SCHEMAS[term.datatype])
    if strict_text and term.datatype in {"text", "text-or-integer"}:
        schema["pattern"] = NO_CONTROL
    bounds = {
        "pattern": term.pattern,
        "maxLength": term.max_length,
        "minimum": term.minimum,
        "enum": list(term.codes) or None,
    }
    return schema | {name: bound for name, bound in bounds.items() if bound is not None}


def _test(datatype: Datatype) -> Test:  # noqa: PLR0911 -- one return for each datatype of the language
    match datatype:
        case "boolean":
            return lambda value: isinstance(value, bool)
        case "integer":
            return is_integer
        case "text-or-integer":
            return lambda value: isinstance(value, str) or is_integer(value)
        case "date":
            return lambda value: _dates.day(value) is not None
        case "partial-date":
            return lambda value: _dates.partial(value) is not None
        case "date-time":
            return _is_moment
        case "iri":
            return _is_iri
        case _:
            return lambda value: isinstance(value, str)


def is_integer(value: Any) -> bool:
    """Say whether a value is an integer that every JSON reader keeps exactly."""
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= LARGEST_INTEGER


def _is_moment(value: Any) -> bool:
    return (
        isinstance(value, str)
        and _READS_MOMENT.match(value) is not None
        and _dates.moment(value) is not None
    )


def _is_iri(value: Any) -> bool:
    return isinstance(value, str) and READS_IRI.match(value) is not None
