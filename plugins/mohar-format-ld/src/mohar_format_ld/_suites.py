"""How a proof is written and what it signs: one class for each family of suites."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Final, Literal, Protocol, TypeAlias

import msgspec

from mohar.codec import ecdsa, jws, multibase
from mohar.domain.errors import Unreadable
from mohar.domain.keys import Algorithm
from mohar.domain.values import JsonObject
from mohar_format_ld._canonical import LEGACY, RDFC, RDFC_384, Dialect, Hash
from mohar_format_ld._contexts import ED25519_2020, SECURITY_V2

SuiteName: TypeAlias = Literal[
    "eddsa-rdfc-2022",
    "eddsa-jcs-2022",
    "ecdsa-rdfc-2019",
    "ecdsa-jcs-2019",
    "Ed25519Signature2018",
    "Ed25519Signature2020",
    "RsaSignature2018",
]
"""The suites to sign with. `JsonWebSignature2020` is only read."""

_DATA_INTEGRITY: Final = "DataIntegrityProof"
_P256_BYTES: Final = 32
_P384_BYTES: Final = 48
_HALF_BYTES: Final = {"ES256": _P256_BYTES, "ES384": _P384_BYTES}


class Jcs(msgspec.Struct, frozen=True, kw_only=True):
    """Canonical JSON instead of canonical RDF (RFC 8785), and what it is hashed with."""

    name: str
    hash: Callable[[bytes], Hash] = hashlib.sha256


class ReadProof(msgspec.Struct, frozen=True, kw_only=True):
    """A proof taken apart: what it says, the signature it holds, and the header before it."""

    bare: JsonObject
    algorithm: str
    signature: bytes
    header: str = ""


class Suite(Protocol):
    """One way to write a proof, with keys of one algorithm."""

    name: str
    algorithm: Algorithm
    media_type: str
    dialect: Dialect | Jcs
    context: str

    def bare(self, key_id: str, created: str) -> JsonObject:
        """Return a proof that lacks only its signature."""
        ...

    def options(self, bare: JsonObject, document: JsonObject) -> JsonObject:
        """Return the proof's own document, the first half of what is signed."""
        ...

    def draft(self, bare: JsonObject, document: JsonObject) -> JsonObject:
        """Return the proof as it will stand in the document, its signature still missing."""
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
            Unsupported: a header that is not understood here.
        """
        ...

    def fits(self, read: ReadProof) -> bool:
        """Say whether a proof can have been made with a key of this algorithm."""
        ...


class DetachedJws:
    """
    The suites of 2018: the proof in the security vocabulary, the signature as a detached JWS.

    The legacy stack canonicalises in its own dialect, and puts the proof's digest first.
    """

    def __init__(self, name: str, algorithm: Algorithm) -> None:
        self.name = name
        self.algorithm = algorithm
        self.media_type = "application/ld+json"
        self.dialect: Dialect | Jcs = LEGACY
        self.context = ""
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

    def draft(self, bare: JsonObject, document: JsonObject) -> JsonObject:
        """Return the proof as it is."""
        del document
        return dict(bare)

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

    def fits(self, read: ReadProof) -> bool:
        """Say yes: the header tells the algorithm, and the key must have it."""
        del read
        return True


class WebSignature(DetachedJws):
    """
    `JsonWebSignature2020` as trust lists have it: the document's contexts, and ECDSA in DER.

    A signature of the right length for r‖s (RFC 7518 §3.4) is taken as that.
    """

    def options(self, bare: JsonObject, document: JsonObject) -> JsonObject:
        """Return the proof under the document's own contexts."""
        return {"@context": document.get("@context"), **bare}

    def read(self, proof: JsonObject) -> ReadProof:
        """Take the `jws` out of a proof, its signature as r‖s."""
        read = super().read(proof)
        half = _HALF_BYTES.get(read.algorithm, 0)
        if not half or len(read.signature) == 2 * half:
            return read
        return msgspec.structs.replace(read, signature=ecdsa.der_to_raw(read.signature, half))


