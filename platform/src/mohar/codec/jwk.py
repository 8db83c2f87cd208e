"""JSON Web Keys: RFC 7517, RFC 8037 for Ed25519, and thumbprints by RFC 7638."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from mohar.codec import base64url, jcs, public_keys
from mohar.domain.errors import Unreadable, Unsupported
from mohar.domain.keys import PublicKey
from mohar.domain.values import JsonObject

_CURVES: Final = {"P-256": (ec.SECP256R1, 32), "P-384": (ec.SECP384R1, 48)}
_PRIVATE: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})


def encode(key: PublicKey) -> JsonObject:
    """Return a key as a JWK with its `kid`, `alg` and `use`."""
    return {"kid": key.key_id, "alg": key.algorithm, "use": "sig", **_members(key)}


def listed(key: PublicKey) -> JsonObject:
    """
    Return a key as a JWK as it stands in a list.

    A P-256 key goes by its thumbprint there, since health cards are signed with such keys and name
    them so (SMART Health Cards 1.4, "Determining keys associated with an issuer").
    """
    name = thumbprint(key) if key.algorithm == "ES256" else key.key_id
    return encode(key) | {"kid": name}


def jwks(keys: Sequence[PublicKey]) -> JsonObject:
    """Return a JWK Set of these keys; a compromised key is not published."""
    return {"keys": [listed(key) for key in keys if key.status != "compromised"]}


def thumbprint(key: PublicKey) -> str:
    """Return the SHA-256 thumbprint of a key (RFC 7638 §3), as base64url text."""
    return base64url.encode(hashlib.sha256(jcs.canonical(_members(key))).digest())


def decode(jwk: Mapping[str, Any], *, key_id: str | None = None, controller: str = "") -> PublicKey:
    """
    Return the key of a JWK. Without `key_id` its `kid` is taken, or else its thumbprint.

    Raises:
        Unreadable: a member is missing or damaged, or the key is a private one.
        Unsupported: a sort of key, or a use of it, that is none of ours.
    """
    name = key_id or _text(jwk, "kid", default="")
    if _PRIVATE & jwk.keys():
        raise Unreadable(f"key {name or 'without kid'}: this JWK is a private one")
    if jwk.get("use", "sig") != "sig":
        raise Unsupported(f"key {name or 'without kid'}: this JWK is not for signatures")
    algorithm = _text(jwk, "alg", default="") or None
    try:
        native = _native(jwk)
    except ValueError as error:
        raise Unreadable(f"key {name or 'without kid'}: this JWK is damaged") from error
    key = public_keys.from_native(
        native, key_id=name or "without kid", algorithm=algorithm, controller=controller
    )
    return key if name else decode(jwk, key_id=thumbprint(key), controller=controller)


def _members(key: PublicKey) -> JsonObject:
    match public_keys.to_native(key):
        case ed25519.Ed25519PublicKey() as okp:
            return {
                "kty": "OKP",
                "crv": "Ed25519",
                "x": base64url.encode(okp.public_bytes_raw()),
            }
        case rsa.RSAPublicKey() as native:
            numbers = native.public_numbers()
            return {"kty": "RSA", "n": _number(numbers.n), "e": _number(numbers.e)}
        case ec.EllipticCurvePublicKey() as native:
            crv = "P-256" if isinstance(native.curve, ec.SECP256R1) else "P-384"
            half = _CURVES[crv][1]
            point = native.public_numbers()
            return {
                "kty": "EC",
                "crv": crv,
                "x": base64url.encode(point.x.to_bytes(half)),
                "y": base64url.encode(point.y.to_bytes(half)),
            }


def _native(jwk: Mapping[str, Any]) -> public_keys.Native:
    match jwk.get("kty"), jwk.get("crv"):
        case "OKP", "Ed25519":
            return ed25519.Ed25519PublicKey.from_public_bytes(base64url.decode(_text(jwk, "x")))
        case "EC", str(crv) if crv in _CURVES:
            return _point(jwk, crv)
        case "RSA", _:
            exponent = int.from_bytes(base64url.decode(_text(jwk, "e")))
            modulus = int.from_bytes(base64url.decode(_text(jwk, "n")))
            return rsa.RSAPublicNumbers(exponent, modulus).public_key()
        case _:
            raise Unsupported(
                "a JWK of this kty and crv is not used; RSA, Ed25519, P-256, P-384 are"
            )


def _point(jwk: Mapping[str, Any], crv: str) -> ec.EllipticCurvePublicKey:
    curve, half = _CURVES[crv]
    x, y = base64url.decode(_text(jwk, "x")), base64url.decode(_text(jwk, "y"))
    if {len(x), len(y)} != {half}:
        raise ValueError("a coordinate is not as wide as its curve (RFC 7518 §6.2.1.2)")
    point = ec.EllipticCurvePublicNumbers(int.from_bytes(x), int.from_bytes(y), curve())
    return point.public_key()


def _number(value: int) -> str:
    return base64url.encode(value.to_bytes((value.bit_length() + 7) // 8))


def _text(jwk: Mapping[str, Any], name: str, *, default: str | None = None) -> str:
    value = jwk.get(name, default)
    if not isinstance(value, str):
        raise Unreadable(f"the member {name} of a JWK must be text")
    return value
