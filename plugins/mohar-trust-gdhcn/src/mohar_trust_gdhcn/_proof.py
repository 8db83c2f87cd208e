"""Whether a trust list was signed with a pinned key of WHO's."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

from mohar.codec import ecdsa, jws, signatures, strict_json
from mohar.codec.trusted_keys import keys_from_bytes
from mohar.domain.errors import ConfigError, Unreadable, Unsupported
from mohar.domain.keys import PublicKey
from mohar_trust_gdhcn import _jwk, _nquads
from mohar_trust_gdhcn._list import TrustList

_HALF_BYTES: Final[Mapping[str, int]] = {"ES256": 32, "ES384": 48}


class Anchor:
    """The keys that WHO signs its lists with, as the deployment pins them."""

    def __init__(self, keys: Sequence[tuple[str, PublicKey]]) -> None:
        self._keys = tuple(keys)

    @classmethod
    def read(cls, data: bytes, where: str) -> Anchor:
        """
        Read a DID document, or a certificate or key in PEM text, which then goes by any name.

        The document that WHO publishes lists its key for no purpose; it counts because the
        deployment pins it.

        Raises:
            ConfigError: no key of P-256 or P-384 in it, or a damaged one.
        """
        try:
            keys = _in_document(data) if data.lstrip().startswith(b"{") else ()
        except (Unreadable, Unsupported) as error:
            raise ConfigError(f"{where}: {error}") from error
        keys = keys or [("", each.key) for each in keys_from_bytes(data, where)]
        if not all(key.algorithm in _HALF_BYTES for _, key in keys):
            raise ConfigError(f"{where}: WHO signs its lists with P-256 or P-384 keys only")
        return cls(keys)

    def has_signed(self, trust_list: TrustList) -> bool:
        """
        Say whether a list was signed with one of the keys.

        Raises:
            Unreadable: its signature is damaged.
            Unsupported: the header of its signature asks for something else.
        """
        proof = trust_list.proof
        split = jws.split(proof.jws)
        digests = _digest(_nquads.of_proof(proof)) + _digest(_nquads.of_list(trust_list))
        payload = jws.signing_input(split.header, digests)
        return any(
            split.algorithm == key.algorithm
            and signatures.verify(key, _raw(split.signature, key.algorithm), payload)
            for name, key in self._keys
            if name in {"", proof.verification_method}
        )


def _in_document(data: bytes) -> Sequence[tuple[str, PublicKey]]:
    methods = strict_json.parse_object(data).get("verificationMethod")
    if not isinstance(methods, list):
        return ()
    return [_named(each) for each in methods]


def _named(method: Any) -> tuple[str, PublicKey]:
    match method:
        case {"id": str(name), "publicKeyJwk": dict(members)}:
            return name, _jwk.decode(members, key_id=name).key
        case _:
            raise Unreadable("a verificationMethod of WHO's needs an id and a publicKeyJwk")


def _raw(signature: bytes, algorithm: str) -> bytes:
    """Return r‖s: these lists are signed with the DER form, other than RFC 7518 §3.4 asks for."""
    half_bytes = _HALF_BYTES[algorithm]
    if len(signature) == 2 * half_bytes:
        return signature
    return ecdsa.der_to_raw(signature, half_bytes)


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()