class ProofValue:
    """
    Proofs with a `proofValue`: W3C Data Integrity, and Ed25519Signature2020 before it.

    The suites named `…-jcs-…` sign the JSON as it is and carry the document's contexts in the proof.
    """

    def __init__(
        self, name: str, algorithm: Algorithm, dialect: Dialect | Jcs, *, context: str = ""
    ) -> None:
        self.name = name
        self.algorithm = algorithm
        self.media_type = "application/ld+json" if context else "application/vc"
        self.dialect = dialect
        self.context = context

    def bare(self, key_id: str, created: str) -> JsonObject:
        """Return a proof that lacks its proofValue."""
        kind = {"type": self.name} if self.context else _named(self.name)
        return {
            **kind,
            "created": created,
            "verificationMethod": key_id,
            "proofPurpose": "assertionMethod",
        }

    def options(self, bare: JsonObject, document: JsonObject) -> JsonObject:
        """Return the proof configuration: the proof under the document's own contexts."""
        return {"@context": document.get("@context"), **bare}

    def draft(self, bare: JsonObject, document: JsonObject) -> JsonObject:
        """Return the proof as it is, with the document's contexts where the JSON is signed."""
        if isinstance(self.dialect, Jcs):
            return {**bare, "@context": document.get("@context")}
        return dict(bare)

    def payload(self, options: bytes, document: bytes, header: str = "") -> bytes:  # noqa: ARG002 -- there is no header here
        """Return both digests, the configuration's first (VC-DI-EdDSA §3.2.4)."""
        return options + document

    def sealed(self, bare: JsonObject, signature: bytes) -> JsonObject:
        """Return the proof with its `proofValue`."""
        return {**bare, "proofValue": multibase.encode(signature)}

    def read(self, proof: JsonObject) -> ReadProof:
        """Take the `proofValue` out of a proof."""
        value = _text(proof, "proofValue")
        if not value.startswith("z"):
            raise Unreadable(f"a proofValue of {self.name} is base58btc and begins with z")
        return ReadProof(
            bare={name: member for name, member in proof.items() if name != "proofValue"},
            algorithm=self.algorithm,
            signature=multibase.decode(value),
        )

    def fits(self, read: ReadProof) -> bool:
        """Say so from the length of the signature: r‖s is as wide as its curve."""
        half = _HALF_BYTES.get(self.algorithm)
        return half is None or len(read.signature) == 2 * half


def suites() -> Sequence[Suite]:
    """Return every suite that is understood here; one name stands once for each algorithm."""
    return (
        ProofValue("eddsa-rdfc-2022", "EdDSA", RDFC),
        ProofValue("eddsa-jcs-2022", "EdDSA", Jcs(name="jcs")),
        ProofValue("ecdsa-rdfc-2019", "ES256", RDFC),
        ProofValue("ecdsa-rdfc-2019", "ES384", RDFC_384),
        ProofValue("ecdsa-jcs-2019", "ES256", Jcs(name="jcs")),
        ProofValue("ecdsa-jcs-2019", "ES384", Jcs(name="jcs-384", hash=hashlib.sha384)),
        ProofValue("Ed25519Signature2020", "EdDSA", LEGACY, context=ED25519_2020),
        DetachedJws("Ed25519Signature2018", "EdDSA"),
        DetachedJws("RsaSignature2018", "PS256"),
        WebSignature("JsonWebSignature2020", "ES256"),
    )


def suite_name(proof: JsonObject) -> str:
    """Return what a proof calls its suite, or the empty text."""
    kind = proof.get("type")
    name = proof.get("cryptosuite") if kind == _DATA_INTEGRITY else kind
    return name if isinstance(name, str) else ""


def _named(name: str) -> JsonObject:
    return {"type": _DATA_INTEGRITY, "cryptosuite": name}


def _text(proof: JsonObject, name: str) -> str:
    value = proof.get(name)
    if not isinstance(value, str):
        raise Unreadable(f"the proof has no {name}, or it is no text")
    return value
