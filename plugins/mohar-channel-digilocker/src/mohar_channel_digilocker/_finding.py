"""Find the one credential that a request is about, by the match of its type of document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any, Final

from mohar.domain.access import Actor
from mohar.domain.values import at_path
from mohar.plugin import Credentials, Lookup, Match
from mohar_channel_digilocker._reading import Asked
from mohar_channel_digilocker._settings import Clue, Document

_LARGEST_KEY: Final = 18


class Finding:
    """
    Looks credentials up for a door.

    What does not match and what is not there are one answer, of the same questions to the store.
    """

    def __init__(self, credentials: Credentials, actor: Actor) -> None:
        self._credentials = credentials
        self._actor = actor

    def by_match(self, document: Document, asked: Asked) -> Match | None:
        """Return what the request's own values are all true of. Raises Unavailable."""
        if any(not asked.detail(clue.element) for clue in _demanded(document)):
            return None
        found: dict[str, Match] = {}
        for clues in _ways(document):
            if all(asked.detail(clue.element) for clue in clues):
                found |= {
                    each.credential_id: each for each in self._matching(document, clues, asked)
                }
        return _latest(document, list(found.values()))

    def by_id(self, document: Document, doc_id: str) -> Match | None:
        """Return what the number of any revision leads to. Raises Unavailable."""
        wanted = Lookup(kind=document.kind, credential_id=doc_id)
        found = self._credentials.look_up(self._actor, wanted)
        return found[-1] if found else None

    def _matching(self, document: Document, clues: Sequence[Clue], asked: Asked) -> Iterator[Match]:
        parts = [clue for clue in clues if clue.to == "part"]
        for wanted in _lookups(document.kind, [c for c in clues if c.to != "part"], asked):
            for match in self._credentials.look_up(self._actor, wanted):
                if all(_is_same(value_of(document, match, c.name), c, asked) for c in parts):
                    yield match


def value_of(document: Document, match: Match, path: str) -> Any:
    """Return what stands at a path of the document, or of another body that tells it."""
    own = [each for each in match.secured if each.body == document.body]
    others = [each for each in match.secured if each.body != document.body]
    for secured in (*own, *others):
        value = at_path(secured.document, path)
        if value is not None:
            return value
    return None


def _demanded(document: Document) -> list[Clue]:
    return [clue for clue in document.match if clue.element not in document.enough]


def _ways(document: Document) -> Iterator[list[Clue]]:
    """Each of those that are enough is asked for by itself, beside all that are demanded."""
    demanded = _demanded(document)
    enough = [clue for clue in document.match if clue.element in document.enough]
    yield from ([*demanded, each] for each in enough)
    if not enough:
        yield demanded


def _lookups(kind: str, clues: Sequence[Clue], asked: Asked) -> Iterator[Lookup]:
    """One for each way in which a record may have what was sent."""
    for values in product(*(_forms(clue, asked.detail(clue.element)) for clue in clues)):
        told = list(zip(clues, values, strict=True))
        key: Mapping[str, Any] = {c.name: _keyed(c, v) for c, v in told if c.to == "key"}
        handles = {c.name: v for c, v in told if c.to == "handle"}
        group = next((v for c, v in told if c.to == "group"), "")
        number = next((v for c, v in told if c.to == "id"), "")
        if number and not (number.isascii() and number.isalnum()):
            continue
        if group or number or key or handles:
            yield Lookup(kind=kind, credential_id=number, group=group, key=key, handles=handles)


def _forms(clue: Clue, text: str) -> Sequence[str]:
    if clue.last_digits is None:
        return [text]
    digits = "".join(each for each in text if each in "0123456789")
    # Fewer digits are no number of that sort, and must not find one that ends with them.
    if len(digits) < clue.last_digits:
        return []
    return [prefix + digits[-clue.last_digits :] for prefix in clue.prefixes]


def _keyed(clue: Clue, text: str) -> str | int:
    is_number = text.isascii() and text.isdecimal() and len(text) <= _LARGEST_KEY
    return int(text) if clue.number and is_number else text


def _is_same(value: Any, clue: Clue, asked: Asked) -> bool:
    if value is None or isinstance(value, dict | list):
        return False
    given, kept = (_plain(each) for each in (asked.detail(clue.element), str(value)))
    return given == kept != ""


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def _latest(document: Document, found: Sequence[Match]) -> Match | None:
    """The store answers with the newest last; a number at the path says more, where there is one."""
    if not found:
        return None
    newest_first = list(reversed(found))
    return max(newest_first, key=lambda match: _rank(value_of(document, match, document.latest)))


def _rank(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
