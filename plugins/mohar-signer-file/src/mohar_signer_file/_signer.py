"""A private key from PEM text, and the signatures it makes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import PurePath
from typing import Any, Final, NoReturn

import msgspec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from mohar.codec import ecdsa, keymaking, signatures
from mohar.codec.keymaking import KeyDescription, PrivateKey
from mohar.domain.clock import Clock, rfc3339
from mohar.domain.errors import (
    ConfigError,
    KeyUnavailable,
    SecretMissing,
    Unreadable,
    Unsupported,
)
from mohar.domain.keys import Algorithm, PublicKey
from mohar.plugin import Files, Tools
from mohar.plugin.tools import SecretReference

_HALF_BYTES: Final = {"ES256": signatures.P256_BYTES, "ES384": signatures.P384_BYTES}


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    Where the key is, what it is called, and the algorithm where the key leaves a choice.

    Without `algorithm` an RSA key signs PS256. `metadata` is the YAML file that describes the key;
    left out, the file of the same name ending in `.yaml` is read where there is one beside a PEM
    in the deployment's folder.
    """

    key: SecretReference
    key_id: str
    algorithm: Algorithm | None = None
    controller: str = ""
    metadata: str | None = None


class FileSigner:
    """Signs with one key that this process loaded itself; it does not cross to another one."""

    def __init__(self, private: PrivateKey, key: PublicKey, clock: Clock) -> None:
        self.key = key
        self._sign = _way_to_sign(private, key.algorithm)
        self._clock = clock

    @classmethod
    def open(cls, settings: Settings, tools: Tools) -> FileSigner:
        """
        Load the key and its description.

        Raises:
            KeyUnavailable: the PEM is not there.
            ConfigError: it is no key that signs, or its description contradicts the settings.
        """
        key_id = settings.key_id
        try:
            pem = tools.files.secret(settings.key)
        except SecretMissing as error:
            raise KeyUnavailable(key_id, str(error)) from error
        description = _description(settings, tools.files)
        try:
            private = keymaking.from_pem(pem.reveal())
            key = keymaking.public_of(
                private,
                key_id=key_id,
                algorithm=description.algorithm if description else settings.algorithm,
                controller=settings.controller,
            )
        except (Unreadable, Unsupported) as error:
            raise ConfigError(f"key {key_id} ({settings.key}): {error}") from error
        return cls(private, description.describe(key) if description else key, tools.clock)

    def sign(self, payloads: Sequence[bytes]) -> Sequence[bytes]:
        """
        Return one signature for each payload, in order.

        Raises:
            KeyUnavailable: the key is not active, or not valid at this moment.
        """
        self._refuse_out_of_time()
        return [self._sign(payload) for payload in payloads]

    def _refuse_out_of_time(self) -> None:
        key, now = self.key, self._clock()
        if key.status != "active":
            raise KeyUnavailable(key.key_id, f"it is {key.status}; sign with another key")
        if key.valid_from is not None and now < key.valid_from:
            raise KeyUnavailable(key.key_id, f"it is valid from {rfc3339(key.valid_from)}")
        if key.valid_until is not None and now >= key.valid_until:
            raise KeyUnavailable(key.key_id, f"it was valid until {rfc3339(key.valid_until)}")

    def __reduce__(self) -> NoReturn:
        raise TypeError("a signer does not cross a process boundary; open it where it signs")


def _description(settings: Settings, files: Files) -> KeyDescription | None:
    """Return what stands beside the PEM, which must speak of the same key."""
    where = settings.metadata or _beside(settings.key, files)
    if where is None:
        return None
    description = files.load(where, KeyDescription)
    if description.key_id != settings.key_id:
        raise ConfigError(
            f"key {settings.key_id}: {where} describes key {description.key_id}; "
            "make key_id the same in both, or name the right file as metadata"
        )
    if settings.algorithm not in {None, description.algorithm}:
        raise ConfigError(
            f"key {settings.key_id}: {where} says {description.algorithm} and the settings say "
            f"{settings.algorithm}; make them the same"
        )
    return description


def _beside(reference: SecretReference, files: Files) -> str | None:
    if reference.file is None or PurePath(reference.file).is_absolute():
        return None
    beside = str(PurePath(reference.file).with_suffix(".yaml"))
    return beside if files.path(beside).is_file() else None


def _way_to_sign(private: PrivateKey, algorithm: Algorithm) -> Callable[[bytes], bytes]:
    match private:
        case ed25519.Ed25519PrivateKey():
            return private.sign
        case rsa.RSAPrivateKey():
            return _rsa(private, signatures.pss() if algorithm == "PS256" else padding.PKCS1v15())
        case ec.EllipticCurvePrivateKey():
            return _ecdsa(private, algorithm)


def _rsa(private: rsa.RSAPrivateKey, pad: Any) -> Callable[[bytes], bytes]:
    digest = hashes.SHA256()
    return lambda payload: private.sign(payload, pad, digest)


def _ecdsa(private: ec.EllipticCurvePrivateKey, algorithm: Algorithm) -> Callable[[bytes], bytes]:
    half = _HALF_BYTES[algorithm]
    scheme = ec.ECDSA(hashes.SHA256() if algorithm == "ES256" else hashes.SHA384())
    return lambda payload: ecdsa.der_to_raw(private.sign(payload, scheme), half)
