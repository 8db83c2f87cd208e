"""Facts about statements of issuers: JWS that say what became of credentials."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from mohar.codec import base64url, keymaking
from mohar.codec.eddsa import Ed25519Signing
from mohar.codec.statement import STATUS_LIST, StatementFormat
from mohar.codec.status_list import decode_token_list
from mohar.domain.credential import Credential
from mohar.domain.errors import MoharError, Unreadable, Unsupported
from mohar.testing.contracts import seal

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
FORM = StatementFormat()
PEM, KEY = keymaking.generate("EdDSA", "did:web:a.example#1")
OTHER = keymaking.generate("EdDSA", "did:web:a.example#1")[1]
CLAIMS = {"iss": "did:web:a.example", "sub": "https://a.example/1", "iat": 1_772_366_400}


class Signing:
    """Signs with one key."""

    key = KEY

    def sign(self, payloads: Sequence[bytes]) -> list[bytes]:
        private = keymaking.from_pem(PEM)
        assert isinstance(private, Ed25519PrivateKey)
        return [Ed25519Signing(private).sign(each) for each in payloads]


def statement(claims: dict[str, Any]) -> Credential:
    return Credential(
        kind="",
        body="",
        credential_id="",
        revision=1,
        schema="",
        issued_at=NOW,
        document={"typ": STATUS_LIST, "claims": claims},
    )


def text(header: object, claims: object, signature: bytes = b"x") -> bytes:
    parts = [json.dumps(each).encode() for each in (header, claims)]
    return ".".join(base64url.encode(part) for part in [*parts, signature]).encode()


@given(st.dictionaries(st.text(max_size=8), st.integers(-(2**50), 2**50) | st.text(max_size=20)))
@settings(deadline=None, max_examples=50)
def test_what_was_stated_is_read_again_and_its_key_verifies_it(more: dict[str, Any]):
    claims = more | CLAIMS
    (secured,) = seal(FORM, [statement(claims)], Signing())
    opened = FORM.open(secured.content)

    assert opened.document == {"typ": STATUS_LIST, "claims": claims}
    assert opened.issuer == "did:web:a.example"
    assert secured.media_type == "application/statuslist+jwt"
    assert FORM.verify(opened, 0, KEY)
    assert not FORM.verify(opened, 0, OTHER)


def test_the_example_of_the_ietf_is_read(vectors: Path):
    data = (vectors / "token-status-list" / "tokens" / "status_list.jwt").read_bytes()
    opened = FORM.open(data)
    claims = opened.document["claims"]
    values = decode_token_list(claims["status_list"]["lst"], claims["status_list"]["bits"])

    assert FORM.recognise(data)
    assert opened.issuer == "https://example.com"
    assert opened.proofs[0].key_id == "12"
    assert opened.proofs[0].algorithm == "ES256"
    assert opened.valid_until == datetime.fromtimestamp(2_291_720_170, UTC)
    # The draft shows the list of these bytes beside its text.
    assert values.packed.hex() == "b9a3"


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", Unreadable),
        (b"a.b", Unreadable),
        (b"\xff.\xff.\xff", Unreadable),
        (text({"typ": "JWT", "alg": "EdDSA", "kid": "k"}, CLAIMS), Unsupported),
        (
            text({"typ": STATUS_LIST, "alg": "EdDSA", "kid": "k", "crit": ["b64"]}, CLAIMS),
            Unsupported,
        ),
        (text({"typ": STATUS_LIST, "alg": "EdDSA"}, CLAIMS), Unreadable),
        (text({"typ": STATUS_LIST, "alg": "EdDSA", "kid": "k"}, {"iss": "x"}), Unreadable),
        (
            text({"typ": STATUS_LIST, "alg": "EdDSA", "kid": "k"}, CLAIMS | {"iat": True}),
            Unreadable,
        ),
        (
            text({"typ": STATUS_LIST, "alg": "EdDSA", "kid": "k"}, CLAIMS | {"exp": 1e300}),
            Unreadable,
        ),
    ],
)
def test_what_is_no_statement_is_refused_with_a_reason(data: bytes, error: type[MoharError]):
    with pytest.raises(error):
        FORM.open(data)


@given(st.binary(max_size=200))
def test_no_bytes_make_it_raise_anything_else(data: bytes):
    is_statement = False
    with suppress(Unreadable, Unsupported):
        FORM.open(data)
        is_statement = True

    assert FORM.recognise(data) >= is_statement
