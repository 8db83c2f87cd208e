"""A signed document taken apart: its proofs, and the bytes that each of them should cover."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from mohar.domain.errors import Unreadable, Unsupported
from mohar.domain.proof import Opened, OpenedProof
from mohar.domain.values import JsonObject
from mohar.domain.verdict import Check
from mohar_format_ld import _members, _model, _related
from mohar_format_ld._canonical import LEGACY, RDFC, RDFC_384, Dialect
from mohar_format_ld._contexts import Contexts
from mohar_format_ld._digests import Digests
from mohar_format_ld._presentation import credentials_in, is_presentation
from mohar_format_ld._problems import Problem, Unsafe
from mohar_format_ld._suites import Jcs, ReadProof, Suite, suite_name

_MOST_PROOFS: Final = 8
# A presentation of a hundred credentials has some hundreds.
_MOST_CONTEXTS: Final = 500
_RDF: Final = frozenset(dialect.name for dialect in (LEGACY, RDFC, RDFC_384))
# No bytes at all: nothing that can be signed by accident, and `LdFormat.verify` refuses it.
_NOT_COVERED: Final = b""


class Opener:
    """Opens one document; keeps what its proofs share."""

    def __init__(
        self,
        digests: Digests,
        contexts: Contexts,
        suites: Mapping[str, Sequence[Suite]],
        signed: JsonObject,
        text: bytes,
    ) -> None:
        self._of = digests
        self._contexts = contexts
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
            Unreadable: a part is missing or damaged, or there are more contexts than are read.
            Unsupported: a context that is not pinned, or no proof of a suite understood here.
        """
        _must_have_few_contexts(self._document)
        understood = [proof for proof in self._proofs if suite_name(proof) in self._suites]
        if not understood:
            known = ", ".join(self._suites)
            raise Unsupported(f"no proof of a suite that is understood here ({known})")
        credentials = self._credentials()
        opened = tuple(self._proof(proof) for proof in understood)
        starts, ends = _members.validity(self._document)
        references, status_checks = _members.status(self._document)
        return Opened(
            format=format_name,
            document=self._document,
            issuer=self._issuer(),
            proofs=opened,
            valid_from=starts,
            valid_until=_earliest([ends, *(_expiry(proof) for proof in understood)]),
            status=references,
            checks=(
                *self._safety(),
                *self._rules(),
                *self._bindings(understood),
                *status_checks,
            ),
            credentials=credentials,
        )

    def _credentials(self) -> tuple[bytes, ...] | None:
        """They are counted before anything is canonicalised."""
        return credentials_in(self._document) if is_presentation(self._document) else None

    def _issuer(self) -> str:
        if is_presentation(self._document):
            return _members.holder(self._document)
        return _members.issuer(self._document)

    def _proof(self, proof: JsonObject) -> OpenedProof:
        suite, read = self._read(proof)
        return OpenedProof(
            key_id=_text(proof, "verificationMethod"),
            algorithm=read.algorithm,
            created=_members.moment(proof.get("created"), "the time of the proof"),
            purpose=_text(proof, "proofPurpose"),
            payload=self._payload(suite, read.bare, read.header),
            signature=read.signature,
            challenge=_challenge(proof),
            domains=_domains(proof),
        )

    def _read(self, proof: JsonObject) -> tuple[Suite, ReadProof]:
        """One name can stand for several algorithms; the signature tells which."""
        found = [(suite, suite.read(proof)) for suite in self._suites[suite_name(proof)]]
        return next((each for each in found if each[0].fits(each[1])), found[0])

    def _payload(self, suite: Suite, bare: JsonObject, header: str) -> bytes:
        options = bare
        if not isinstance(suite.dialect, Jcs):
            if "@context" in bare:
                raise Unsupported("a proof with contexts of its own is not understood here")
            options = suite.options(bare, self._document)
        said_first = self._digest(options, suite.dialect, "proof")
        document = self._covered(suite.dialect, bare)
        if document is None or said_first is None:
            return _NOT_COVERED
        return suite.payload(said_first, document, header)

    def _covered(self, dialect: Dialect | Jcs, bare: JsonObject) -> bytes | None:
        """Return the digest of what a proof covers, or None where that is not this document."""
        # A context that was added after signing (VC-DI-EdDSA §3.3.2) is covered by nothing.
        if "@context" in bare and bare["@context"] != self._document.get("@context"):
            told = "the proof was made under other contexts than the document has"
            self._problems.append(Problem(code="ld-other-contexts", message=told))
            return None
        if "previousProof" in bare:
            return self._digest_with_previous(bare["previousProof"], dialect)
        if dialect.name not in self._digests:
            self._digests[dialect.name] = self._digest(self._document, dialect, "")
        return self._digests[dialect.name]

    def _digest_with_previous(self, named: Any, dialect: Dialect | Jcs) -> bytes | None:
        """VC-DI §4.2: a proof that builds on others covers them with the document."""
        names = named if isinstance(named, list) else [named]
        found = [proof for proof in self._proofs if "id" in proof and proof["id"] in names]
        if not names or any(all(name != each["id"] for each in found) for name in names):
            told = "a proof that another one builds on is missing"
            self._problems.append(Problem(code="ld-previous-proof", message=told, path="proof"))
            return None
        return self._digest({**self._document, "proof": found}, dialect, "")

    def _digest(self, document: JsonObject, dialect: Dialect | Jcs, where: str) -> bytes | None:
        """Return the digest, or None where there is no safe form; keep what is the matter."""
        try:
            digest, problems = self._of.of(document, dialect, before_signing=False, text=self._text)
        except Unsafe as error:
            self._problems += [problem.below(where) for problem in error.problems]
            return None
        self._problems += [problem.below(where) for problem in problems]
        return digest

    def _safety(self) -> Iterator[Check]:
        if not self._problems:
            yield Check(name="safe-mode", outcome="passed")
        for sentence in dict.fromkeys(problem.sentence for problem in self._problems):
            yield Check(name="safe-mode", outcome="failed", detail=sentence)

    def _rules(self) -> Iterator[Check]:
        """What breaks the data model is told; what keeps to it needs no word."""
        if _model.claims_to_be_one(self._document):
            is_safe_rdf = not self._problems and self._digests.keys() & _RDF
            for problem in _model.problems(self._document, are_ids_iris=bool(is_safe_rdf)):
                yield Check(name="data-model", outcome="failed", detail=problem.sentence)
        if "relatedResource" in self._document:
            yield from _related.checks(self._document, self._contexts)

    def _bindings(self, understood: Sequence[JsonObject]) -> Iterator[Check]:
        skipped = len(self._proofs) - len(understood)
        if skipped:
            detail = f"{skipped} proofs of suites that are not understood here"
            yield Check(name="other-proofs", outcome="skipped", detail=detail)
        is_bound = any("domain" in proof or "challenge" in proof for proof in understood)
        if is_bound and not is_presentation(self._document):
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


