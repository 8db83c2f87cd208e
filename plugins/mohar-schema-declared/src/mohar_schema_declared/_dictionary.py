"""
Write down what all documents of a type say alike: what a QR code need not carry.

A deflated document points into this text wherever it repeats it. What is likeliest stands last,
because near places are told in fewer bits.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec

from mohar.domain.valueset import Entry, ValueSet
from mohar_schema_declared._converters import Join, Lookup
from mohar_schema_declared._frame import entry_member
from mohar_schema_declared._typefile import Term, TypeFile, Value

# How values begin that the issuing side gives.
_BEGINNINGS: Final = {
    "issue.subject": "urn:uuid:",
    "issue.issuer": "did:web:",
    "issue.public_url": "https://",
    "issue.status.list_url": "https://",
    "issue.status.purpose": "revocation",
}
_CENTURY: Final = "20"


def dictionary(type_file: TypeFile, sets: Sequence[ValueSet]) -> bytes:
    """Return the dictionary of a type: the same bytes for the same type file and value sets."""
    named = {part.name: found for part, found in zip(type_file.value_sets, sets, strict=True)}
    context = _json([*type_file.context.base, f"/{type_file.name}/{type_file.version}"])
    start = "" if type_file.is_plain else f'"@context":{context},'
    pieces = [*_entries(type_file.members, named), "{", start, *_object(type_file.members)]
    return "".join(pieces).encode()


def _entries(members: Sequence[Term], named: Mapping[str, ValueSet]) -> Iterator[str]:
    """Give what members say that are looked up: together for each entry, the first entry last."""
    for term in members:
        yield from _entries(term.members, named)
    for name, found in named.items():
        for entry in reversed(found.entries):
            yield "".join(_looked_up(members, name, entry))


def _looked_up(members: Sequence[Term], name: str, entry: Entry) -> Iterator[str]:
    for term in members:
        takes = [take for source in term.sources() for take in _takes(source, name)]
        value = next((said for take in takes if (said := entry_member(entry, take))), None)
        if isinstance(value, str | int):
            yield f'"{term.term}":{_json(value)},'


def _takes(source: Value, name: str) -> Iterator[str]:
    for converter in source.with_:
        if isinstance(converter, Lookup) and converter.set == name and converter.at is None:
            yield converter.take


def _object(members: Sequence[Term]) -> Iterator[str]:
    written = [term for term in members if not term.unused]
    for number, term in enumerate(written):
        yield f'{"," if number else ""}"{term.term}":'
        yield from _value(term)


def _value(term: Term) -> Iterator[str]:
    opening, closing = ("[", "]") if term.repeated or term.listed else ("", "")
    yield opening
    if term.listed:
        for each in term.members:
            yield from _value(each)
    elif term.members:
        yield "{"
        yield from _object(term.members)
        yield "}"
    else:
        yield _scalar(term)
    yield closing


def _scalar(term: Term) -> str:
    if term.const is not msgspec.UNSET:
        return _json(term.const)
    if term.codes:
        return ",".join(_json(code) for code in reversed(term.codes))
    if term.datatype in {"integer", "boolean"}:
        return ""
    return f'"{_beginning(term)}"'


def _beginning(term: Term) -> str:
    if term.datatype in {"date", "date-time"}:
        return _CENTURY
    joined = [each for each in term.with_ if isinstance(each, Join)]
    texts = "".join(piece.text for join in joined for piece in join.after)
    return _BEGINNINGS.get(term.from_ or "", "") + texts


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
