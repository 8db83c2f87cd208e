"""
COSE_Sign1 (RFC 9052 §4.2): one payload, one signature, and what was signed.

The structures are ours, on top of a CBOR library: four items need no framework.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import cbor2

from mohar.codec import strict_cbor
from mohar.domain.errors import Unreadable, Unsupported
from mohar.domain.values import Personal

SIGN1_TAG: Final = 18
CWT_TAG: Final = 61
# RFC 9052 §3.1: the headers that are understood here. RFC 9053 §2, RFC 8230 §2: the algorithms.
_ALGORITHM, _CRITICAL, _KEY_ID = 1, 2, 4
_PARTS: Final = 4
ALGORITHMS: Final[Mapping[int, str]] = MappingProxyType(
    {-7: "ES256", -8: "EdDSA", -35: "ES384", -37: "PS256"}
)
_NUMBERS: Final = MappingProxyType({name: number for number, name in ALGORITHMS.items()})


class Sign1(Personal, frozen=True, kw_only=True):
    """
    A COSE_Sign1 taken apart; nothing in it is believed yet.

    `algorithm` is the RFC 7518 name of what its headers claim, or empty; `key_id` the bytes of
    `kid`. Where both headers tell one, the protected one counts.
    """

    protected: bytes
    algorithm: str
    key_id: bytes
    payload: bytes
    signature: bytes

    def to_be_signed(self, external: bytes = b"") -> bytes:
        """Return the bytes that the signature covers."""
        return sig_structure(self.protected, self.payload, external)


def parse(data: bytes) -> Sign1:
    """
    Read a COSE_Sign1 under tag 18, under 61 (CWT) and 18, or without a tag.

    Raises:
        Unreadable: it is none of these, or a part of it is damaged or missing.
        Unsupported: it names a header that must be understood and is not.
    """
    protected, unprotected, payload, signature = _parts(_untagged(strict_cbor.parse(data)))
    headers = _headers(protected)
    algorithm = headers.get(_ALGORITHM, unprotected.get(_ALGORITHM))
    key_id = headers.get(_KEY_ID, unprotected.get(_KEY_ID, b""))
    if not isinstance(key_id, bytes):
        raise Unreadable("the kid of a COSE header must be bytes")
    return Sign1(
        # RFC 9052 §3: an empty map is covered by the signature as no bytes at all.
        protected=protected if headers else b"",
        algorithm=ALGORITHMS.get(algorithm, "") if isinstance(algorithm, int) else "",
        key_id=key_id,
        payload=payload,
        signature=signature,
    )


def protected_header(algorithm: str, key_id: bytes) -> bytes:
    """
    Return a protected header with algorithm and key id.

    Raises:
        Unsupported: an algorithm that has no number here.
    """
    if algorithm not in _NUMBERS:
        raise Unsupported(f"COSE is not signed with {algorithm}; use one of {', '.join(_NUMBERS)}")
    return cbor2.dumps({_ALGORITHM: _NUMBERS[algorithm], _KEY_ID: key_id})


def sig_structure(protected: bytes, payload: bytes, external: bytes = b"") -> bytes:
    """Return the bytes to sign (RFC 9052 §4.4): an empty external_aad is still encoded."""
    return cbor2.dumps(["Signature1", protected, external, payload])


def build(protected: bytes, payload: bytes, signature: bytes) -> bytes:
    """Return a COSE_Sign1 under its tag, with nothing outside the signature's reach."""
    return cbor2.dumps(cbor2.CBORTag(SIGN1_TAG, [protected, {}, payload, signature]))


def _untagged(item: Any) -> Any:
    if isinstance(item, cbor2.CBORTag) and item.tag == CWT_TAG:
        item = item.value
        if not isinstance(item, cbor2.CBORTag):
            raise Unreadable("a CWT tag must stand around a COSE tag (RFC 8392 §6)")
    if isinstance(item, cbor2.CBORTag):
        if item.tag != SIGN1_TAG:
            raise Unreadable("this CBOR tag is not that of COSE_Sign1")
        item = item.value
    return item


def _parts(item: Any) -> tuple[bytes, Mapping[Any, Any], bytes, bytes]:
    if not isinstance(item, (list, tuple)) or len(item) != _PARTS:
        raise Unreadable("a COSE_Sign1 is an array of four parts")
    protected, unprotected, payload, signature = item
    if not isinstance(unprotected, Mapping):
        raise Unreadable("the unprotected header of a COSE_Sign1 must be a map")
    return _bytes(protected), unprotected, _bytes(payload), _bytes(signature)


def _bytes(part: Any) -> bytes:
    if not isinstance(part, bytes):
        raise Unreadable("header, payload and signature of a COSE_Sign1 must be byte strings")
    return part


def _headers(protected: bytes) -> Mapping[Any, Any]:
    headers = strict_cbor.parse(protected) if protected else {}
    if not isinstance(headers, Mapping):
        raise Unreadable("the protected header of a COSE_Sign1 must hold a map")
    critical = headers.get(_CRITICAL, [])
    if not isinstance(critical, (list, tuple)) or any(
        label not in (_ALGORITHM, _CRITICAL, _KEY_ID) for label in critical
    ):
        raise Unsupported("a COSE header that must be understood (crit) is not known here")
    return headers
