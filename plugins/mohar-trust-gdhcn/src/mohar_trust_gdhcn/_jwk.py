"""The JWKs of trust lists: numbers of any width, curves without a name, and a certificate."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from cryptography import x509 as certificates

from mohar.codec import base64url, jwk, x509
from mohar.domain.errors import Unreadable
from mohar.domain.keys import PublicKey

_HALF_BYTES: Final[Mapping[str, int]] = {"P-256": 32, "P-384": 48}
_NUMBERS: Final = ("x", "y", "n", "e")


class ListedKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key, and the country its certificate names (two letters), where there is one."""

    key: PublicKey
    country: str = ""


def decode(members: Mapping[str, Any], *, key_id: str) -> ListedKey:
    """
    Return the key of a JWK; with a certificate its window and usages, too, and its country.

    Raises:
        Unreadable: a member is damaged, or the certificate is of another key.
        Unsupported: a sort of key we do not use.
    """
    chain = members.get("x5c")
    if not chain:
        return ListedKey(key=jwk.decode(_at_full_width(members), key_id=key_id))
    certificate = x509.read(_bytes(chain[0]) if isinstance(chain, list) else b"")
    key = certificate.key(key_id=key_id)
    # The lists call every curve but P-256 unknown, so the numbers are compared, and not the name.
    if _numbers(jwk.encode(key)) != _numbers(members):
        raise Unreadable("the certificate of this JWK is of another key")
    return ListedKey(key=key, country=_country(certificate.der))


def _at_full_width(members: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a JWK with coordinates as wide as their curve; some are written as signed numbers."""
    half_bytes = _HALF_BYTES.get(str(members.get("crv")))
    if half_bytes is None:
        return members
    try:
        wide = {
            name: base64url.encode(number.to_bytes(half_bytes))
            for name, number in _numbers(members).items()
        }
    except OverflowError as error:
        raise Unreadable("a coordinate of this JWK is wider than its curve") from error
    return {**members, **wide}


def _numbers(members: Mapping[str, Any]) -> Mapping[str, int]:
    return {
        name: int.from_bytes(base64url.decode(value))
        for name in _NUMBERS
        if isinstance(value := members.get(name), str)
    }


def _bytes(text: Any) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (TypeError, binascii.Error, ValueError) as error:
        raise Unreadable("a certificate in x5c is not base64 text") from error


def _country(der: bytes) -> str:
    try:
        subject = certificates.load_der_x509_certificate(der).subject
        named = subject.get_attributes_for_oid(certificates.NameOID.COUNTRY_NAME)
    except ValueError:
        # It was read leniently; the participant's code on the list still names the country.
        return ""
    return str(named[0].value) if named else ""
