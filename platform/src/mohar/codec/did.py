"""Decentralized identifiers: `did:key` read and written, and the document of our own keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from mohar.codec import jwk, multikey
from mohar.domain.clock import rfc3339
from mohar.domain.errors import Unreadable
from mohar.domain.keys import PublicKey
from mohar.domain.values import JsonObject

_PREFIX: Final = "did:key:"
_CONTEXTS: Final = (
    "https://www.w3.org/ns/did/v1",
    "https://w3id.org/security/multikey/v1",
    "https://w3id.org/security/jwk/v1",
)


def did_key(key: PublicKey) -> str:
    """
    Return the `did:key` of a key.

    Raises:
        Unsupported: RSA has none here.
    """
    return _PREFIX + multikey.encode(key)


def from_did_key(text: str) -> PublicKey:
    """
    Return the key that a `did:key`, or its one verification method, stands for.

    Raises:
        Unreadable: not a did:key, or a fragment that is not its own key.
        Unsupported: a sort of key we do not use.
    """
    did, mark, fragment = text.partition("#")
    method = did.removeprefix(_PREFIX)
    if method == did or not method.startswith("z") or (mark and fragment != method):
        raise Unreadable("this is not a did:key (did:key:z…, or did:key:z…#z… with the same key)")
    return multikey.decode(method, key_id=f"{did}#{method}", controller=did)


def did_document(controller: str, keys: Sequence[PublicKey]) -> JsonObject:
    """
    Return the DID document of an issuer: each key with its form, all for assertions.

    Ed25519 and P-curve keys are Multikeys, RSA keys JWKs. Retired keys stay, so that what they
    signed can be verified; compromised keys are left out.
    """
    published = [key for key in keys if key.status != "compromised"]
    return {
        "@context": list(_CONTEXTS),
        "id": controller,
        "verificationMethod": [_method(controller, key) for key in published],
        "assertionMethod": [key.key_id for key in published],
    }


def _method(controller: str, key: PublicKey) -> JsonObject:
    method: JsonObject = {"id": key.key_id, "type": "Multikey", "controller": controller}
    if key.algorithm in ("PS256", "RS256"):
        method |= {"type": "JsonWebKey", "publicKeyJwk": jwk.encode(key)}
    else:
        method |= {"publicKeyMultibase": multikey.encode(key)}
    if key.valid_until:
        method |= {"expires": rfc3339(key.valid_until)}
    return method
