"""
Signer certificates (X.509, RFC 5280): the key in one, when it may sign and what for.

No chain is built: a certificate is trusted because somebody pinned it.
"""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import datetime
from typing import Any, Final

import msgspec
from asn1crypto import x509 as asn1  # type: ignore[import-untyped]  # no types are published
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization

from mohar.codec import public_keys
from mohar.domain.errors import Unreadable
from mohar.domain.keys import PublicKey

KID_BYTES: Final = 8
_MAX_BYTES: Final = 20_000
_PEM: Final = re.compile(rb"-----BEGIN CERTIFICATE-----(.+?)-----END CERTIFICATE-----", re.DOTALL)
_STRICT_ERRORS: Final = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)
_ASN1_ERRORS: Final = (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError)


class Certificate(msgspec.Struct, frozen=True, kw_only=True):
    """
    What a signer certificate says.

    `kid` is the first eight bytes of SHA-256 over its DER: how COSE and the health certificate
    networks name its key. `usages` are the OIDs of its extended key usage.
    """

    der: bytes
    spki: bytes
    valid_from: datetime
    valid_until: datetime
    usages: tuple[str, ...]

    @property
    def kid(self) -> bytes:
        """Return the eight bytes that name this certificate's key."""
        return hashlib.sha256(self.der).digest()[:KID_BYTES]

    def key(self, *, key_id: str | None = None, algorithm: str | None = None) -> PublicKey:
        """
        Return its key with its window and usages; its id is the base64 of `kid` unless given.

        Raises:
            Unreadable: the key in it is damaged.
            Unsupported: a kind of key we do not use.
        """
        name = base64.b64encode(self.kid).decode() if key_id is None else key_id
        return msgspec.structs.replace(
            public_keys.from_spki(self.spki, key_id=name, algorithm=algorithm),
            valid_from=self.valid_from,
            valid_until=self.valid_until,
            usages=self.usages,
        )


def read(data: bytes) -> Certificate:
    """
    Read one certificate, in DER or in PEM text.

    Raises:
        Unreadable: it is none, or it is damaged.
    """
    der = _der(data)
    try:
        return _strictly(der)
    except _STRICT_ERRORS:
        # Certificates are in use that carry NULL where a parameter must be absent, or an empty
        # list where one must not be: what we need of them is still plain to read.
        return _leniently(der)


def _der(data: bytes) -> bytes:
    if len(data) > _MAX_BYTES:
        raise Unreadable(f"a certificate of more than {_MAX_BYTES} bytes is not read")
    found = _PEM.search(data)
    if found is None:
        return data
    try:
        return base64.b64decode(b"".join(found[1].split()), validate=True)
    except ValueError as error:
        raise Unreadable("the text between the lines of this PEM is not base64") from error


def _strictly(der: bytes) -> Certificate:
    read_ = x509.load_der_x509_certificate(der)
    spki = read_.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    try:
        usage = read_.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        usage = x509.ExtendedKeyUsage([])
    return Certificate(
        der=der,
        spki=spki,
        valid_from=read_.not_valid_before_utc,
        valid_until=read_.not_valid_after_utc,
        usages=tuple(each.dotted_string for each in usage),
    )


def _leniently(der: bytes) -> Certificate:
    try:
        read_: Any = asn1.Certificate.load(der, strict=True)
        body = read_["tbs_certificate"]
        return Certificate(
            der=der,
            spki=body["subject_public_key_info"].dump(),
            valid_from=body["validity"]["not_before"].native,
            valid_until=body["validity"]["not_after"].native,
            usages=tuple(each.dotted for each in read_.extended_key_usage_value or ()),
        )
    except _ASN1_ERRORS:
        raise Unreadable("this is no X.509 certificate, or a damaged one") from None
