"""Documents at random in a learnt outline, tame and hostile, to hold a plan against its reference."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random
from typing import Any, Final

from mohar.domain.values import JsonObject
from mohar_format_ld._probe import Described, Entry

_TEXTS: Final = (
    "",
    " ",
    "Meera",
    "मीरा",
    "مريم \u200f(1)",
    "😀",
    "\uff21",
    'the "one"',
    '" .\n_:a <urn:x> "',
    "back\\slash",
    "two\nlines\r",
    "tab\t\x00\x7f\u0085",
    "_:a ",
    "_:z .",
    "{v}",
    "urn:a:b",
    "12",
    "true",
    "\ud800",
)
_IRIS: Final = (
    "did:web:example.org",
    "https://example.org/?q=1#part",
    "urn:uuid:00000000-0000-8000-8000-000000000000",
    "urn:मीरा:x",
)
_NO_IRIS: Final = ("", "one", "_:b0", "urn:a b", "urn:x> <urn:y", "a:\u00a0", "@id", "../x")
_NUMBERS: Final = (0, 1, -1, 7, 2**53 - 1, 2**53, -(2**53), 10**21, 10**30)
_ODD: Final[tuple[Any, ...]] = (
    None,
    [],
    {},
    [[]],
    1.5,
    7.0,
    {"@value": "x"},
    [None],
    ["a", "a"],
    [{}],
)


class Fills:
    """Makes documents. The same seed makes the same ones."""

    def __init__(self, described: Described, contexts: Any, seed: int) -> None:
        self._described = described
        self._contexts = contexts
        self._chance = Random(seed)  # noqa: S311 -- variety is wanted here, not secrecy

    def tame(self) -> JsonObject:
        """Return a document with every member, and nothing unusual in it."""
        return self._document(0.0)

    def hostile(self, count: int) -> Iterator[JsonObject]:
        """Yield documents with members missing, doubled, empty, of wrong kinds, and odd texts."""
        for _ in range(count):
            yield self._document(self._chance.choice((0.01, 0.05, 0.2)))

    def _document(self, harm: float) -> JsonObject:
        return {"@context": self._contexts, **self._node(self._described, harm)}

    def _node(self, node: Described, harm: float) -> JsonObject:
        made: JsonObject = {}
        if node.types is not None and not self._happens(harm / 4):
            made["type"] = list(node.types) if isinstance(node.types, tuple) else node.types
        if node.id_name and not self._happens(harm):
            made[node.id_name] = self._iri(harm)
        entries = [entry for found in node.members.values() for entry in found]
        self._chance.shuffle(entries)
        for entry in entries:
            if not self._happens(harm * 2):
                made[entry.name] = self._member(entry, harm)
        return made

    def _member(self, entry: Entry, harm: float) -> Any:
        if self._happens(harm / 8):
            return self._chance.choice(_ODD)
        if self._happens(harm):
            return [self._item(entry, harm) for _ in range(self._chance.randint(1, 3))]
        return self._item(entry, harm)

    def _item(self, entry: Entry, harm: float) -> Any:
        choices: Sequence[Any] = [*entry.forms, *entry.terms, *entry.nodes.values()]
        chosen = self._chance.choice(choices)
        if isinstance(chosen, Described):
            return self._node(chosen, harm)
        if self._happens(harm / 4):
            return self._chance.choice(_TEXTS)
        match chosen:
            case "text":
                is_iri = entry.forms["text"].is_iri
                return self._iri(harm) if is_iri else self._text(harm)
            case "whole":
                return self._chance.choice(_NUMBERS if self._happens(harm) else _NUMBERS[:5])
            case "truth":
                return self._happens(0.5)
            case term:
                return term

    def _text(self, harm: float) -> str:
        if self._happens(harm * 2):
            return self._chance.choice(_TEXTS)
        return f"value {self._chance.random()}"

    def _iri(self, harm: float) -> str:
        if self._happens(harm / 4):
            return self._chance.choice(_NO_IRIS)
        if self._happens(harm * 2):
            return self._chance.choice(_IRIS)
        return f"urn:example:{self._chance.random()}"

    def _happens(self, probability: float) -> bool:
        return self._chance.random() < probability
