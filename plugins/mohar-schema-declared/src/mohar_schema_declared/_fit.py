"""What a value of each datatype must look like, said once for composing and for JSON Schema."""

from __future__ import annotations

import re
from typing import Any, Final

from mohar.domain.values import JsonObject
from mohar_schema_declared import _dates
from mohar_schema_declared._typefile import Datatype, Term

LARGEST_INTEGER: Final = 2**53 - 1
NO_CONTROL: Final = r"^[^\u0000-\u001F\u007F-\u009F]*$"
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_PARTIAL = r"^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$"
_MOMENT = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}"
    r"(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})$"
)
_IRI = r"^[A-Za-z][A-Za-z0-9+.-]*:[^\u0000-\u0020<>\"{}|\\^`]+$"

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


def misfit(term: Term, value: Any) -> str | None:
    """Return what the value would have to be where it does not fit the term, else None."""
    if not _is_of(term.datatype, value):
        return _NEEDED[term.datatype]
    if term.codes and value not in term.codes:
        return "one of the codes of this term"
    return _out_of_bounds(term, value)


def _out_of_bounds(term: Term, value: Any) -> str | None:
    if isinstance(value, str):
        if term.max_length is not None and len(value) > term.max_length:
            return f"at most {term.max_length} characters long"
        if term.pattern is not None and re.search(term.pattern, value) is None:
            return f"of the form {term.pattern}"
    elif term.minimum is not None and value < term.minimum:
        return f"at least {term.minimum}"
    return None


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


def _is_of(datatype: Datatype, value: Any) -> bool:
    if datatype == "boolean":
        return isinstance(value, bool)
    if datatype == "integer" or (datatype == "text-or-integer" and not isinstance(value, str)):
        return is_integer(value)
    return isinstance(value, str) and _reads_as(datatype, value)


def is_integer(value: Any) -> bool:
    """Say whether a value is an integer that every JSON reader keeps exactly."""
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= LARGEST_INTEGER


def _reads_as(datatype: Datatype, text: str) -> bool:
    match datatype:
        case "date":
            return _dates.day(text) is not None
        case "partial-date":
            return _dates.partial(text) is not None
        case "date-time":
            return re.match(_MOMENT, text) is not None and _dates.moment(text) is not None
        case "iri":
            return re.match(_IRI, text) is not None
        case _:
            return True
