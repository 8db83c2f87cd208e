"""Documents made ready for their signature: the payload, and the bytes that COSE signs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

import cbor2
import msgspec

from mohar.codec import cose, strict_cbor
from mohar.codec.cwt import Claims
from mohar.codec.x509 import Certificate
from mohar.domain.clock import rfc3339
from mohar.domain.credential import Credential, Prepared
from mohar.domain.errors import ConfigError, KeyUnavailable, Unreadable
from mohar.domain.findings import Finding, Refusal
from mohar.domain.keys import PublicKey
from mohar.domain.values import JsonObject
from mohar_format_hcert._open import EU_DCC, HCERT

ALGORITHMS: Final = ("ES256", "PS256")
# What COSE puts around it has room beside it in what is read.
MAX_PAYLOAD: Final = strict_cbor.MAX_BYTES - 2_000


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """What all credentials of one call share. Without `expires` the document goes bare."""

    protected: bytes
    issuer: str
    issued_at: datetime
    expires: datetime | None

    def prepare(self, credential: Credential) -> Prepared | Refusal:
        """Return the bytes to sign, or why the document cannot be said in CBOR."""
        try:
            document = strict_cbor.as_json(credential.document)
            payload = self._payload(document)
        except (Unreadable, UnicodeEncodeError):
            payload = b""
        if not 0 < len(payload) <= MAX_PAYLOAD:
            return Refusal(
                findings=(
                    Finding(
                        code="document-unfit",
                        message="the document holds something that HC1 cannot carry, or too much; "
                        "correct the type, or the record at the source",
                    ),
                )
            )
        return Prepared(
            credential=credential,
            payload=cose.sig_structure(self.protected, payload),
            draft={"protected": self.protected, "payload": payload, "created": self.issued_at},
        )

    def _payload(self, document: JsonObject) -> bytes:
        if self.expires is None:
            return cbor2.dumps(document)
        return Claims(
            issuer=self.issuer,
            issued_at=self.issued_at,
            expires=self.expires,
            private={HCERT: {EU_DCC: document}},
        ).encoded()


def window(
    created: datetime, days: int, key: PublicKey, certificate: Certificate | None
) -> tuple[datetime, datetime]:
    """
    Return from when and until when a certificate counts, in whole seconds.

    Raises:
        KeyUnavailable: the signer's certificate does not cover that moment.
    """
    start = created.astimezone(UTC).replace(microsecond=0)
    end = start + timedelta(days=days)
    if certificate is None:
        return start, end
    if not certificate.valid_from <= start < certificate.valid_until:
        raise KeyUnavailable(
            key.key_id,
            f"its certificate counts from {rfc3339(certificate.valid_from)} until "
            f"{rfc3339(certificate.valid_until)}; have it renewed",
        )
    return start, min(end, certificate.valid_until)


def refuse_wrong_key(key: PublicKey, certificate: Certificate | None) -> None:
    """
    Refuse a key that cannot sign health certificates, or is not the certificate's.

    Raises:
        ConfigError: it says which, and what to change.
    """
    if key.algorithm not in ALGORITHMS:
        raise ConfigError(
            f"health certificates are signed with {' or '.join(ALGORITHMS)} and key {key.key_id} "
            f"is {key.algorithm}; name another signer"
        )
    if certificate is not None and certificate.spki != key.spki:
        raise ConfigError(
            f"the certificate in the settings is not that of key {key.key_id}; name its own"
        )


def kid_of(key: PublicKey, certificate: Certificate | None) -> bytes:
    """Return the eight bytes that name a key: by its certificate, else by the key itself."""
    return certificate.kid if certificate else key.short_bytes
