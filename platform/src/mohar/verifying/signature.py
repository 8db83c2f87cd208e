"""Whose keys may have signed this, which of them did, and was it valid then?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from mohar.domain.errors import Unavailable
from mohar.domain.keys import PublicKey
from mohar.domain.proof import Opened, OpenedProof
from mohar.domain.verdict import VerdictName
from mohar.plugin.roles import Format, Trust
from mohar.verifying.steps import Step, skipped, step, worst

ASSERTS: Final = ("", "assertionMethod")


class Candidates(msgspec.Struct, frozen=True, kw_only=True):
    """The keys an issuer may have signed with. `complete` unless a trust could not be asked."""

    keys: tuple[PublicKey, ...]
    complete: bool


class Signatures:
    """Judges the proofs of an opened document, made for these purposes, by what is trusted."""

    def __init__(self, trust: Sequence[Trust], purposes: Sequence[str] = ASSERTS) -> None:
        self._trust = tuple(trust)
        self._purposes = tuple(purposes)

    def judge(
        self, form: Format, opened: Opened, at: datetime, *, issuer: str | None = None
    ) -> Sequence[Step]:
        """
        Return the steps `trust`, `signature` and `key`, or a failed `proof` where nothing is signed.

        Every proof must be right. A proof whose key nobody knows makes the issuer unknown; one that
        could not be judged, because a trust did not answer, leads to `not-checked`.

        `issuer` is whose keys are asked for instead of the document's; the empty text stands for
        whoever each key's own id names.
        """
        if not opened.proofs:
            return [
                step("proof", "failed", "the document is not signed", "invalid"),
                *skipped("trust", "signature", "key", because="there is no proof"),
            ]
        asked = opened.issuer if issuer is None else issuer
        return _as_steps(
            worst(self._proof(form, opened, index, at, asked) for index in _indexes(opened))
        )

    def made_by(
        self, form: Format, opened: Opened, index: int, at: datetime, *, issuer: str
    ) -> Sequence[PublicKey]:
        """Return the keys of that issuer that made one proof, valid or not."""
        proof = opened.proofs[index]
        candidates = self._candidates(issuer or did_of(proof), proof, proof.created or at)
        return [key for key in candidates.keys if form.verify(opened, index, key)]

    def _proof(
        self, form: Format, opened: Opened, index: int, at: datetime, issuer: str
    ) -> VerdictName:
        proof = opened.proofs[index]
        moment = proof.created or at
        candidates = self._candidates(issuer or did_of(proof), proof, moment)
        made_by = [key for key in candidates.keys if form.verify(opened, index, key)]
        if made_by:
            return self._believed(proof, made_by, moment)
        if not candidates.complete:
            return "not-checked"
        return "invalid" if candidates.keys else "unknown-issuer"

    def _candidates(self, issuer: str, proof: OpenedProof, moment: datetime) -> Candidates:
        keys: list[PublicKey] = []
        complete = True
        for trust in self._trust:
            try:
                keys += trust.keys(issuer, proof.key_id, moment)
            except Unavailable:
                complete = False
        return Candidates(keys=tuple(keys), complete=complete)

    def _believed(
        self, proof: OpenedProof, made_by: Sequence[PublicKey], moment: datetime
    ) -> VerdictName:
        if proof.purpose not in self._purposes:
            return "invalid"
        # A key that any trust calls compromised signs for whoever holds it, whatever others say.
        if any(key.status == "compromised" for key in made_by):
            return "key-not-valid"
        may_sign = any(
            _may_sign(key, proof, moment) and key.serves(proof.usages) for key in made_by
        )
        return "valid" if may_sign else "key-not-valid"


def did_of(proof: OpenedProof) -> str:
    """Return whose key a proof's key id says it is: what stands before the `#`."""
    return proof.key_id.partition("#")[0]


def _indexes(opened: Opened) -> range:
    return range(len(opened.proofs))


def _may_sign(key: PublicKey, proof: OpenedProof, moment: datetime) -> bool:
    """
    A retired key is believed for what it signed before its end, so its end must be known.

    Some formats do not tell when they were signed. A key that was retired did not lose its good
    name, so such a document stays what it was; of any other key that has ended it does not.
    """
    if key.status != "retired":
        return key.was_valid(moment)
    if key.valid_until is None:
        return False
    before_its_end = proof.created is None or moment < key.valid_until
    return before_its_end and (key.valid_from is None or key.valid_from <= moment)


def _as_steps(verdict: VerdictName) -> Sequence[Step]:
    match verdict:
        case "unknown-issuer":
            return [
                step("trust", "failed", "no trusted key of this issuer has this key id", verdict),
                *skipped("signature", "key", because="no key to judge it with"),
            ]
        case "not-checked":
            return [
                step("trust", "unknown", "a list of trusted keys could not be read", verdict),
                *skipped("signature", "key", because="no key to judge it with"),
            ]
        case "invalid":
            return [
                step("trust", "passed"),
                step("signature", "failed", "the signature does not match the content", verdict),
                *skipped("key", because="the signature is wrong"),
            ]
        case "key-not-valid":
            return [
                step("trust", "passed"),
                step("signature", "passed"),
                step("key", "failed", "the key was not valid for this when it was signed", verdict),
            ]
        case _:
            return [step(name, "passed") for name in ("trust", "signature", "key")]
