"""Credentials made ready for signing, a batch at a time."""

from __future__ import annotations

from typing import Any

import msgspec

from mohar.domain.credential import Credential, Prepared
from mohar.domain.errors import Unsupported
from mohar.domain.findings import Finding, Refusal
from mohar.domain.values import JsonObject
from mohar_format_ld._plans import Plans
from mohar_format_ld._problems import Problem, Unsafe
from mohar_format_ld._suites import Suite


class Batch:
    """Credentials that one key signs at one moment: what their proofs share is digested once."""

    def __init__(self, plans: Plans, suite: Suite, bare: JsonObject) -> None:
        self._plans = plans
        self._suite = suite
        self._bare = bare
        self._options: dict[bytes, bytes] = {}
        self._last: tuple[Any, bytes] = (None, b"")

    def prepare(self, credential: Credential) -> Prepared | Refusal:
        """Return the bytes to sign, or why this document must not be signed."""
        document = credential.document
        try:
            _refuse_proof(document)
            digest = self._digest(document)
            payload = self._suite.payload(self._options_digest(document), digest)
        except Unsafe as error:
            return Refusal(findings=tuple(each.as_finding() for each in error.problems))
        except Unsupported as error:
            return Refusal(findings=(Finding(code="ld-unpinned-context", message=str(error)),))
        draft = {**document, "proof": dict(self._bare)}
        return Prepared(credential=credential, payload=payload, draft=draft)

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
        linked = self._plans.read(document, self._suite.dialect, before_signing=True)
        if linked.problems:
            raise Unsafe(linked.problems)
        return linked.digest


def _refuse_proof(document: JsonObject) -> None:
    if "proof" in document:
        told = "a document to be signed must not bring a proof"
        raise Unsafe([Problem(code="ld-proof", message=told, path="proof")])
