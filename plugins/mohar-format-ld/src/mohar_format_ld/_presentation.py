"""A presentation as RDF: what it says itself, and each credential in a graph of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final
from urllib.parse import unquote_to_bytes

import msgspec

from mohar.codec import base64url
from mohar.domain.errors import Unreadable
from mohar.domain.values import JsonObject
from mohar_format_ld._canonical import Dialect, Quad, is_blank
from mohar_format_ld._contexts import CREDENTIALS_V1, CREDENTIALS_V2
from mohar_format_ld._linked import Linked, LinkedData, Told, context_urls, linked_from
from mohar_format_ld._problems import Problem, Unsafe

MOST_CREDENTIALS: Final = 100
# To find what is lost in a credential costs more than to read it, and one loss decides.
_MOST_LOSING: Final = 3
_PRESENTATION: Final = "VerifiablePresentation"
_ENVELOPED: Final = "EnvelopedVerifiableCredential"
_MEMBER: Final = "verifiableCredential"
_HOLDS: Final = "<https://www.w3.org/2018/credentials#verifiableCredential>"
_NOT_READABLE: Final = b""


def is_presentation(document: JsonObject) -> bool:
    """Say whether a document is a presentation of either version of the data model."""
    contexts = _listed(document.get("@context"))
    return _PRESENTATION in _listed(document.get("type")) and _version(contexts) is not None


def credentials_in(presentation: JsonObject) -> tuple[bytes, ...]:
    """
    Return each credential of a presentation as bytes: JSON, or what an envelope holds.

    No bytes stand for a credential of a sort that is not read here.

    Raises:
        Unreadable: there are too many.
    """
    held = _listed(presentation.get(_MEMBER))
    if len(held) > MOST_CREDENTIALS:
        raise Unreadable(
            f"{len(held)} credentials in one presentation; at most {MOST_CREDENTIALS} are read"
        )
    return tuple(_bytes_of(each) for each in held)


class Presentations:
    """
    Reads presentations as RDF, in safe mode.

    By the contexts of both versions a credential is a graph of its own (`@container: @graph`), so
    each is read by itself and joined under a name that nothing else has. Version 2.0 forgets the
    presentation's contexts there (`@context: null`); in 1.1 they stand before the credential's.
    """

    def __init__(self, linked: LinkedData) -> None:
        self._linked = linked

    def read(self, document: JsonObject, dialect: Dialect, *, before_signing: bool) -> Linked:
        """
        Return the canonical form of a presentation and everything that is lost on the way to it.

        Raises:
            Unsafe: there is no canonical form that means what the JSON says.
            Unsupported: a context that is not pinned.
        """
        held = _listed(document.get(_MEMBER))
        shell = {name: value for name, value in document.items() if name != _MEMBER or not held}
        told = self._linked.told(shell, dialect, before_signing=before_signing)
        quads, problems, losing = list(told.quads), list(told.problems), 0
        for at, credential in enumerate(held):
            path, graph = f"{_MEMBER}.{at}", f"_:v{at}g"
            inner = self._credential(
                document, credential, path, dialect, before_signing=before_signing
            )
            quads.append((told.subject, _HOLDS, graph, ""))
            quads += (_within(quad, at, graph) for quad in inner.quads)
            problems += (problem.below(path) for problem in inner.problems)
            losing += bool(inner.problems)
            if losing > _MOST_LOSING:
                raise Unsafe(problems)
        return linked_from(quads, problems, dialect)

    def _credential(
        self,
        document: JsonObject,
        credential: Any,
        path: str,
        dialect: Dialect,
        *,
        before_signing: bool,
    ) -> Told:
        if not isinstance(credential, dict):
            told = "a credential in a presentation must be an object"
            raise Unsafe([Problem(code="ld-presentation", message=told, path=path)])
        try:
            contexts = context_urls(credential)
            if _version(_listed(document["@context"])) == CREDENTIALS_V1:
                contexts = [*context_urls(document), *contexts]
            standing = {**_with_plain_proofs(credential), "@context": contexts}
            return self._linked.told(standing, dialect, before_signing=before_signing)
        except Unsafe as error:
            raise Unsafe([problem.below(path) for problem in error.problems]) from error


def _version(contexts: Sequence[Any]) -> str | None:
    first = contexts[0] if contexts else None
    return first if first in (CREDENTIALS_V1, CREDENTIALS_V2) else None


def _with_plain_proofs(credential: JsonObject) -> JsonObject:
    """A proof of canonical JSON repeats the credential's contexts, which changes nothing in RDF."""
    if "proof" not in credential:
        return credential
    value, contexts = credential["proof"], credential.get("@context")
    proofs = [_plain(each, contexts) for each in _listed(value)]
    return {**credential, "proof": proofs if isinstance(value, list) else proofs[0]}


def _plain(proof: Any, contexts: Any) -> Any:
    if not isinstance(proof, dict) or proof.get("@context", None) != contexts:
        return proof
    return {name: value for name, value in proof.items() if name != "@context"}


def _within(quad: Quad, at: int, graph: str) -> Quad:
    """Return a quad of one credential as it stands among the others'."""
    subject, predicate, target, named = (
        f"_:v{at}{term[2:]}" if is_blank(term) else term for term in quad
    )
    return subject, predicate, target, named or graph


def _bytes_of(credential: Any) -> bytes:
    if not isinstance(credential, dict):
        return _NOT_READABLE
    if _ENVELOPED not in _listed(credential.get("type")):
        return msgspec.json.encode(credential)
    return next(_enveloped(credential.get("id")), _NOT_READABLE)


def _enveloped(url: Any) -> Iterator[bytes]:
    """Yield what a `data:` URL (RFC 2397) holds."""
    if not isinstance(url, str) or not url.startswith("data:"):
        return
    head, comma, content = url.partition(",")
    if not comma:
        return
    if not head.endswith(";base64"):
        yield unquote_to_bytes(content)
        return
    try:
        yield base64url.decode(content.rstrip("=").translate(_TO_URL))
    except Unreadable:
        return


_TO_URL: Final = str.maketrans("+/", "-_")


def _listed(value: Any) -> Sequence[Any]:
    if value is None:
        return ()
    return value if isinstance(value, list) else (value,)
