"""
Learn, by asking, what the careful path makes of a document of some outline.

One document with every member is filled with values that occur once, taken the careful way, and
each value is looked up in the quads that come out: under which predicate it stands, of which node,
written how. No rule of JSON-LD is told a second time here; what cannot be found again is unfit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

import msgspec

from mohar.domain.values import JsonObject
from mohar_format_ld._canonical import Quad
from mohar_format_ld._outline import Member, Outline, TypeName, Unusual

_RDF_TYPE: Final = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
_DOUBLE: Final = "^^<http://www.w3.org/2001/XMLSchema#double>"
_JSON: Final = "^^<http://www.w3.org/1999/02/22-rdf-syntax-ns#JSON>"
_TEXT: Final = "urn:mohar:probe:{:06d}"
_FIRST_WHOLE: Final = 70_001_000_000

Ask: TypeAlias = Callable[[JsonObject], Sequence[Quad]]
Path: TypeAlias = tuple[Any, ...]
"""The names on the way to a member, each inner node by its name and its types."""


class Form(msgspec.Struct, frozen=True):
    """How a kind of value is written: what stands before it and what after it."""

    before: str
    after: str

    @property
    def is_iri(self) -> bool:
        """Say whether the value is an IRI rather than a literal."""
        return self.before == "<"


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One member: how each kind of its values is written, what its terms mean, and its nodes."""

    name: str
    forms: Mapping[str, Form]
    terms: Mapping[str, str]
    nodes: Mapping[TypeName, Described]


class Described(msgspec.Struct, frozen=True, kw_only=True):
    """
    A node: its types as terms of RDF, and its members by their predicates.

    `id_name` is the member that names the node; empty where none was seen.
    """

    types: TypeName
    type_terms: tuple[str, ...]
    id_name: str
    members: Mapping[str, tuple[Entry, ...]]


def learn(outline: Outline, contexts: Any, ask: Ask) -> Described:
    """
    Return what the careful path makes of documents of this outline; `ask` takes that path.

    Raises:
        Unusual: some of it depends on more than its place, or has no place in the quads.
    """
    return _Probe(outline, contexts, ask).learn()


