"""One question: did this key make this signature over these bytes?"""

from __future__ import annotations

from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from mohar.codec import ecdsa, eddsa, public_keys
from mohar.domain.errors import Unreadable
from mohar.domain.keys import PublicKey

SALT_BYTES: Final = 32
P256_BYTES: Final = 32
P384_BYTES: Final = 48


def verify(key: PublicKey, signature: bytes, payload: bytes) -> bool:
    """
    Say whether `signature` over `payload` was made with `key`.

    The algorithm is the key's, never the document's. ECDSA signatures are r‖s (RFC 7518 §3.4),
    PS256 has a salt of 32 bytes (RFC 7518 §3.5). Anything malformed is simply False.

    Raises:
        Unreadable: the key itself is damaged.
        Unsupported: the key is of a kind we do not use.
    """
    native = public_keys.to_native(key)
    try:
        match key.algorithm, native:
            case "EdDSA", ed25519.Ed25519PublicKey():
                return eddsa.verify(key.spki, signature, payload)
            case "PS256", rsa.RSAPublicKey():
                native.verify(signature, payload, pss(), hashes.SHA256())
            case "RS256", rsa.RSAPublicKey():
                native.verify(signature, payload, padding.PKCS1v15(), hashes.SHA256())
            case "ES256", ec.EllipticCurvePublicKey(curve=ec.SECP256R1()):
                der = ecdsa.raw_to_der(signature, P256_BYTES)
                native.verify(der, payload, ec.ECDSA(hashes.SHA256()))
            case "ES384", ec.EllipticCurvePublicKey(curve=ec.SECP384R1()):
                der = ecdsa.raw_to_der(signature, P384_BYTES)
                native.verify(der, payload, ec.ECDSA(hashes.SHA384()))
            case _:
                return False
    except (InvalidSignature, Unreadable):
        return False
    return True


def pss() -> padding.PSS:
    """Return the padding of PS256: MGF1 with SHA-256 and a salt of 32 bytes."""
    return padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=SALT_BYTES)
