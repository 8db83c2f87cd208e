"""Credentials made ready for signing, a batch at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import msgspec

from mohar.domain.credential import Credential, Prepared
from mohar.domain.errors import Unsupported
from mohar.domain.findings import Refusal
from mohar.domain.values import JsonObject
from mohar_format_ld import _model, _related
from mohar_format_ld._contexts import CREDENTIALS_V1, DATA_INTEGRITY, Contexts, unpinned
from mohar_format_ld._digests import Digests
from mohar_format_ld._linked import context_urls
from mohar_format_ld._problems import Problem, Unsafe
from mohar_format_ld._suites import Jcs, Suite

_BROUGHT: Final = Problem(
    code="ld-proof",
    message="a document to be signed must not bring a proof; leave it out",
    path="proof",
)


class Batch:
    """Credentials that one key signs at one moment: what their proofs share is digested once."""

    def __init__(
        self, digests: Digests, contexts: Contexts, suite: Suite, bare: JsonObject
    ) -> None:
        self._digests = digests
        self._contexts = contexts
        self._suite = suite
        self._bare = bare
        self._is_rdf = not isinstance(suite.dialect, Jcs)
        self._options: dict[bytes, bytes] = {}
        self._last: tuple[Any, bytes] = (None, b"")

    def prepare(self, credential: Credential) -> Prepared | Refusal:
        """Return the bytes to sign, or everything that is the matter with this document."""
        document = self._under_its_context(credential.document)
        try:
            payload = self._payload(document)
        except (Unsafe, Unsupported):
            return Refusal(findings=tuple(each.as_finding() for each in self._problems(document)))
        draft = {**document, "proof": self._suite.draft(self._bare, document)}
        return Prepared(credential=credential, payload=payload, draft=draft)

    def _payload(self, document: JsonObject) -> bytes:
        if "proof" in document:
            raise Unsafe([_BROUGHT])
        digest = self._digest(document)
        if against := self._against_the_model(document, are_ids_iris=self._is_rdf):
            raise Unsafe(against)
        return self._suite.payload(self._options_digest(document), digest)

    def _problems(self, document: JsonObject) -> Sequence[Problem]:
        """One look at each side: whoever mends one problem shall not be told of the next only then."""
        bare = {name: value for name, value in document.items() if name != "proof"}
        found = [_BROUGHT] if "proof" in document else []
        found += _unpinned(bare, self._contexts)
        found += _unsafe(lambda: self._digest(bare))
        found += self._against_the_model(bare, are_ids_iris=False)
        if not found:
            found += (each.below("proof") for each in _unsafe(lambda: self._options_digest(bare)))
        return list(dict.fromkeys(found))

    def _under_its_context(self, document: JsonObject) -> JsonObject:
        """A suite that no context of the document's data model defines brings its own."""
        contexts = document.get("@context")
        if not isinstance(contexts, list) or not contexts:
            return document
        own = self._suite.context
        if not own and "cryptosuite" in self._bare and contexts[0] == CREDENTIALS_V1:
            own = DATA_INTEGRITY  # VC-DI, context injection: version 1.1 does not know its proofs
        if not own or own in contexts:
            return document
        return {**document, "@context": [*contexts, own]}

    def _against_the_model(self, document: JsonObject, *, are_ids_iris: bool) -> Sequence[Problem]:
        found = _model.problems(document, are_ids_iris=are_ids_iris)
        if "relatedResource" in document:
            return [*found, *_wrong_resources(document, self._contexts)]
        return found

    def _options_digest(self, document: JsonObject) -> bytes:
        contexts, digest = self._last
        if contexts is not None and contexts == document.get("@context"):
            return digest
        options = self._suite.options(self._bare, document)
        name = msgspec.json.encode(options["@context"])
        if name not in self._options:
            self._options[name] = self._digest(options)
        self._last = (document.get("@context"), self._options[name])
        return self._options[name]

    def _digest(self, document: JsonObject) -> bytes:
        digest, problems = self._digests.of(document, self._suite.dialect, before_signing=True)
        if problems:
            raise Unsafe(problems)
        return digest


def _unsafe(work: Callable[[], object]) -> Sequence[Problem]:
    try:
        work()
    except Unsafe as error:
        return error.problems
    except Unsupported:
        return ()  # a context, which `_unpinned` names
    return ()


def _unpinned(document: JsonObject, contexts: Contexts) -> Iterator[Problem]:
    try:
        urls = context_urls(document)
    except Unsafe:
        return
    for url in urls:
        if url not in contexts:
            told = f"{unpinned(url)}; a credential type named in the deployment brings its own"
            yield Problem(code="ld-unpinned-context", message=told, path="@context")


def _wrong_resources(document: JsonObject, contexts: Contexts) -> Iterator[Problem]:
    for check in _related.checks(document, contexts):
        if check.outcome == "failed":
            yield Problem(code="vc-related", message=check.detail, path="relatedResource")
