"""Signatures: the right key over the right bytes, and nothing else, is True."""

from __future__ import annotations

import msgspec
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from mohar.codec import base64url, ecdsa, jws, keymaking, signatures
from mohar.domain.errors import MoharError, Unreadable, Unsupported
from mohar.domain.keys import Algorithm, PublicKey

PAYLOAD = b"bytes that somebody signed"


def _made(algorithm: Algorithm) -> tuple[PublicKey, bytes]:
    pem, public = keymaking.generate(algorithm, "k")
    match keymaking.from_pem(pem):
        case ed25519.Ed25519PrivateKey() as private:
            return public, private.sign(PAYLOAD)
        case rsa.RSAPrivateKey() as private:
            pad: padding.AsymmetricPadding = (
                padding.PSS(padding.MGF1(hashes.SHA256()), 32)
                if algorithm == "PS256"
                else padding.PKCS1v15()
            )
            return public, private.sign(PAYLOAD, pad, hashes.SHA256())
        case ec.EllipticCurvePrivateKey() as private:
            digest = hashes.SHA256() if algorithm == "ES256" else hashes.SHA384()
            half = 32 if algorithm == "ES256" else 48
            return public, ecdsa.der_to_raw(private.sign(PAYLOAD, ec.ECDSA(digest)), half)


@pytest.fixture(scope="module")
def signed() -> dict[Algorithm, tuple[PublicKey, bytes]]:
    algorithms: tuple[Algorithm, ...] = ("PS256", "RS256", "EdDSA", "ES256", "ES384")
    return {algorithm: _made(algorithm) for algorithm in algorithms}


class TestVerify:
    @pytest.mark.parametrize("algorithm", ["PS256", "RS256", "EdDSA", "ES256", "ES384"])
    def test_what_the_key_signed_verifies_and_a_flipped_bit_does_not(
        self, signed: dict[Algorithm, tuple[PublicKey, bytes]], algorithm: Algorithm
    ):
        key, signature = signed[algorithm]
        flipped = bytes([signature[0] ^ 1]) + signature[1:]

        assert signatures.verify(key, signature, PAYLOAD)
        assert not signatures.verify(key, flipped, PAYLOAD)
        assert not signatures.verify(key, signature, PAYLOAD + b".")
        assert not signatures.verify(key, signature + b"\0", PAYLOAD)
        assert not signatures.verify(key, b"", PAYLOAD)

    def test_an_rsa_key_of_the_other_padding_says_no(
        self, signed: dict[Algorithm, tuple[PublicKey, bytes]]
    ):
        key, signature = signed["PS256"]

        assert not signatures.verify(
            msgspec.structs.replace(key, algorithm="RS256"), signature, PAYLOAD
        )

    def test_an_algorithm_the_key_cannot_have_says_no(
        self, signed: dict[Algorithm, tuple[PublicKey, bytes]]
    ):
        key, signature = signed["EdDSA"]

        for algorithm in ("PS256", "ES256", "ES384"):
            told = msgspec.structs.replace(key, algorithm=algorithm)
            assert not signatures.verify(told, signature, PAYLOAD)

    def test_pss_with_another_salt_is_not_ps256(self):
        pem, key = keymaking.generate("PS256", "k")
        private = keymaking.from_pem(pem)
        assert isinstance(private, rsa.RSAPrivateKey)
        signature = private.sign(
            PAYLOAD, padding.PSS(padding.MGF1(hashes.SHA256()), 20), hashes.SHA256()
        )

        assert not signatures.verify(key, signature, PAYLOAD)

    def test_a_damaged_key_is_an_error_and_not_a_wrong_signature(
        self, signed: dict[Algorithm, tuple[PublicKey, bytes]]
    ):
        key, signature = signed["EdDSA"]

        with pytest.raises(Unreadable):
            signatures.verify(msgspec.structs.replace(key, spki=b"no"), signature, PAYLOAD)


class TestEcdsa:
    @settings(max_examples=60, deadline=None)
    @given(st.binary(min_size=64, max_size=64))
    def test_raw_and_der_are_inverse(self, raw: bytes):
        assert raw == ecdsa.der_to_raw(ecdsa.raw_to_der(raw, 32), 32)

    @settings(max_examples=60, deadline=None)
    @given(st.binary(max_size=80))
    def test_any_bytes_are_read_or_unreadable(self, data: bytes):
        for read in (ecdsa.der_to_raw, ecdsa.raw_to_der):
            try:
                read(data, 32)
            except Unreadable:
                continue

    def test_numbers_wider_than_the_curve_are_unreadable(self):
        wide = ecdsa.raw_to_der(b"\xff" * 96, 48)

        with pytest.raises(Unreadable):
            ecdsa.der_to_raw(wide, 32)


class TestDetachedJws:
    def test_the_header_is_the_one_every_legacy_signature_carries(self):
        assert jws.header("PS256") == "eyJhbGciOiJQUzI1NiIsImI2NCI6ZmFsc2UsImNyaXQiOlsiYjY0Il19"

    @settings(max_examples=40, deadline=None)
    @given(st.binary(min_size=1, max_size=80))
    def test_what_is_joined_is_split(self, signature: bytes):
        split = jws.split(jws.join(jws.header("EdDSA"), signature))

        assert (split.algorithm, split.signature) == ("EdDSA", signature)
        assert split.header == jws.header("EdDSA")

    @settings(max_examples=60, deadline=None)
    @given(st.text("eyJhb.GciO_-iJ", max_size=40) | st.text(max_size=20))
    def test_any_text_is_split_or_refused_by_name(self, text: str):
        try:
            jws.split(text)
        except MoharError:
            return

    @pytest.mark.parametrize(
        "header",
        [
            '{"alg":"PS256"}',
            '{"alg":"PS256","b64":true,"crit":["b64"]}',
            '{"alg":"PS256","b64":0,"crit":["b64"]}',
            '{"alg":"PS256","b64":false}',
            '{"alg":"PS256","b64":false,"crit":["b64","exp"]}',
            '{"alg":"PS256","b64":false,"crit":["b64"],"kid":"x"}',
        ],
    )
    def test_any_other_header_is_unsupported(self, header: str):
        with pytest.raises(Unsupported):
            jws.split(f"{base64url.encode(header.encode())}..AAAA")

    @pytest.mark.parametrize("text", ["", "a.b.c", "..", "e30..", "e30.AA.AA", "e30"])
    def test_another_form_is_unreadable(self, text: str):
        with pytest.raises(Unreadable):
            jws.split(text)

    def test_the_payload_is_signed_as_it_is(self):
        assert jws.signing_input("e30", b"\x00\xff") == b"e30.\x00\xff"
