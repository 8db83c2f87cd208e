"""A signed document taken apart: its proofs, and the bytes that each of them should cover."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from mohar.domain.errors import Unreadable, Unsupported
from mohar.domain.proof import Opened, OpenedProof
from mohar.domain.values import JsonObject
from mohar.domain.verdict import Check
from mohar_format_ld import _members
from mohar_format_ld._canonical import Dialect
from mohar_format_ld._plans import Plans
from mohar_format_ld._problems import Problem, Unsafe
from mohar_format_ld._suites import Suite, suite_name

_MOST_PROOFS: Final = 8
# No bytes at all: nothing that can be signed by accident, and `LdFormat.verify` refuses it.
_NOT_COVERED: Final = b""


class Opener:
    """Opens one document; keeps what its proofs share."""

    def __init__(
        self, plans: Plans, suites: Mapping[str, Suite], signed: JsonObject, text: bytes
    ) -> None:
        self._plans = plans
        self._text = text
        self._suites = suites
        self._document = {name: value for name, value in signed.items() if name != "proof"}
        self._proofs = _proofs(signed)
        self._digests: dict[str, bytes | None] = {}
        self._problems: list[Problem] = []

    def open(self, format_name: str) -> Opened:
        """
        Return the document taken apart.

        A document that says more than its canonical form is opened with a failed check
        `safe-mode`; one that has no safe canonical form has no payload either, so that no
        signature covers it.

        Raises:
            Unreadable: a part is missing or damaged.
            Unsupported: a context that is not pinned, or no proof of a suite understood here.
        """
        understood = [proof for proof in self._proofs if suite_name(proof) in self._suites]
        if not understood:
            known = ", ".join(self._suites)
            raise Unsupported(f"no proof of a suite that is understood here ({known})")
        opened = tuple(self._proof(proof) for proof in understood)
        starts, ends = _members.validity(self._document)
        references, status_checks = _members.status(self._document)
        return Opened(
            format=format_name,
            document=self._document,
            issuer=_members.issuer(self._document),
            proofs=opened,
            valid_from=starts,
            valid_until=_earliest([ends, *(_expiry(proof) for proof in understood)]),
            status=references,
            checks=(*self._safety(), *self._bindings(understood), *status_checks),
        )

    def _proof(self, proof: JsonObject) -> OpenedProof:
        suite = self._suites[suite_name(proof)]
        read = suite.read(proof)
        return OpenedProof(
            key_id=_text(proof, "verificationMethod"),
            algorithm=read.algorithm,
            created=_members.moment(proof.get("created"), "the time of the proof"),
            purpose=_text(proof, "proofPurpose"),
            payload=self._payload(suite, read.bare, read.header),
            signature=read.signature,
        )

    def _payload(self, suite: Suite, bare: JsonObject, header: str) -> bytes:
        if "@context" in bare:
            raise Unsupported("a proof with contexts of its own is not understood here")
        document = self._document_digest(suite.dialect)
        options = self._digest(suite.options(bare, self._document), suite.dialect, "proof")
        if document is None or options is None:
            return _NOT_COVERED
        return suite.payload(options, document, header)

    def _document_digest(self, dialect: Dialect) -> bytes | None:
        if dialect.name not in self._digests:
            self._digests[dialect.name] = self._digest(self._document, dialect, "")
        return self._digests[dialect.name]

    def _digest(self, document: JsonObject, dialect: Dialect, where: str) -> bytes | None:
        """Return the digest, or None where there is no safe form; keep what is the matter."""
        try:
            linked = self._plans.read(document, dialect, before_signing=False, text=self._text)
        except Unsafe as error:
            self._problems += [problem.below(where) for problem in error.problems]
            return None
        self._problems += [problem.below(where) for problem in linked.problems]
        return linked.digest

    def _safety(self) -> Iterator[Check]:
        if not self._problems:
            yield Check(name="safe-mode", outcome="passed")
        for sentence in dict.fromkeys(problem.sentence for problem in self._problems):
            yield Check(name="safe-mode", outcome="failed", detail=sentence)

    def _bindings(self, understood: Sequence[JsonObject]) -> Iterator[Check]:
        skipped = len(self._proofs) - len(understood)
        if skipped:
            detail = f"{skipped} proofs of suites that are not understood here"
            yield Check(name="other-proofs", outcome="skipped", detail=detail)
        if any("domain" in proof or "challenge" in proof for proof in understood):
            detail = "the proof was made for one verifier or one occasion, which is not known here"
            yield Check(name="proof-binding", outcome="unknown", detail=detail)


def _proofs(signed: JsonObject) -> Sequence[JsonObject]:
    value = signed.get("proof")
    proofs: list[Any] = value if isinstance(value, list) else [value]
    if value is None or not proofs:
        raise Unreadable("there is no proof in it: this was never signed, or was cut")
    if len(proofs) > _MOST_PROOFS:
        raise Unreadable(f"more than {_MOST_PROOFS} proofs are not read")
    if not all(isinstance(proof, dict) for proof in proofs):
        raise Unreadable("a proof must be an object")
    return proofs


def _expiry(proof: JsonObject) -> datetime | None:
    return _members.moment(proof.get("expires"), "the end of the proof")


def _earliest(moments: Sequence[datetime | None]) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)


def _text(proof: JsonObject, name: str) -> str:
    value: Any = proof.get(name)
    if not isinstance(value, str):
        raise Unreadable(f"the proof has no {name}, or it is no text")
    return value
