"""Credentials made ready for signing, a batch at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from mohar.domain.credential import Credential, Prepared
from mohar.domain.errors import Unsupported
from mohar.domain.findings import Finding, Refusal
from mohar.domain.values import JsonObject
from mohar_format_ld import _model, _related
from mohar_format_ld._contexts import Contexts
from mohar_format_ld._digests import Digests
from mohar_format_ld._problems import Problem, Unsafe
from mohar_format_ld._suites import Jcs, Suite


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
        """Return the bytes to sign, or why this document must not be signed."""
        document = self._under_its_context(credential.document)
        try:
            _refuse_proof(document)
            digest = self._digest(document)
            self._refuse_against_the_model(document)
            payload = self._suite.payload(self._options_digest(document), digest)
        except Unsafe as error:
            return Refusal(findings=tuple(each.as_finding() for each in error.problems))
        except Unsupported as error:
            return Refusal(findings=(Finding(code="ld-unpinned-context", message=str(error)),))
        draft = {**document, "proof": self._suite.draft(self._bare, document)}
        return Prepared(credential=credential, payload=payload, draft=draft)

    def _under_its_context(self, document: JsonObject) -> JsonObject:
        """A suite that no context of the data model defines brings its own."""
        contexts, own = document.get("@context"), self._suite.context
        if not own or not isinstance(contexts, list) or own in contexts:
            return document
        return {**document, "@context": [*contexts, own]}

    def _refuse_against_the_model(self, document: JsonObject) -> None:
        found = _model.problems(document, are_ids_iris=self._is_rdf)
        if "relatedResource" in document:
            found = [*found, *_wrong_resources(document, self._contexts)]
        if found:
            raise Unsafe(found)

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


def _refuse_proof(document: JsonObject) -> None:
    if "proof" in document:
        told = "a document to be signed must not bring a proof"
        raise Unsafe([Problem(code="ld-proof", message=told, path="proof")])


def _wrong_resources(document: JsonObject, contexts: Contexts) -> Iterator[Problem]:
    for check in _related.checks(document, contexts):
        if check.outcome == "failed":
            yield Problem(code="vc-related", message=check.detail, path="relatedResource")
