"""Derive the JSON-LD 1.1 context of a type: one protected definition for each of its terms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from mohar.domain.values import JsonObject
from mohar_schema_declared._typefile import Datatype, Term, TypeFile, types_of

_XSD = "http://www.w3.org/2001/XMLSchema#"
_COERCED: dict[Datatype, str] = {
    "date": f"{_XSD}date",
    "date-time": f"{_XSD}dateTime",
    "iri": "@id",
}


def own_url(type_file: TypeFile, contexts_url: str) -> str:
    """Return the address of the type's own context."""
    return type_file.context.url or f"{contexts_url}/{type_file.name}/{type_file.version}"


def context_lists(type_file: TypeFile, contexts_url: str) -> list[list[str]]:
    """
    Return what `@context` may be: first what we compose, then what others published.

    Documents of a plain type have none.
    """
    if type_file.is_plain:
        return []
    urls = [own_url(type_file, contexts_url), *type_file.context.same_as]
    return [[*type_file.context.base, url] for url in urls]


def context_bytes(type_file: TypeFile) -> bytes:
    """Return the context as it is served: the same bytes for the same type file."""
    return msgspec.json.format(msgspec.json.encode(context_document(type_file)), indent=2)


def context_document(type_file: TypeFile) -> JsonObject:
    """Return the context document, `{"@context": …}`."""
    writer = _Writer(type_file)
    return {"@context": _scope() | writer.heads() | writer.classes()}


def absolute_iri(type_file: TypeFile, iri: str) -> str:
    """Return what an IRI of the type file stands for, whichever way it was written."""
    start, colon, rest = iri.partition(":")
    prefixes = {prefix.prefix: prefix.iri for prefix in type_file.context.prefixes}
    if colon and start in prefixes:
        return prefixes[start] + rest
    return iri if colon else type_file.vocabulary + iri


class _Writer:
    def __init__(self, type_file: TypeFile) -> None:
        self._type = type_file
        self._scoped: dict[str, JsonObject] = {}
        self._collect(type_file.members)

    def heads(self) -> JsonObject:
        context = self._type.context
        return {name: f"@{name}" for name in context.keywords} | {
            prefix.prefix: prefix.iri for prefix in context.prefixes
        }

    def classes(self) -> JsonObject:
        return {
            each.name: self._definition(each.iri, self._scoped.get(each.name, {}))
            for each in self._type.classes
        }

    def _collect(self, members: Sequence[Term]) -> JsonObject:
        """Give a typed node's terms to its class; return those that stay with an untyped one."""
        terms = {term.term: self._term(term) for term in members}
        own = {name: what for name, what in terms.items() if what is not None}
        ours = [name for name in types_of(members) if self._type.class_named(name)]
        for name in ours:
            self._scoped.setdefault(name, {}).update(own)
        return {} if ours else own

    def _term(self, term: Term) -> Any:
        nested = self._collect(term.members)
        if term.iri is None:
            return None
        coerced = _COERCED.get(term.datatype) if self._type.context.coerce else None
        return self._definition(term.iri, nested, coerced)

    def _definition(self, iri: str, scoped: JsonObject, coerced: str | None = None) -> Any:
        written = iri if ":" in iri else absolute_iri(self._type, iri)
        details: JsonObject = {"@type": coerced} if coerced else {}
        if scoped:
            details["@context"] = _scope() | scoped
        return {"@id": written, **details} if details else written


def _scope() -> JsonObject:
    return {"@version": 1.1, "@protected": True}
