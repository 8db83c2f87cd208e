"""
The straight pipeline: what anybody would write first, and what ours is measured against.

One document at a time: canonicalise with PyLD, hash, sign with `cryptography`, insert, commit.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from pyld import jsonld

from mohar.codec.keymaking import PrivateKey, from_pem
from mohar.domain.values import JsonObject

_SECURITY: Final = "https://w3id.org/security/v2"
_PUBLISHED: Final = {
    "https://www.w3.org/2018/credentials/v1": "credentials-v1.jsonld",
    "https://www.w3.org/ns/credentials/v2": "credentials-v2.jsonld",
    "https://w3id.org/security/v1": "security-v1.jsonld",
    _SECURITY: "security-v2.jsonld",
}


def published_contexts(root: Path) -> dict[str, bytes]:
    """Return W3C's contexts from a checkout, where a format keeps its pinned copies."""
    files = {file.name: file for file in root.glob("plugins/*/src/*/contexts/*.jsonld")}
    return {url: files[name].read_bytes() for url, name in _PUBLISHED.items()}


class StraightPipeline:
    """Signs and stores one document after the other, a transaction each."""

    def __init__(self, url: str, key: Path, contexts: Mapping[str, bytes]) -> None:
        self._engine = sa.create_engine(url)
        self._key: PrivateKey = from_pem(key.read_bytes())
        self._contexts = {name: msgspec.json.decode(content) for name, content in contexts.items()}
        self._resolver = jsonld.ContextResolver({}, self._load)
        self._table = sa.Table(
            "straight",
            sa.MetaData(),
            sa.Column("number", sa.Integer, primary_key=True),
            sa.Column("content", sa.LargeBinary, nullable=False),
        )
        self._table.metadata.create_all(self._engine)

    def issue(self, documents: list[JsonObject]) -> None:
        """Sign and store every document."""
        for document in documents:
            signed = msgspec.json.encode(
                {**document, "proof": {"value": self.sign(document).hex()}}
            )
            with self._engine.begin() as connection:
                connection.execute(sa.insert(self._table), {"content": signed})

    def sign(self, document: JsonObject) -> bytes:
        """Return the signature over the hashes of the proof options and the document."""
        return bare_signature(self._key, self._payload(document))

    def verifies(self, document: JsonObject, signature: bytes) -> bool:
        """Say whether a signature that `sign` made is right, canonicalising everything anew."""
        payload = self._payload(document)
        public = self._key.public_key()
        try:
            if isinstance(public, rsa.RSAPublicKey):
                public.verify(signature, payload, _salted(), hashes.SHA256())
            elif isinstance(public, ed25519.Ed25519PublicKey):
                public.verify(signature, payload)
            else:
                public.verify(signature, payload, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            return False
        return True

    def canonicalise(self, document: JsonObject) -> bytes:
        """Return the hash of a document's canonical form."""
        return self._hash(document)

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()

    def _payload(self, document: JsonObject) -> bytes:
        options = {
            "@context": _SECURITY,
            "type": "Ed25519Signature2018",
            "created": "2026-01-31T12:00:00Z",
            "proofPurpose": "assertionMethod",
            "verificationMethod": "did:example:issuer",
        }
        return self._hash(options) + self._hash(document)

    def _hash(self, document: JsonObject) -> bytes:
        canonical = jsonld.normalize(
            document,
            {
                "algorithm": "URDNA2015",
                "format": "application/n-quads",
                "documentLoader": self._load,
                "contextResolver": self._resolver,
            },
        )
        return hashlib.sha256(canonical.encode()).digest()

    def _load(self, url: str, _: Any = None) -> dict[str, Any]:
        return {
            "contextUrl": None,
            "documentUrl": url,
            "document": self._contexts[url],
            # Under this tag PyLD keeps a processed context for the next document.
            "tag": "static",
        }


def bare_signature(key: PrivateKey, payload: bytes) -> bytes:
    """Return one signature, with nothing around it."""
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(payload, _salted(), hashes.SHA256())
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(payload)
    return key.sign(payload, ec.ECDSA(hashes.SHA256()))


def _salted() -> padding.PSS:
    return padding.PSS(padding.MGF1(hashes.SHA256()), salt_length=32)
