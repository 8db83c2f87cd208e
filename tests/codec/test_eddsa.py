"""Facts about Ed25519: two libraries agree, and what is not a key's own is refused."""

from __future__ import annotations

import pickle

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from hypothesis import given, settings
from hypothesis import strategies as st

from mohar.codec import eddsa, public_keys, signatures
from mohar.domain.keys import PublicKey

# RFC 8032 §7.1, TEST 2.
SEED = bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
SIGNATURE = bytes.fromhex(
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
)
# The neutral point: with it as the key, the signature below would fit every message.
NEUTRAL = bytes([1]) + bytes(31)


def public(key: ed25519.Ed25519PrivateKey) -> PublicKey:
    return public_keys.from_native(key.public_key(), key_id="k")


def test_the_signature_of_the_rfc_is_made() -> None:
    signing = eddsa.Ed25519Signing(ed25519.Ed25519PrivateKey.from_private_bytes(SEED))

    assert signing.sign(b"\x72") == SIGNATURE


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=200))
@settings(max_examples=50)
def test_both_libraries_make_and_take_the_same_signatures(seed: bytes, payload: bytes) -> None:
    key = ed25519.Ed25519PrivateKey.from_private_bytes(seed)

    made = eddsa.Ed25519Signing(key).sign(payload)

    assert made == key.sign(payload)
    assert signatures.verify(public(key), made, payload)


@given(st.integers(0, 64 * 8 - 1))
@settings(max_examples=50)
def test_a_flipped_bit_is_no_signature(bit: int) -> None:
    key = ed25519.Ed25519PrivateKey.from_private_bytes(SEED)
    flipped = bytearray(SIGNATURE)
    flipped[bit // 8] ^= 1 << bit % 8

    assert not signatures.verify(public(key), bytes(flipped), b"\x72")


@pytest.mark.parametrize("length", [0, 63, 65, 128])
def test_a_signature_of_another_length_is_none(length: int) -> None:
    key = ed25519.Ed25519PrivateKey.from_private_bytes(SEED)

    assert not signatures.verify(public(key), (SIGNATURE * 2)[:length], b"\x72")


def test_a_key_that_any_signature_fits_is_refused() -> None:
    native = ed25519.Ed25519PublicKey.from_public_bytes(NEUTRAL)
    key, forged = public_keys.from_native(native, key_id="k"), NEUTRAL + bytes(32)

    assert not signatures.verify(key, forged, b"anything")


def test_a_private_key_neither_prints_nor_travels() -> None:
    signing = eddsa.Ed25519Signing(ed25519.Ed25519PrivateKey.from_private_bytes(SEED))

    assert SEED.hex() not in repr(signing)
    with pytest.raises(TypeError, match="process boundary"):
        pickle.dumps(signing)
