"""The format, cards made for the occasion, and what a verifier would say of a card."""

from __future__ import annotations

import base64
import json
import os
import zlib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from mohar.codec import ecdsa, jwk, keymaking
from mohar.domain.credential import Credential
from mohar.domain.errors import Unreadable, Unsupported
from mohar.domain.keys import PublicKey
from mohar.domain.proof import Opened
from mohar_format_shc import Settings, ShcFormat
from mohar_format_shc._revocation import Revocations

ROOT = Path(__file__).parents[3]
ISSUER = "https://spec.smarthealth.cards/examples/issuer"
SKEW = timedelta(minutes=5)


class MadeSigner:
    """Signs with a P-256 key that lives for one test run."""

    def __init__(self) -> None:
        pem, self.key = keymaking.generate("ES256", "did:web:example.org#cards")
        self._private = keymaking.from_pem(pem)

    @property
    def thumbprint(self) -> str:
        return jwk.thumbprint(self.key)

    def sign(self, payloads: Sequence[bytes]) -> list[bytes]:
        assert isinstance(self._private, ec.EllipticCurvePrivateKey)
        made = [self._private.sign(each, ec.ECDSA(hashes.SHA256())) for each in payloads]
        return [ecdsa.der_to_raw(each, 32) for each in made]

    def jws(self, payload: bytes, **header: Any) -> str:
        """Return a JWS written by hand, so that it may break every rule."""
        head = {"zip": "DEF", "alg": "ES256", "kid": self.thumbprint} | header
        packer = zlib.compressobj(wbits=-15)
        packed = packer.compress(payload) + packer.flush()
        text = f"{encoded(json.dumps(head).encode())}.{encoded(packed)}"
        return f"{text}.{encoded(self.sign([text.encode()])[0])}"


class Verifier:
    """The steps of a verifier that a format's part leads to, and nothing else."""

    def __init__(self, form: ShcFormat, trusted: Mapping[tuple[str, str], PublicKey]) -> None:
        self._form = form
        self._trusted = trusted

    def verdicts(self, data: bytes, at: datetime) -> list[str]:
        try:
            cards = self._form.unpack(data) or [data]
        except Unreadable:
            return ["unreadable"]
        return [self._verdict(card, at) for card in cards]

    def _verdict(self, card: bytes, at: datetime) -> str:
        if not self._form.recognise(card):
            return "unreadable"
        try:
            opened = self._form.open(card)
        except (Unreadable, Unsupported) as error:
            return error.code
        key = self._trusted.get((opened.issuer, opened.proofs[0].key_id))
        return self._judged(opened, key, at) if key else "unknown-issuer"

    def _judged(self, opened: Opened, key: PublicKey, at: datetime) -> str:
        outcomes = {check.outcome for check in opened.checks}
        if "failed" in outcomes or not self._form.verify(opened, 0, key):
            return "invalid"
        if opened.valid_from and opened.valid_from - at > SKEW:
            return "not-yet-valid"
        if opened.valid_until and at - opened.valid_until > SKEW:
            return "expired"
        return "limited" if "unknown" in outcomes else "valid"


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@pytest.fixture(scope="session")
def vectors() -> Path:
    """Third-party test vectors: beside the checkout, or where MOHAR_VECTORS says."""
    folder = ROOT / os.environ.get("MOHAR_VECTORS", "../shared/vectors") / "shc"
    if not folder.is_dir():
        pytest.skip("no third-party vectors here; set MOHAR_VECTORS to their folder")
    return folder


@pytest.fixture(scope="session")
def form() -> ShcFormat:
    return ShcFormat(Settings(), Revocations({}))


@pytest.fixture(scope="session")
def signer() -> MadeSigner:
    return MadeSigner()


@pytest.fixture(scope="session")
def verifier(signer: MadeSigner) -> Verifier:
    """A verifier that trusts the made key for the issuer of the examples, who revoked nothing."""
    listed = {"kid": signer.thumbprint, "method": "rid", "ctr": 1, "rids": []}
    revocations = Revocations({"made.json": json.dumps(listed).encode()})
    return Verifier(ShcFormat(Settings(), revocations), {(ISSUER, signer.thumbprint): signer.key})


@pytest.fixture
def card() -> dict[str, Any]:
    """The payload of a card with one immunization, without its beginning."""
    return {
        "iss": ISSUER,
        "vc": {
            "type": [
                "https://smarthealth.cards#health-card",
                "https://smarthealth.cards#immunization",
            ],
            "credentialSubject": {
                "fhirVersion": "4.0.1",
                "fhirBundle": {
                    "resourceType": "Bundle",
                    "type": "collection",
                    "entry": [
                        {
                            "fullUrl": "resource:0",
                            "resource": {
                                "resourceType": "Patient",
                                "name": [{"family": "Śarmā", "given": ["Meera"]}],
                                "birthDate": "1951",
                            },
                        },
                        {
                            "fullUrl": "resource:1",
                            "resource": {
                                "resourceType": "Immunization",
                                "status": "completed",
                                "vaccineCode": {
                                    "coding": [
                                        {"system": "http://hl7.org/fhir/sid/cvx", "code": "210"}
                                    ]
                                },
                                "patient": {"reference": "resource:0"},
                                "occurrenceDateTime": "2021-05-13",
                                "lotNumber": "4121Z001",
                                "performer": [{"actor": {"display": "PHC Rampur"}}],
                            },
                        },
                    ],
                },
            },
        },
    }


@pytest.fixture
def credential() -> Callable[[dict[str, Any]], Credential]:
    def made(document: dict[str, Any], number: int = 1) -> Credential:
        return Credential(
            kind="vaccination",
            body="shc",
            credential_id=f"{number:011d}",
            revision=1,
            schema="vaccination/shc",
            issued_at=datetime(2026, 1, 31, 12, tzinfo=UTC),
            document=document,
        )

    return made
