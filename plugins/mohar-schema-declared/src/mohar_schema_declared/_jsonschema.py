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
    shape = _object(type_file.members, profile, strict_text=type_file.legacy is None)
    context = {"const": contexts[0]} if len(contexts) == 1 else {"enum": list(contexts)}
    shape["properties"] = {"@context": context, **shape["properties"]}
    shape["required"] = ["@context", *shape["required"]]
    return shape


def _object(members: Sequence[Term], profile: str, *, strict_text: bool) -> JsonObject:
    terms = [term for term in members if term.appears(profile)]
    return {
        "type": "object",
        "properties": {
            term.term: _described(term, _term(term, profile, strict_text=strict_text))
            for term in terms
        },
        "required": [term.term for term in terms if term.is_required(profile) and not term.lenient],
        "additionalProperties": False,
    }


def _described(term: Term, shape: JsonObject) -> JsonObject:
    return {"description": term.about, **shape}


def _term(term: Term, profile: str, *, strict_text: bool) -> JsonObject:
    one = _one(term, profile, strict_text=strict_text)
    return {"type": "array", "items": one, "minItems": 1, "maxItems": 1} if term.repeated else one


def _one(term: Term, profile: str, *, strict_text: bool) -> JsonObject:
    if term.datatype == "object":
        return _object(term.members, profile, strict_text=strict_text)
    if term.datatype == "type" or (term.const is not msgspec.UNSET and not term.lenient):
        return {"const": _plain(term.const)}
    return scalar_schema(term, strict_text=strict_text)


def _plain(const: Any) -> Any:
    return None if const is msgspec.UNSET else const
