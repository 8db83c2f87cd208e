"""JSON-LD expansion by PyLD, without a network and with contexts that are processed once."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from pyld import ContextResolver
from pyld.jsonld import JsonLdError, JsonLdProcessor

from mohar.domain.errors import MoharError
from mohar.domain.values import JsonObject
from mohar_format_ld._contexts import Contexts
from mohar_format_ld._problems import Problem, Unsafe

# Stands before whatever was relative; `_rdf` refuses it, and no plan takes its scheme.
NOWHERE: Final = "relative-to-nowhere://nowhere/"
NOWHERE_SCHEME: Final = "relative-to-nowhere"
# PyLD checks most of what it is given, and trips in these ways over the rest.
_TRIPS: Final = (JsonLdError, AttributeError, KeyError, TypeError, ValueError, RecursionError)


class Expanded(msgspec.Struct, frozen=True, kw_only=True):
    """One node in expanded form, and the members whose names no context knows."""

    node: JsonObject
    dropped: tuple[str, ...]


class Expander:
    """
    Expands documents. One per Format: it keeps every processed context for the next document.

    PyLD's caches cannot be shared between threads, so one expansion runs at a time.
    """

    def __init__(self, contexts: Contexts) -> None:
        self._contexts = contexts
        self._resolver = ContextResolver({}, self._load)
        self._turn = threading.Lock()

    def expand(self, document: JsonObject) -> Expanded:
        """
        Return the one node that a document is.

        Raises:
            Unsafe: PyLD cannot expand it, or it is not one node.
            Unsupported: its contexts lead to one that is not pinned.
        """
        dropped: list[str] = []
        try:
            with self._turn:
                expanded = self._expand(document, dropped)
        except _TRIPS as error:
            raise _refusal(error) from error
        if len(expanded) != 1 or not isinstance(expanded[0], dict):
            raise Unsafe([Problem(code="ld-not-kept", message="nothing of it is left as RDF")])
        return Expanded(node=expanded[0], dropped=tuple(dropped))

    def _expand(self, document: JsonObject, dropped: list[str]) -> Sequence[Any]:
        processor = JsonLdProcessor(on_property_dropped=lambda name: dropped.append(str(name)))
        options = {
            "base": self._base(document),
            "contextResolver": self._resolver,
            "documentLoader": self._load,
            "processingMode": "json-ld-1.1",
        }
        expanded: Sequence[Any] = processor.expand(document, options)
        return expanded

    def _base(self, document: JsonObject) -> str | None:
        """
        Return what a relative IRI is resolved against: nothing, so that it stays relative.

        With a base, or with the empty text, PyLD makes it absolute and says nothing. Only where a
        context has a base of its own PyLD needs one, so it gets one that is known for what it is.
        """
        contexts: Any = document.get("@context")
        urls = contexts if isinstance(contexts, list) else [contexts]
        return NOWHERE if "@base" in self._contexts.terms(urls) else None

    def _load(self, url: str, _options: object) -> Mapping[str, Any]:
        return {
            "contextUrl": None,
            "documentUrl": url,
            "document": self._contexts.get(url),
            "contentType": "application/ld+json",
            # PyLD keeps a resolved context for further documents only under this tag.
            "tag": "static",
        }


def _refusal(error: BaseException) -> MoharError:
    """Return what a mistake of a document or its contexts is to be called; no value is repeated."""
    cause: BaseException | None = error
    name = ""
    while cause is not None:
        if isinstance(cause, MoharError):
            return cause
        name = getattr(cause, "code", None) or name
        cause = cause.__cause__
    told = f"JSON-LD processing stopped: {name or type(error).__name__}"
    return Unsafe([Problem(code="ld-invalid", message=told)])