class _Probe:
    def __init__(self, outline: Outline, contexts: Any, ask: Ask) -> None:
        self._outline = outline
        self._contexts = contexts
        self._ask = ask
        self._marks = 0
        self._placed: dict[Path, Any] = {}
        self._quads: Sequence[Quad] = ()
        self._used = 0

    def learn(self) -> Described:
        self._quads = self._ask(self._document(()))
        if any(quad[3] for quad in self._quads) or len(set(self._quads)) < len(self._quads):
            raise Unusual
        _, described = self._described(self._outline, ())
        if self._used != len(self._quads):
            raise Unusual
        return described

    def _document(self, extra: Path, value: Any = None) -> JsonObject:
        """Return the probe; `extra` is the path of one member that also has another value."""
        self._marks = 0
        return {"@context": self._contexts, **self._filled(self._outline, (), extra, value)}

    def _filled(self, node: Outline, path: Path, extra: Path, value: Any) -> JsonObject:
        filled: JsonObject = {}
        if node.types is not None:
            filled["type"] = list(node.types) if isinstance(node.types, tuple) else node.types
        for name, member in node.members.items():
            here = (*path, name)
            items = [*self._items(member, here, extra, value)]
            if here == extra:
                items.append(value)
            if items:
                filled[name] = items if len(items) > 1 else items[0]
        return filled

    def _items(self, member: Member, path: Path, extra: Path, value: Any) -> Iterator[Any]:
        for kind in sorted(member.kinds - {"truth"}):
            self._marks += 1
            mark = _TEXT.format(self._marks) if kind == "text" else _FIRST_WHOLE + self._marks
            self._placed[*path, kind] = mark
            yield mark
        for types, node in member.nodes.items():
            yield self._filled(node, (*path, types), extra, value)

    def _described(self, node: Outline, path: Path) -> tuple[str, Described]:
        """Return the node's own term, and what is said of it."""
        inner = {
            (name, types): self._described(child, (*path, name, types))
            for name, member in node.members.items()
            for types, child in member.nodes.items()
        }
        id_name, subject = self._subject(node, path, [term for term, _ in inner.values()])
        entries: dict[str, list[Entry]] = {}
        for name, member in node.members.items():
            if name == id_name:
                continue
            nodes = {types: inner[name, types] for types in member.nodes}
            predicate, entry = self._entry(subject, (*path, name), member, nodes)
            entries.setdefault(predicate, []).append(entry)
        types = self._type_terms(subject)
        described = Described(
            types=node.types,
            type_terms=types,
            id_name=id_name,
            members={predicate: tuple(found) for predicate, found in entries.items()},
        )
        return subject, described

    def _subject(self, node: Outline, path: Path, inner: Sequence[str]) -> tuple[str, str]:
        is_alone = len(node.members) == 1 and node.types is None
        for name, member in node.members.items():
            mark = f"<{self._placed.get((*path, name, 'text'))}>"
            if any(mark in (quad[0], is_alone and quad[2]) for quad in self._quads):
                if member.kinds != {"text"} or member.nodes:
                    raise Unusual
                return name, mark
        marks = [
            self._written(self._placed[*path, name, kind])
            for name, member in node.members.items()
            for kind in member.kinds - {"truth"}
        ]
        subjects = {quad[0] for quad in self._quads if quad[2] in inner}
        subjects |= {quad[0] for quad in self._quads if any(mark in quad[2] for mark in marks)}
        if len(subjects) != 1:
            raise Unusual
        return "", subjects.pop()

    def _written(self, mark: Any) -> str:
        return mark if isinstance(mark, str) else str(mark)

    def _entry(
        self,
        subject: str,
        path: Path,
        member: Member,
        nodes: Mapping[TypeName, tuple[str, Described]],
    ) -> tuple[str, Entry]:
        predicates: set[str] = set()
        forms: dict[str, Form] = {}
        for kind in sorted(member.kinds - {"truth"}):
            quad = self._one(subject, self._written(self._placed[*path, kind]))
            forms[kind] = _form(quad[2], self._written(self._placed[*path, kind]), kind)
            predicates.add(quad[1])
        for term, _ in nodes.values():
            predicates.add(self._link(subject, term))
        terms = self._terms(subject, path, member, forms)
        if "truth" in member.kinds:
            predicate, written = self._extra(subject, path, True)
            forms["truth"] = _form(written, "true", "truth")
            predicates.add(predicate)
        if len(predicates) != 1 or _RDF_TYPE in predicates:
            raise Unusual
        # An issuer is looked for among the ids by its very text.
        if path == ("issuer",) and (terms or ("text" in forms and not forms["text"].is_iri)):
            raise Unusual
        described = {types: child for types, (_, child) in nodes.items()}
        entry = Entry(name=path[-1], forms=forms, terms=terms, nodes=described)
        return predicates.pop(), entry

    def _terms(
        self, subject: str, path: Path, member: Member, forms: Mapping[str, Form]
    ) -> Mapping[str, str]:
        if not member.terms or not forms["text"].is_iri:
            return {}
        return {term: self._extra(subject, path, term)[1] for term in sorted(member.terms)}

    def _one(self, subject: str, mark: str) -> Quad:
        found = [quad for quad in self._quads if mark in quad[2]]
        if len(found) != 1 or found[0][0] != subject:
            raise Unusual
        self._used += 1
        return found[0]

    def _link(self, subject: str, term: str) -> str:
        found = [quad for quad in self._quads if quad[2] == term]
        if len(found) != 1 or found[0][0] != subject:
            raise Unusual
        self._used += 1
        return found[0][1]

    def _extra(self, subject: str, path: Path, value: Any) -> tuple[str, str]:
        """Ask again with one more value, and return the predicate and the term it came out as."""
        more = set(self._ask(self._document(path, value))) - set(self._quads)
        if len(more) != 1:
            raise Unusual
        [quad] = more
        if quad[0] != subject or quad[3]:
            raise Unusual
        return quad[1], quad[2]

    def _type_terms(self, subject: str) -> tuple[str, ...]:
        found = [quad[2] for quad in self._quads if quad[0] == subject and quad[1] == _RDF_TYPE]
        self._used += len(found)
        return tuple(found)


def _form(written: str, mark: str, kind: str) -> Form:
    before, found, after = written.partition(mark)
    # A double is written anew whatever it was, and JSON inside a literal has rules of its own.
    if not found or before not in ('"', "<") or after in (f'"{_DOUBLE}', f'"{_JSON}'):
        raise Unusual
    if before == "<" and (after != ">" or kind != "text"):
        raise Unusual
    return Form(before, after)
