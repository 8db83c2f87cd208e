"""What makes a JSON-LD document unsafe to sign or to believe, before any of it is expanded."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from math import isfinite
from typing import Any, Final

import msgspec

from mohar.domain.errors import Refused
from mohar.domain.findings import Finding

_DEEPEST: Final = 32
_MOST_VALUES: Final = 2_000
_LARGEST_INTEGER: Final = 2**53 - 1
_CONTROLS: Final = re.compile("[\x00-\x1f\x7f]")
_LONGEST_PATH: Final = 120
_LANGUAGE_KEYS: Final = frozenset({"@value", "@language", "@direction"})

# What the signature does not cover, though all the rest of the document can still be read.
_LOSSES: Final = frozenset({"ld-null", "ld-empty-list", "ld-undefined-term", "ld-not-kept"})


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One unsafe place: what is the matter with the value at a dotted path; never the value."""

    code: str
    message: str
    path: str = ""

    @property
    def is_loss(self) -> bool:
        """Say whether this is only something that no signature would cover."""
        return self.code in _LOSSES

    @property
    def sentence(self) -> str:
        """Return the problem with its place, fit for a screen and a log."""
        return f"{_shown(self.path)}: {self.message}" if self.path else self.message

    def below(self, path: str) -> Problem:
        """Return this problem as one of a part of a larger document."""
        return msgspec.structs.replace(self, path=_joined(path, self.path)) if path else self

    def as_finding(self) -> Finding:
        """Return this as an error about a credential."""
        return Finding(code=self.code, message=self.message, where=_shown(self.path))


class Unsafe(Refused):
    """A document whose canonical form would not mean what its JSON says."""

    code = "ld-unsafe"

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(problem.sentence for problem in problems))
        self.problems = tuple(problems)


def problems(document: dict[str, Any], *, before_signing: bool) -> Sequence[Problem]:
    """Return what is unsafe in the JSON itself, whatever its contexts say."""
    places = list(islice(_walk(document, "", _DEEPEST), _MOST_VALUES + 1))
    if len(places) > _MOST_VALUES:
        return [_told("ld-too-large", f"more than {_MOST_VALUES} values", "")]
    judged = (_of_value(value, path, before_signing=before_signing) for path, value in places)
    return [problem for problem in judged if problem]


def _walk(value: Any, path: str, levels_left: int) -> Iterator[tuple[str, Any]]:
    """Yield each value with its path; `@context` at the top is judged elsewhere."""
    yield path, value if levels_left else _TOO_DEEP
    if not levels_left:
        return
    if _is_told_in_a_language(value):
        yield path, value["@value"]
        return
    if isinstance(value, dict):
        for key, member in value.items():
            if path or key != "@context":
                yield from _member(key, member, path, levels_left)
    elif isinstance(value, list):
        for position, member in enumerate(value):
            yield from _walk(member, _joined(path, str(position)), levels_left - 1)


def _member(key: Any, member: Any, path: str, levels_left: int) -> Iterator[tuple[str, Any]]:
    here = _joined(path, str(key))
    if not isinstance(key, str) or key.startswith("@"):
        yield here, _CONTEXT if key == "@context" else _KEYWORD
    elif isinstance(member, list) and any(isinstance(each, list) for each in member):
        yield here, _NESTED
    else:
        yield from _walk(member, here, levels_left - 1)


def _is_told_in_a_language(value: Any) -> bool:
    """VC 2.0 §11.1: the one use of keywords that plain names cannot replace."""
    return (
        isinstance(value, dict)
        and isinstance(value.get("@value"), str)
        and len(value) > 1
        and value.keys() <= _LANGUAGE_KEYS
        and all(isinstance(each, str) for each in value.values())
    )


class _Mark(msgspec.Struct, frozen=True):
    """Stands for a value that is wrong because of where it is."""

    code: str
    message: str


_TOO_DEEP: Final = _Mark("ld-too-deep", f"nested more than {_DEEPEST} levels deep")
_NESTED: Final = _Mark("ld-nested-list", "a list inside a list has no form in RDF")
_CONTEXT: Final = _Mark("ld-nested-context", "a context below the top of the document")
_KEYWORD: Final = _Mark("ld-keyword", "a JSON-LD keyword as a member; use the plain names")


def _of_value(value: Any, path: str, *, before_signing: bool) -> Problem | None:
    match value:
        case str():
            return _of_text(value, path, before_signing=before_signing)
        case bool() | dict():
            return None
        case int() | float():
            return _of_number(value, path)
        case _:
            return _of_structure(value, path)


def _of_structure(value: Any, path: str) -> Problem | None:
    match value:
        case None:
            return _told("ld-null", "null is covered by no signature; leave the member out", path)
        case list():
            told = "an empty list is covered by no signature; leave the member out"
            return None if value else _told("ld-empty-list", told, path)
        case _Mark():
            return _told(value.code, value.message, path)
        case _:
            return _told("ld-not-json", "this is no JSON value", path)


def _of_text(value: str, path: str, *, before_signing: bool) -> Problem | None:
    if before_signing and _CONTROLS.search(value):
        return _told("ld-control-character", "control characters are not signed", path)
    if not value.isascii() and any("\ud800" <= letter <= "\udfff" for letter in value):
        return _told("ld-surrogate", "half of a surrogate pair stands alone", path)
    return None


def _of_number(value: float, path: str) -> Problem | None:
    if isinstance(value, int):
        told = "an integer beyond 2^53 - 1; use text"
        return _told("ld-number", told, path) if abs(value) > _LARGEST_INTEGER else None
    # Canonical doubles have 16 digits; some doubles need 17, and two of them would look alike.
    if not isfinite(value) or float(f"{value:.15E}") != value:
        return _told("ld-number", "a number that canonical RDF cannot hold exactly; use text", path)
    return None


def _told(code: str, message: str, path: str) -> Problem:
    return Problem(code=code, message=message, path=path)


def _joined(path: str, step: str) -> str:
    return f"{path}.{step}" if path and step else path or step


def _shown(path: str) -> str:
    """Return a path as it may be printed: in a stranger's document keys can be anything."""
    printable = "".join(letter if letter.isprintable() else "?" for letter in path)
    return printable[:_LONGEST_PATH]