def _challenge(proof: JsonObject) -> str | None:
    return _text(proof, "challenge") if "challenge" in proof else None


def _domains(proof: JsonObject) -> tuple[str, ...]:
    value = proof.get("domain", [])
    domains: list[Any] = value if isinstance(value, list) else [value]
    if not all(isinstance(domain, str) for domain in domains):
        raise Unreadable("the proof has a domain that is no text")
    return tuple(domains)


def _expiry(proof: JsonObject) -> datetime | None:
    return _members.moment(proof.get("expires"), "the end of the proof")


def _must_have_few_contexts(document: JsonObject) -> None:
    """Each takes as long as hundreds of members; a megabyte has room for tens of thousands."""
    found, open_ends = 0, [document]
    while open_ends:
        end: Any = open_ends.pop()
        if isinstance(end, dict):
            contexts = end.get("@context", [])
            found += len(contexts) if isinstance(contexts, list) else 1
            open_ends += end.values()
        elif isinstance(end, list):
            open_ends += end
    if found > _MOST_CONTEXTS:
        raise Unreadable(f"more than {_MOST_CONTEXTS} contexts are not read")


def _earliest(moments: Sequence[datetime | None]) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)


def _text(proof: JsonObject, name: str) -> str:
    value: Any = proof.get(name)
    if not isinstance(value, str):
        raise Unreadable(f"the proof has no {name}, or it is no text")
    return value
