"""Lists as WHO writes them, signed with a key made for the occasion."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from mohar.codec import base64url, jws
from mohar_trust_gdhcn import _nquads
from mohar_trust_gdhcn._list import read

ROOT = Path(__file__).parents[3]
ANCHOR = "did:web:example.int:signing"
LIST = "did:web:lists.example.int:v2:trustlist:-:IND:DSC"
CONTEXTS = [
    "https://www.w3.org/ns/did/v1",
    "https://w3id.org/security/suites/jws-2020/v1",
    "https://smart.who.int/trust/tng-context/v1.jsonld",
]
START = datetime(2026, 1, 1, tzinfo=UTC)


class Maker:
    """Writes lists, and signs them as WHO does: ECDSA in DER."""

    def __init__(self) -> None:
        self.anchor = ec.generate_private_key(ec.SECP256R1())

    def document(self) -> bytes:
        """Return the DID document with the public half."""
        point = self.anchor.public_key().public_numbers()
        members = {"kty": "EC", "crv": "P-256", "x": number(point.x, 32), "y": number(point.y, 32)}
        method = {"id": ANCHOR, "type": "JsonWebKey2020", "publicKeyJwk": members}
        return json.dumps({"id": ANCHOR, "verificationMethod": [method]}).encode()

    def signed(self, methods: list[Any], *, did: str = LIST, **proof: Any) -> dict[str, Any]:
        """Return a list of these methods with its proof."""
        made = {
            "type": "JsonWebSignature2020",
            "created": "2026-01-30T18:00:25Z",
            "proofPurpose": "assertionMethod",
            "verificationMethod": ANCHOR,
            "jws": "",
        } | proof
        tree = {
            "@context": CONTEXTS,
            "id": did,
            "controller": "did:web:lists.example.int:v2:trustlist:-:IND",
            "verificationMethod": methods,
            "proof": made,
        }
        return self.sealed(tree)

    def sealed(self, tree: dict[str, Any]) -> dict[str, Any]:
        found = read(json.dumps(tree).encode())
        digests = [
            hashlib.sha256(text).digest()
            for text in (_nquads.of_proof(found.proof), _nquads.of_list(found))
        ]
        header = jws.header("ES256")
        payload = jws.signing_input(header, b"".join(digests))
        made = self.anchor.sign(payload, ec.ECDSA(hashes.SHA256()))
        tree["proof"]["jws"] = f"{header}..{base64url.encode(made)}"
        return tree


def number(value: int, width: int) -> str:
    return base64url.encode(value.to_bytes(width))


def certified(key: Any, *, country: str = "IN", days: int = 365) -> str:
    """Return a certificate of that key, as it stands in x5c."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COUNTRY_NAME, country)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(START)
        .not_valid_after(START + timedelta(days=days))
    )
    made = builder.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
    return base64.b64encode(made.public_bytes(serialization.Encoding.DER)).decode()


def method(key: Any, kid: str, *, usage: str = "DSC", **members: Any) -> dict[str, Any]:
    """Return one entry: coordinates as signed numbers, as WHO's lists have them."""
    point = key.public_key().public_numbers()
    width = key.curve.key_size // 8 + 1
    written = {
        "kty": "EC",
        "kid": kid,
        "crv": "P-256" if width == 33 else "UNKNOWN CURVE",
        "x": number(point.x, width),
        "y": number(point.y, width),
        "x5c": [certified(key)],
    } | members
    return {
        "id": f"{LIST}#{kid}",
        "type": "JsonWebKey2020",
        "controller": "did:web:lists.example.int:v2:trustlist:-:IND",
        "publicKeyJwk": {name: value for name, value in written.items() if value is not None},
        "domain": {"code": "#DDCC"},
        "participant": {"code": "#IND"},
        "keyusage": {"code": f"#{usage}"},
    }


@pytest.fixture(scope="session")
def vectors() -> Path:
    """Third-party test vectors: beside the checkout, or where MOHAR_VECTORS says."""
    folder = ROOT / os.environ.get("MOHAR_VECTORS", "../shared/vectors") / "gdhcn"
    if not folder.is_dir():
        pytest.skip("no third-party vectors here; set MOHAR_VECTORS to their folder")
    return folder


@pytest.fixture(scope="session")
def maker() -> Maker:
    return Maker()


@pytest.fixture(scope="session")
def key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@pytest.fixture(scope="session")
def entry() -> Callable[..., dict[str, Any]]:
    return method


@pytest.fixture(scope="session")
def certificate() -> Callable[..., str]:
    return certified


@pytest.fixture
def signed(maker: Maker, key: ec.EllipticCurvePrivateKey) -> dict[str, Any]:
    """A list with one key."""
    return copy.deepcopy(maker.signed([method(key, "AAAAAAAAAAA=")], nonce="abc"))
