"""The format over the contexts of the published credentials, and keys made for the occasion."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from mohar.codec import ecdsa, keymaking, trusted_keys
from mohar.domain.credential import Credential
from mohar.domain.keys import Algorithm, PublicKey
from mohar_format_ld._contexts import Contexts
from mohar_format_ld._format import LdFormat, Settings

ROOT = Path(__file__).parents[3]
MEMBERSHIP = "https://example.org/contexts/membership/v1"
TERMS = {
    "@context": {
        "@version": 1.1,
        "@protected": True,
        "Membership": {
            "@id": "https://example.org/terms#Membership",
            "@context": {
                "@version": 1.1,
                "@protected": True,
                "member": {
                    "@id": "https://example.org/terms#member",
                    "@context": {
                        "@protected": True,
                        "givenName": "https://example.org/terms#givenName",
                        "notes": "https://example.org/terms#notes",
                        "friend": {"@id": "https://example.org/terms#friend", "@type": "@id"},
                    },
                },
                "number": "https://example.org/terms#number",
                "labels": {"@id": "https://example.org/terms#labels", "@container": "@language"},
                "sections": {"@id": "https://example.org/terms#sections", "@container": "@index"},
                "steps": {"@id": "https://example.org/terms#steps", "@container": "@list"},
                "raw": {"@id": "https://example.org/terms#raw", "@type": "@json"},
                "role": {"@id": "https://example.org/terms#role", "@type": "@vocab"},
                "weight": {
                    "@id": "https://example.org/terms#weight",
                    "@type": "http://www.w3.org/2001/XMLSchema#double",
                },
                "nothing": None,
            },
        },
    }
}


class MadeSigner:
    """Signs with a key that lives for one test run."""

    def __init__(self, algorithm: Algorithm, key_id: str) -> None:
        pem, self.key = keymaking.generate(algorithm, key_id)
        self._private = keymaking.from_pem(pem)

    def sign(self, payloads: Any) -> list[bytes]:
        return [self._signature(payload) for payload in payloads]

    def _signature(self, payload: bytes) -> bytes:
        match self._private:
            case ed25519.Ed25519PrivateKey() as private:
                return private.sign(payload)
            case rsa.RSAPrivateKey() as private:
                pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
                return private.sign(payload, pss, hashes.SHA256())
            case ec.EllipticCurvePrivateKey() as private:
                half = (private.curve.key_size + 7) // 8
                hashed = hashes.SHA256() if half == 32 else hashes.SHA384()
                return ecdsa.der_to_raw(private.sign(payload, ec.ECDSA(hashed)), half)


@pytest.fixture(scope="session")
def vectors() -> Path:
    """Third-party test vectors: beside the checkout, or where MOHAR_VECTORS says."""
    folder = ROOT / os.environ.get("MOHAR_VECTORS", "../shared/vectors")
    if not folder.is_dir():
        pytest.skip("no third-party vectors here; set MOHAR_VECTORS to their folder")
    return folder


@pytest.fixture(scope="session")
def rsa_signer() -> MadeSigner:
    return MadeSigner("PS256", "did:example:issuer")


@pytest.fixture(scope="session")
def ed_signer() -> MadeSigner:
    return MadeSigner("EdDSA", "did:web:example.org#one")


@pytest.fixture(scope="session")
def documents() -> dict[str, bytes]:
    return {MEMBERSHIP: json.dumps(TERMS).encode()}


@pytest.fixture(scope="session")
def published(vectors: Path) -> dict[str, bytes]:
    """The contexts of the published credentials, under each URL they were used by."""
    folder = vectors / "divoc/shared/contexts"
    v1 = (folder / "DIVOCVaccinationContextV1.json").read_bytes()
    v2 = (folder / "DIVOCVaccinationContextV2.json").read_bytes()
    examples = (vectors / "data-integrity/shared/contexts/examples-v2.jsonld").read_bytes()
    return {
        "https://cowin.gov.in/credentials/vaccination/v1": v1,
        "https://divoc.dev/credentials/vaccination/v1": v1,
        "https://cowin.gov.in/credentials/vaccination/v2": v2,
        "https://divoc.prod/vaccine/credentials/vaccination/v1": v2,
        "https://www.w3.org/ns/credentials/examples/v2": examples,
    }


@pytest.fixture(scope="session")
def form(published: dict[str, bytes]) -> LdFormat:
    """The format as a verifier of published credentials has it."""
    return LdFormat(Settings(), Contexts(published))


@pytest.fixture(scope="session")
def legacy(published: dict[str, bytes]) -> LdFormat:
    """The format that signs as the legacy stack did."""
    return LdFormat(Settings(suite="RsaSignature2018"), Contexts(published))


@pytest.fixture(scope="session")
def modern(documents: dict[str, bytes]) -> LdFormat:
    """The format that signs VC 2.0."""
    return LdFormat(Settings(), Contexts(documents))


@pytest.fixture(scope="session")
def published_keys(vectors: Path) -> dict[str, PublicKey]:
    data = (vectors / "divoc/shared/public-keys.json").read_bytes()
    found = trusted_keys.keys_from_bytes(data, "public-keys.json")
    return {each.key.key_id: each.key for each in found}


@pytest.fixture
def membership() -> dict[str, Any]:
    """A small credential of version 2.0 in which every member is defined."""
    return {
        "@context": ["https://www.w3.org/ns/credentials/v2", MEMBERSHIP],
        "id": "urn:uuid:5f0c6a0e-0000-4000-8000-000000000001",
        "type": ["VerifiableCredential", "Membership"],
        "issuer": {"id": "did:web:example.org", "name": "A Club"},
        "validFrom": "2026-01-31T12:00:00Z",
        "credentialSubject": {"id": "urn:uuid:5f0c6a0e-0000-4000-8000-000000000002"},
        "member": {"givenName": "Meera", "notes": ['likes "tea"', "मीरा 😀 \uff21"]},
        "number": 7,
    }


@pytest.fixture
def credential() -> Callable[[dict[str, Any]], Credential]:
    def made(document: dict[str, Any], number: int = 1) -> Credential:
        return Credential(
            kind="membership",
            body="main",
            credential_id=f"{number:011d}",
            revision=1,
            schema="membership/1",
            issued_at=datetime(2026, 1, 31, 12, tzinfo=UTC),
            document=document,
        )

    return made


@pytest.fixture
def cowin(vectors: Path) -> dict[str, Any]:
    """The credential that India's production key signed, without its proof."""
    data = (vectors / "divoc/valid-rsa/cowin-production-2021-03-03.json").read_bytes()
    signed: dict[str, Any] = json.loads(data)
    return {name: value for name, value in signed.items() if name != "proof"}
