"""A private key from PEM text, and the one way in which it signs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from mohar.codec import ecdsa, eddsa, signatures
from mohar.codec.keymaking import PrivateKey
from mohar.domain.keys import Algorithm

Sign = Callable[[bytes], bytes]
_HALF_BYTES: Final = {"ES256": signatures.P256_BYTES, "ES384": signatures.P384_BYTES}


def way_to_sign(private: PrivateKey, algorithm: Algorithm) -> Sign:
    """Return what makes one signature with this key (ECDSA as r‖s)."""
    match private:
        case ed25519.Ed25519PrivateKey():
            return eddsa.Ed25519Signing(private).sign
        case rsa.RSAPrivateKey():
            return _rsa(private, signatures.pss() if algorithm == "PS256" else padding.PKCS1v15())
        case ec.EllipticCurvePrivateKey():
            return _ecdsa(private, algorithm)


def _rsa(private: rsa.RSAPrivateKey, pad: Any) -> Sign:
    digest = hashes.SHA256()
    return lambda payload: private.sign(payload, pad, digest)


def _ecdsa(private: ec.EllipticCurvePrivateKey, algorithm: Algorithm) -> Sign:
    half = _HALF_BYTES[algorithm]
    scheme = ec.ECDSA(hashes.SHA256() if algorithm == "ES256" else hashes.SHA384())
    return lambda payload: ecdsa.der_to_raw(private.sign(payload, scheme), half)
