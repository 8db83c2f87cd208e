"""
Ed25519 (RFC 8032) through libsodium: the same signatures in half the time of OpenSSL's.

It refuses points of small order, with which a signature fits more than one message.
"""

from __future__ import annotations

from typing import Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from nacl import bindings
from nacl.exceptions import BadSignatureError

SIGNATURE_BYTES: Final = 64
_KEY_BYTES: Final = 32


class Ed25519Signing:
    """A private key, ready to sign. It does not print and does not cross a process boundary."""

    __slots__ = ("_secret",)

    def __init__(self, key: ed25519.Ed25519PrivateKey) -> None:
        raw = serialization.Encoding.Raw
        seed = key.private_bytes(raw, serialization.PrivateFormat.Raw, serialization.NoEncryption())
        public = key.public_key().public_bytes(raw, serialization.PublicFormat.Raw)
        self._secret = seed + public

    def sign(self, payload: bytes) -> bytes:
        """Return the signature, 64 bytes; the same payload has the same one."""
        return bindings.crypto_sign(payload, self._secret)[:SIGNATURE_BYTES]

    def __repr__(self) -> str:
        return "‹Ed25519 private key›"

    def __reduce__(self) -> str:
        raise TypeError("a private key does not cross a process boundary; load it where it signs")


def verify(spki: bytes, signature: bytes, payload: bytes) -> bool:
    """Say whether the key of a DER SubjectPublicKeyInfo (RFC 8410) made this signature."""
    if len(signature) != SIGNATURE_BYTES:
        return False
    try:
        bindings.crypto_sign_open(signature + payload, spki[-_KEY_BYTES:])
    except BadSignatureError:
        return False
    return True
