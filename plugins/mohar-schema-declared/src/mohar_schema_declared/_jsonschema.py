"""Derive the JSON Schema (2020-12) of the documents of a type."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from mohar.domain.values import JsonObject
from mohar_schema_declared._fit import scalar_schema
from mohar_schema_declared._typefile import Term, TypeFile

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema(type_file: TypeFile, contexts: Sequence[list[str]], profile: str) -> JsonObject:
    """
    Return the schema of one profile's documents, the proof left out.

    Where the type has profiles and none is named, any of them will do. `contexts` are the lists
    that `@context` may be.
    """
    head = {"$schema": _DIALECT, "title": type_file.title, "description": type_file.about}
    if type_file.profiles and not profile:
        each = [_document(type_file, contexts, name) for name in type_file.profiles]
        return head | {"anyOf": each}
    return head | _document(type_file, contexts, profile)


def _document(type_file: TypeFile, contexts: Sequence[list[str]], profile: str) -> JsonObject:
    shape = _object(type_file, type_file.members, profile)
    if type_file.is_plain:
        return shape
    context = {"const": contexts[0]} if len(contexts) == 1 else {"enum": list(contexts)}
    shape["properties"] = {"@context": context, **shape["properties"]}
    shape["required"] = ["@context", *shape["required"]]
    return shape


def _object(type_file: TypeFile, members: Sequence[Term], profile: str) -> JsonObject:
    terms = [term for term in members if term.appears(profile)]
    return {
        "type": "object",
        "properties": {
            term.term: {"description": term.about, **_term(type_file, term, profile)}
            for term in terms
        },
        "required": [term.term for term in terms if term.is_required(profile) and not term.lenient],
        "additionalProperties": type_file.extensible,
    }


def _term(type_file: TypeFile, term: Term, profile: str) -> JsonObject:
    if term.listed:
        return _list(type_file, term, profile)
    one = _one(type_file, term, profile)
    if not term.repeated:
        return one
    most = {} if term.lenient else {"maxItems": 1}
    return {"type": "array", "items": one, "minItems": 1, **most}


def _list(type_file: TypeFile, term: Term, profile: str) -> JsonObject:
    """Return the shape of a list with these very members, of which the last may be lenient."""
    firm = [number for number, each in enumerate(term.members, start=1) if not each.lenient]
    return {
        "type": "array",
        "prefixItems": [
            {"description": each.about, **_term(type_file, each, profile)} for each in term.members
        ],
        "items": type_file.extensible,
        "minItems": max(firm, default=0),
    }


def _one(type_file: TypeFile, term: Term, profile: str) -> JsonObject:
    if term.datatype == "object":
        return _object(type_file, term.members, profile)
    if term.datatype == "type" or (term.const is not msgspec.UNSET and not term.lenient):
        return {"const": _plain(term.const)}
    return scalar_schema(term, strict_text=type_file.legacy is None)


def _plain(const: Any) -> Any:
    return None if const is msgspec.UNSET else const
