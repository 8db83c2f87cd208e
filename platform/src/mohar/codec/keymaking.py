"""Private keys in PEM files: made, read, described. Nothing here writes a file."""

from __future__ import annotations

from base64 import b64decode
from datetime import datetime
from typing import Annotated, Any, Final, TypeAlias

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from mohar.codec import public_keys
from mohar.domain.clock import rfc3339
from mohar.domain.errors import Unreadable, Unsupported
from mohar.domain.keys import Algorithm, KeyStatus, PublicKey

PrivateKey: TypeAlias = rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey
Moment: TypeAlias = Annotated[datetime, msgspec.Meta(tz=True)]

_RSA_EXPONENT: Final = 65537


class KeyDescription(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    What stands beside a PEM file, under the same name ending in `.yaml`.

    `valid_from` and `valid_until` bound when the key may sign; `status` is `active`, `retired`
    (its signatures still count) or `compromised` (they do not). One that is `compromised_since` a
    moment signs no more either, and counts for what says it was signed before. `public_key` is the
    DER SubjectPublicKeyInfo in base64; without it the key is known from its PEM alone.
    """

    key_id: str
    algorithm: Algorithm
    created: Moment | None = None
    valid_from: Moment | None = None
    valid_until: Moment | None = None
    status: KeyStatus = "active"
    compromised_since: Moment | None = None
    controller: str = ""
    public_key: str = ""

    @property
    def begins(self) -> datetime | None:
        """Return when it is this key's turn to sign; None where it always was."""
        return self.valid_from

    def why_not(self, moment: datetime) -> str | None:
        """Return why the key may not sign at that moment, or None where it may."""
        if self.status != "active":
            return f"it is {self.status}; sign with another key"
        if self.compromised_since is not None:
            return "it is revoked; sign with another key"
        if self.valid_from is not None and moment < self.valid_from:
            return f"it is valid from {rfc3339(self.valid_from)}"
        if self.valid_until is not None and moment >= self.valid_until:
            return f"it was valid until {rfc3339(self.valid_until)}"
        return None

    def as_yaml(self) -> str:
        """Return the description as YAML, one line for each field that is set."""
        return "\n".join(yaml_lines(self)) + "\n"

    def public(self) -> PublicKey:
        """
        Return the key that `public_key` holds, as it is described here.

        Raises:
            Unreadable: it holds none.
            Unsupported: it is a key we do not use, or one of another algorithm.
        """
        try:
            spki = b64decode(self.public_key, validate=True)
        except ValueError as error:
            raise Unreadable(f"key {self.key_id}: its public_key is not base64") from error
        known = public_keys.from_spki(spki, key_id=self.key_id, algorithm=self.algorithm)
        return self.describe(known)

    def describe(self, key: PublicKey) -> PublicKey:
        """
        Return a public key with the controller, validity and status told here.

        One that is compromised since a moment ends there, and is not called retired, since nothing
        is believed of it that does not tell when it was signed.
        """
        ends = [end for end in (self.valid_until, self.compromised_since) if end is not None]
        is_in_order = self.compromised_since is None or self.status == "compromised"
        return msgspec.structs.replace(
            key,
            controller=self.controller or key.controller,
            valid_from=self.valid_from,
            valid_until=min(ends, default=None),
            status=self.status if is_in_order else "active",
        )


def yaml_lines(described: KeyDescription) -> list[str]:
    """Return one line of YAML for each field that is set."""
    fields: dict[str, Any] = msgspec.to_builtins(described)
    return [
        f"{name}: {msgspec.json.encode(value).decode()}"
        for name, value in fields.items()
        if value not in (None, "", ())
    ]


def generate(algorithm: Algorithm, key_id: str) -> tuple[bytes, PublicKey]:
    """Return a new private key as PKCS#8 PEM, and its public half. RSA keys have 2048 bits."""
    private = _new(algorithm)
    pem = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return pem, public_of(private, key_id=key_id, algorithm=algorithm)


def from_pem(pem: bytes) -> PrivateKey:
    """
    Return the private key in a PEM text.

    Raises:
        Unreadable: no private key in it, or one behind a password.
        Unsupported: a kind of key we do not sign with.
    """
    try:
        private = serialization.load_pem_private_key(pem, password=None)
    except TypeError as error:
        raise Unreadable("this PEM is locked by a password; give it without one") from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise Unreadable("this is no private key in PEM text (PKCS#8)") from error
    match private:
        case rsa.RSAPrivateKey() | ed25519.Ed25519PrivateKey() | ec.EllipticCurvePrivateKey():
            return private
        case _:
            raise Unsupported("only RSA, Ed25519, P-256 and P-384 keys sign")


def public_of(
    private: PrivateKey, *, key_id: str, algorithm: str | None = None, controller: str = ""
) -> PublicKey:
    """
    Return the public half of a private key.

    Raises:
        Unsupported: an RSA key under 2048 bits, another curve, or an algorithm that does not fit.
    """
    return public_keys.from_native(
        private.public_key(), key_id=key_id, algorithm=algorithm, controller=controller
    )


def _new(algorithm: Algorithm) -> PrivateKey:
    match algorithm:
        case "EdDSA":
            return ed25519.Ed25519PrivateKey.generate()
        case "ES256":
            return ec.generate_private_key(ec.SECP256R1())
        case "ES384":
            return ec.generate_private_key(ec.SECP384R1())
        case "PS256" | "RS256":
            return rsa.generate_private_key(_RSA_EXPONENT, public_keys.MIN_RSA_BITS)
