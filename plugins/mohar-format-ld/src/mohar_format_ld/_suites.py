"""How a proof is written and what it signs: one class for each family of suites."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, Protocol, TypeAlias

import msgspec

from mohar.codec import jws, multibase
from mohar.domain.errors import Unreadable, Unsupported
from mohar.domain.keys import Algorithm
from mohar.domain.values import JsonObject
from mohar_format_ld._canonical import LEGACY, RDFC, Dialect
from mohar_format_ld._contexts import SECURITY_V2

SuiteName: TypeAlias = Literal["eddsa-rdfc-2022", "Ed25519Signature2018", "RsaSignature2018"]

_DATA_INTEGRITY: Final = "DataIntegrityProof"


class ReadProof(msgspec.Struct, frozen=True, kw_only=True):
    """A proof taken apart: what it says, the signature it holds, and the header before it."""

    bare: JsonObject
    algorithm: str
    signature: bytes
    header: str = ""


class Suite(Protocol):
    """One way to write a proof."""

    name: SuiteName
    algorithm: Algorithm
    media_type: str
    dialect: Dialect

    def bare(self, key_id: str, created: str) -> JsonObject:
        """Return a proof that lacks only its signature."""
        ...

    def options(self, bare: JsonObject, document: JsonObject) -> JsonObject:
        """Return the proof's own document, the first half of what is signed."""
        ...

    def payload(self, options: bytes, document: bytes, header: str = "") -> bytes:
        """Return the bytes to sign from the two digests."""
        ...

    def sealed(self, bare: JsonObject, signature: bytes) -> JsonObject:
        """Return the proof with its signature."""
        ...

    def read(self, proof: JsonObject) -> ReadProof:
        """
        Take a proof apart.

        Raises:
            Unreadable: a signature is missing or damaged.
            Unsupported: a header or a link to other proofs that is not understood here.
        """
        ...


class DetachedJws:
    """
    The suites of 2018: the proof in the security vocabulary, the signature as a detached JWS.

    The legacy stack canonicalises in its own dialect, and puts the proof's digest first.
    """

    def __init__(
        self, name: Literal["Ed25519Signature2018", "RsaSignature2018"], algorithm: Algorithm
    ) -> None:
        self.name: SuiteName = name
        self.algorithm = algorithm
        self.media_type = "application/ld+json"
        self.dialect = LEGACY
        self._header = jws.header(algorithm)

    def bare(self, key_id: str, created: str) -> JsonObject:
        """Return type, time, key and purpose, in the order the legacy stack writes them."""
        return {
            "type": self.name,
            "created": created,
            "verificationMethod": key_id,
            "proofPurpose": "assertionMethod",
        }

    def options(self, bare: JsonObject, document: JsonObject) -> JsonObject:  # noqa: ARG002 -- these suites never look at the document
        """Return the proof under the security vocabulary, whatever the document's contexts are."""
        return {"@context": SECURITY_V2, **bare}

    def payload(self, options: bytes, document: bytes, header: str = "") -> bytes:
        """Return header, dot, and both digests (RFC 7797 §3)."""
        return jws.signing_input(header or self._header, options + document)

    def sealed(self, bare: JsonObject, signature: bytes) -> JsonObject:
        """Return the proof with its `jws`."""
        return {**bare, "jws": jws.join(self._header, signature)}

    def read(self, proof: JsonObject) -> ReadProof:
        """Take the `jws` out of a proof."""
        split = jws.split(_text(proof, "jws"))
        return ReadProof(
            bare={name: value for name, value in proof.items() if name != "jws"},
            algorithm=split.algorithm,
            signature=split.signature,
            header=split.header,
        )


class DataIntegrity:
    """W3C Data Integrity EdDSA 1.0, `eddsa-rdfc-2022`."""

    def __init__(self) -> None:
        self.name: SuiteName = "eddsa-rdfc-2022"
        self.algorithm: Algorithm = "EdDSA"
        self.media_type = "application/vc"
        self.dialect = RDFC

    def bare(self, key_id: str, created: str) -> JsonObject:
        """Return a DataIntegrityProof that lacks its proofValue."""
        return {
            "type": _DATA_INTEGRITY,
            "cryptosuite": self.name,
            "created": created,
            "verificationMethod": key_id,
            "proofPurpose": "assertionMethod",
        }

    def options(self, bare: JsonObject, document: JsonObject) -> JsonObject:
        """Return the proof configuration: the proof under the document's own contexts."""
        return {"@context": document.get("@context"), **bare}

    def payload(self, options: bytes, document: bytes, header: str = "") -> bytes:  # noqa: ARG002 -- there is no header here
        """Return both digests, the configuration's first (§3.2.4)."""
        return options + document

    def sealed(self, bare: JsonObject, signature: bytes) -> JsonObject:
        """Return the proof with its `proofValue`."""
        return {**bare, "proofValue": multibase.encode(signature)}

    def read(self, proof: JsonObject) -> ReadProof:
        """Take the `proofValue` out of a proof."""
        value = _text(proof, "proofValue")
        if not value.startswith("z"):
            raise Unreadable("a proofValue of eddsa-rdfc-2022 is base58btc and begins with z")
        if "previousProof" in proof:
            raise Unsupported("a proof that builds on another one is not understood here")
        return ReadProof(
            bare={name: member for name, member in proof.items() if name != "proofValue"},
            algorithm=self.algorithm,
            signature=multibase.decode(value),
        )


def suites() -> Sequence[Suite]:
    """Return every suite that is understood here."""
    return (
        DataIntegrity(),
        DetachedJws("Ed25519Signature2018", "EdDSA"),
        DetachedJws("RsaSignature2018", "PS256"),
    )


def suite_name(proof: JsonObject) -> str:
    """Return what a proof calls its suite, or the empty text."""
    kind = proof.get("type")
    name = proof.get("cryptosuite") if kind == _DATA_INTEGRITY else kind
    return name if isinstance(name, str) else ""


def _text(proof: JsonObject, name: str) -> str:
    value = proof.get(name)
    if not isinstance(value, str):
        raise Unreadable(f"the proof has no {name}, or it is no text")
    return value
