"""A JSON document → its canonical RDF, or the reasons why the two would not say the same."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import msgspec

from mohar.domain.errors import Unsupported
from mohar.domain.values import JsonObject
from mohar_format_ld._canonical import Dialect, Hash, Quad, TooTangled, canonical
from mohar_format_ld._contexts import Contexts, unpinned
from mohar_format_ld._expand import Expander
from mohar_format_ld._problems import Problem, Unsafe, problems
from mohar_format_ld._rdf import Emitter
from mohar_format_ld._shape import losses


class Linked(msgspec.Struct, frozen=True, kw_only=True):
    """
    A document's canonical N-Quads, and what the JSON says that they do not.

    Nothing is to be signed or believed while there is a problem.
    """

    nquads: str
    problems: tuple[Problem, ...]
    hash: Callable[[bytes], Hash] = hashlib.sha256

    @property
    def digest(self) -> bytes:
        """Return the hash of the canonical form: SHA-256, or what its dialect hashes with."""
        return self.hash(self.nquads.encode("utf-8")).digest()


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A document's quads, their blank nodes named anyhow, what they are about, and what is lost."""

    subject: str
    quads: Sequence[Quad]
    problems: Sequence[Problem]


class LinkedData:
    """Reads documents as RDF, in safe mode."""

    def __init__(self, contexts: Contexts) -> None:
        self._contexts = contexts
        self._expander = Expander(contexts)

    def read(self, document: JsonObject, dialect: Dialect, *, before_signing: bool) -> Linked:
        """
        Return the canonical form of a document and everything that is lost on the way to it.

        Raises:
            Unsafe: there is no canonical form that means what the JSON says.
            Unsupported: a context that is not pinned.
        """
        emitted, found = self._emitted(document, dialect, before_signing=before_signing)
        return linked_from(emitted.quads, found, dialect)

    def told(self, document: JsonObject, dialect: Dialect, *, before_signing: bool) -> Told:
        """Return what `read` makes its answer of, for a document that is part of a larger one."""
        emitted, found = self._emitted(document, dialect, before_signing=before_signing)
        return Told(subject=emitted.subject, quads=emitted.quads, problems=found)

    def quads(self, document: JsonObject, dialect: Dialect) -> Sequence[Quad]:
        """
        Return the quads of a document that may be signed, their blank nodes named anyhow.

        Raises:
            Unsafe: the document has any problem at all.
            Unsupported: a context that is not pinned.
        """
        emitted, found = self._emitted(document, dialect, before_signing=True)
        if found:
            raise Unsafe(found)
        return emitted.quads

    def _emitted(
        self, document: JsonObject, dialect: Dialect, *, before_signing: bool
    ) -> tuple[Emitter, list[Problem]]:
        found = list(problems(document, before_signing=before_signing))
        if any(not problem.is_loss for problem in found):
            raise Unsafe(found)
        refuse_unpinned(document, self._contexts)
        expanded = self._expander.expand(document)
        emitted = Emitter(expanded.node, dialect, lambda text: _path_of(document, text))
        # Members that say nothing are already named; the outlines differ because of them.
        found += found or losses(document, expanded, self._expander.expand)
        found += _misleading_ids(document, emitted)
        if len(set(emitted.quads)) < len(emitted.quads):
            found += _repetitions(document)
        return emitted, found


def refuse_unpinned(document: JsonObject, contexts: Contexts) -> None:
    """
    Pass over a document whose contexts are all pinned.

    Raises:
        Unsafe: there is none, or one that is written out.
        Unsupported: one that is not pinned; the message names its URL.
    """
    for url in context_urls(document):
        if url not in contexts:
            raise Unsupported(unpinned(url))


def context_urls(document: JsonObject) -> Sequence[str]:
    """
    Return the contexts of a document, all of them by name.

    Raises:
        Unsafe: there is none, or one that is written out and could redefine anything.
    """
    context = document.get("@context")
    urls: list[Any] = context if isinstance(context, list) else [context]
    if not urls or not all(isinstance(url, str) for url in urls):
        told = "every context must be named by its URL; none may be written out"
        raise Unsafe([Problem(code="ld-inline-context", message=told)])
    return urls


def linked_from(quads: Sequence[Quad], problems: Sequence[Problem], dialect: Dialect) -> Linked:
    """
    Return quads in canonical form.

    Raises:
        Unsafe: their blank nodes are too tangled.
    """
    try:
        nquads = canonical(quads, dialect)
    except TooTangled as error:
        raise Unsafe([Problem(code=error.code, message=str(error))]) from error
    return Linked(nquads=nquads, problems=tuple(problems), hash=dialect.hash)


def _misleading_ids(document: JsonObject, emitted: Emitter) -> Iterator[Problem]:
    """An id that is said twice, or in another way, moves claims between the members of the JSON."""
    texts = set(_texts(document))
    for text, times in Counter(emitted.described).items():
        if times > 1:
            told = "two places describe this id; their members could change places"
            yield Problem(code="ld-said-twice", message=told, path=_path_of(document, text))
        if text not in texts:
            yield Problem(code="ld-compact-iri", message="an id must be written out in full")
    for name in ("issuer", "holder"):
        says = document.get(name)
        who = says.get("id") if isinstance(says, dict) else says
        if isinstance(who, str) and who not in emitted.ids:
            told = f"the {name}'s id must be written out in full"
            yield Problem(code="ld-compact-iri", message=told, path=name)


def _repetitions(value: Any, path: str = "") -> Iterator[Problem]:
    """RDF is a set: what a list says twice, the signature says once. A true list is no set."""
    if isinstance(value, list) and len({_as_said(each) for each in value}) < len(value):
        told = "the same value twice in a list counts once in RDF"
        yield Problem(code="ld-repeated", message=told, path=path)
    for step, member in _members(value):
        if step == "@context":
            continue
        yield from _repetitions(member, f"{path}.{step}" if path else str(step))


def _as_said(value: Any) -> bytes:
    """Return a value so that the ways to write it alike look alike."""
    match value:
        case {"id": str(text), **rest} if not rest:
            return msgspec.json.encode(text)
        case float() if value.is_integer():
            return msgspec.json.encode(int(value))
        case _:
            return msgspec.json.encode(value, order="deterministic")


def _path_of(value: Any, text: str, path: str = "") -> str:
    """Return the first place where a text stands, as a member's name or as a value."""
    if value == text:
        return path
    for step, member in _members(value):
        here = f"{path}.{step}" if path else str(step)
        if step == text:
            return here
        if found := _path_of(member, text, here):
            return found
    return ""


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for _, member in _members(value):
        yield from _texts(member)


def _members(value: Any) -> Iterable[tuple[str | int, Any]]:
    match value:
        case dict():
            return value.items()
        case list():
            return enumerate(value)
        case _:
            return ()
