"""Public keys from the forms they come in. Each key gets its one algorithm here."""

from __future__ import annotations

from functools import lru_cache
from typing import Final, TypeAlias

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from mohar.codec import base58
from mohar.domain.errors import Unreadable, Unsupported
from mohar.domain.keys import Algorithm, PublicKey

Native: TypeAlias = rsa.RSAPublicKey | ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey

ED25519_BYTES: Final = 32
MIN_RSA_BITS: Final = 2048
# Beyond this one verification takes long enough to be a weapon.
_MAX_RSA_BITS: Final = 8192
_MAX_TEXT: Final = 20_000
_RSA_ALGORITHMS: Final = ("PS256", "RS256")


def from_native(
    key: object, *, key_id: str, algorithm: str | None = None, controller: str = ""
) -> PublicKey:
    """
    Return the PublicKey of a `cryptography` key object.

    `algorithm` may be left out; an RSA key is then a PS256 key.

    Raises:
        Unsupported: a kind, size or curve of key we do not use, or an algorithm it cannot have.
    """
    native = _known(key)
    possible = _algorithms(native)
    chosen = possible[0] if algorithm is None else algorithm
    if chosen not in possible:
        raise Unsupported(
            f"key {key_id}: algorithm {chosen!r} does not fit it; it can do {' or '.join(possible)}"
        )
    return PublicKey(
        key_id=key_id,
        algorithm=next(each for each in possible if each == chosen),
        spki=native.public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        ),
        controller=controller,
    )


def from_spki(
    spki: bytes, *, key_id: str, algorithm: str | None = None, controller: str = ""
) -> PublicKey:
    """
    Return the PublicKey behind a DER SubjectPublicKeyInfo (RFC 5280 §4.1).

    Raises:
        Unreadable: not such a structure.
        Unsupported: a key we do not use.
    """
    native = _load(spki, key_id)
    return from_native(native, key_id=key_id, algorithm=algorithm, controller=controller)


def from_pem(
    pem: bytes, *, key_id: str, algorithm: str | None = None, controller: str = ""
) -> PublicKey:
    """
    Return the PublicKey in a PEM text.

    Raises:
        Unreadable: no public key, or a private one, which has no business here.
        Unsupported: a key we do not use.
    """
    if b"PRIVATE KEY" in pem:
        raise Unreadable(f"key {key_id}: this PEM holds a private key; give the public one")
    try:
        native = serialization.load_pem_public_key(pem[:_MAX_TEXT])
    except (ValueError, UnsupportedAlgorithm) as error:
        raise Unreadable(f"key {key_id}: this PEM text holds no public key") from error
    return from_native(native, key_id=key_id, algorithm=algorithm, controller=controller)


def from_base58(text: str, *, key_id: str, controller: str = "") -> PublicKey:
    """
    Return the Ed25519 key of a `publicKeyBase58`.

    Raises:
        Unreadable: not base58btc, or not 32 bytes.
    """
    raw = base58.decode(text)
    if len(raw) != ED25519_BYTES:
        raise Unreadable(f"key {key_id}: publicKeyBase58 must hold an Ed25519 key of 32 bytes")
    native = ed25519.Ed25519PublicKey.from_public_bytes(raw)
    return from_native(native, key_id=key_id, controller=controller)


def to_native(key: PublicKey) -> Native:
    """
    Return the `cryptography` object of a key.

    Raises:
        Unreadable: its SPKI is damaged.
        Unsupported: a kind of key we do not use.
    """
    return _load(key.spki, key.key_id)


def to_pem(key: PublicKey) -> bytes:
    """Return a key as PEM text."""
    return to_native(key).public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def _load(spki: bytes, key_id: str) -> Native:
    try:
        native = _native(spki)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise Unreadable(f"key {key_id}: this is no SubjectPublicKeyInfo (RFC 5280)") from error
    return _known(native)


@lru_cache(maxsize=256)
def _native(spki: bytes) -> object:
    """Keys are few and verify much; to read one takes a quarter of the time of verifying with it."""
    return serialization.load_der_public_key(spki)


def _known(key: object) -> Native:
    match key:
        case rsa.RSAPublicKey() | ed25519.Ed25519PublicKey() | ec.EllipticCurvePublicKey():
            return key
        case _:
            raise Unsupported("only RSA, Ed25519, P-256 and P-384 keys are used")


def _algorithms(key: Native) -> tuple[Algorithm, ...]:
    match key:
        case rsa.RSAPublicKey():
            if not MIN_RSA_BITS <= key.key_size <= _MAX_RSA_BITS:
                raise Unsupported(
                    f"an RSA key of {key.key_size} bits is not used; "
                    f"it must have {MIN_RSA_BITS} to {_MAX_RSA_BITS}"
                )
            return _RSA_ALGORITHMS
        case ed25519.Ed25519PublicKey():
            return ("EdDSA",)
        case ec.EllipticCurvePublicKey():
            return (_curve_algorithm(key.curve),)


def _curve_algorithm(curve: ec.EllipticCurve) -> Algorithm:
    match curve:
        case ec.SECP256R1():
            return "ES256"
        case ec.SECP384R1():
            return "ES384"
        case _:
            raise Unsupported(f"the curve {curve.name} is not used; only P-256 and P-384 are")
