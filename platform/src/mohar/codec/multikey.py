"""Multikey: a public key as multicodec bytes in multibase text (W3C CID 1.0 §2.2.2)."""

from __future__ import annotations

from typing import Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from mohar.codec import multibase, public_keys
from mohar.domain.errors import Unreadable, Unsupported
from mohar.domain.keys import PublicKey

# Varint-encoded codes of the multicodec table.
ED25519: Final = b"\xed\x01"
P256: Final = b"\x80\x24"
P384: Final = b"\x81\x24"
_PRIVATE: Final = (b"\x80\x26", b"\x86\x26", b"\x87\x26")


def encode(key: PublicKey) -> str:
    """
    Return the Multikey text of a key (`z6Mk…`, `zDna…`, `z82L…`).

    Raises:
        Unsupported: RSA, for which Multikey has no form; publish it as a JWK.
    """
    match public_keys.to_native(key):
        case ed25519.Ed25519PublicKey() as native:
            return multibase.encode(ED25519 + native.public_bytes_raw())
        case ec.EllipticCurvePublicKey() as native:
            prefix = P256 if isinstance(native.curve, ec.SECP256R1) else P384
            point = native.public_bytes(
                serialization.Encoding.X962, serialization.PublicFormat.CompressedPoint
            )
            return multibase.encode(prefix + point)
        case _:
            raise Unsupported(f"key {key.key_id}: RSA has no Multikey form; publish it as a JWK")


def decode(text: str, *, key_id: str, controller: str = "") -> PublicKey:
    """
    Return the key behind Multikey text.

    Raises:
        Unreadable: not multibase, not a point of its curve, or a private key.
        Unsupported: a sort of key we do not use.
    """
    data = multibase.decode(text)
    if data[:2] in _PRIVATE:
        raise Unreadable(f"key {key_id}: this Multikey is a private one; give the public one")
    try:
        native = _native(data[:2], data[2:])
    except ValueError as error:
        raise Unreadable(f"key {key_id}: this Multikey is damaged") from error
    return public_keys.from_native(native, key_id=key_id, controller=controller)


def _native(prefix: bytes, raw: bytes) -> public_keys.Native:
    match prefix:
        case b"\xed\x01":
            return ed25519.Ed25519PublicKey.from_public_bytes(raw)
        case b"\x80\x24":
            return _point(ec.SECP256R1(), raw, half_bytes=32)
        case b"\x81\x24":
            return _point(ec.SECP384R1(), raw, half_bytes=48)
        case _:
            raise Unsupported(
                f"Multikey with code {prefix.hex()} is not used; only Ed25519, P-256, P-384 are"
            )


def _point(curve: ec.EllipticCurve, raw: bytes, half_bytes: int) -> ec.EllipticCurvePublicKey:
    # Only the compressed point is a Multikey; the library would take the long form as well.
    if len(raw) != 1 + half_bytes:
        raise ValueError("not a compressed point")
    return ec.EllipticCurvePublicKey.from_encoded_point(curve, raw)
