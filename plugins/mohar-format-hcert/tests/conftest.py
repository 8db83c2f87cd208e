"""The format, documents it carries, and signers made for the occasion."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509 as made
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID

from mohar.codec import ecdsa, keymaking, x509
from mohar.codec.x509 import Certificate
from mohar.domain.credential import Credential
from mohar.domain.keys import Algorithm
from mohar_format_hcert._format import HcertFormat
from mohar_format_hcert._settings import Settings

ROOT = Path(__file__).parents[3]
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
ENDED = datetime(2026, 6, 1, tzinfo=UTC)


class MadeSigner:
    """Signs with a key that lives for one test run."""

    def __init__(self, algorithm: Algorithm, key_id: str) -> None:
        pem, self.key = keymaking.generate(algorithm, key_id)
        self.private: Any = keymaking.from_pem(pem)

    def sign(self, payloads: Sequence[bytes]) -> list[bytes]:
        return [self._signature(payload) for payload in payloads]

    def _signature(self, payload: bytes) -> bytes:
        if isinstance(self.private, rsa.RSAPrivateKey):
            pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
            return self.private.sign(payload, pss, hashes.SHA256())
        return ecdsa.der_to_raw(self.private.sign(payload, ec.ECDSA(hashes.SHA256())), 32)


def certificate_of(signer: MadeSigner, *usages: str) -> Certificate:
    name = made.Name([made.NameAttribute(NameOID.COUNTRY_NAME, "IN")])
    builder = (
        made.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(signer.private.public_key())
        .serial_number(7)
        .not_valid_before(BEGAN)
        .not_valid_after(ENDED)
    )
    if usages:
        extension = made.ExtendedKeyUsage([made.ObjectIdentifier(each) for each in usages])
        builder = builder.add_extension(extension, critical=False)
    signed = builder.sign(signer.private, hashes.SHA256())
    return x509.read(signed.public_bytes(serialization.Encoding.DER))


@pytest.fixture(scope="session")
def vectors() -> Path:
    """Third-party test vectors: beside the checkout, or where MOHAR_VECTORS says."""
    folder = ROOT / os.environ.get("MOHAR_VECTORS", "../shared/vectors")
    if not folder.is_dir():
        pytest.skip("no third-party vectors here; set MOHAR_VECTORS to their folder")
    return folder


@pytest.fixture(scope="session")
def signer() -> MadeSigner:
    return MadeSigner("ES256", "did:web:example.in#dsc-1")


@pytest.fixture(scope="session")
def rsa_signer() -> MadeSigner:
    return MadeSigner("PS256", "did:web:example.in#dsc-2")


@pytest.fixture(scope="session")
def make_certificate() -> Callable[..., Certificate]:
    """Return a function that makes the certificate of a signer, for these usages."""
    return certificate_of


@pytest.fixture(scope="session")
def form() -> HcertFormat:
    """The format as it wraps EU certificates."""
    return HcertFormat(Settings(), "IN")


@pytest.fixture(scope="session")
def bare() -> HcertFormat:
    """The format as it wraps WHO's data set."""
    return HcertFormat(Settings(profile="ddcc"), "IN")


@pytest.fixture(scope="session")
def document() -> dict[str, Any]:
    return {
        "ver": "1.3.0",
        "nam": {"fn": "Pariksha", "fnt": "PARIKSHA", "gn": "Bina", "gnt": "BINA"},
        "dob": "1988-12",
        "v": [
            {
                "tg": "840539006",
                "vp": "29061000087103",
                "mp": "Covishield",
                "ma": "ORG-100001981",
                "dn": 2,
                "sd": 2,
                "dt": "2021-08-30",
                "co": "IN",
                "is": "Ministry of Health and Family Welfare",
                "ci": "URN:UVCI:01:IN:92047670169",
            }
        ],
    }


@pytest.fixture(scope="session")
def make_credential() -> Callable[..., Credential]:
    """Return a function that makes the unsigned credential of a document."""

    def credential(document: dict[str, Any], number: int = 1) -> Credential:
        return Credential(
            kind="vaccination",
            body="eu",
            credential_id=f"{number:011d}",
            revision=1,
            schema="eu-dcc/v1-3",
            issued_at=datetime(2026, 1, 31, 12, tzinfo=UTC),
            document=document,
        )

    return credential
