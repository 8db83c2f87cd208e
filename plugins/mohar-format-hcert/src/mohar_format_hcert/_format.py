"""The Format `hcert`: a document as CBOR under COSE, in text that fits a QR code."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from mohar.codec import cose, signatures, x509
from mohar.codec.x509 import Certificate
from mohar.domain.credential import Credential, Prepared, Secured
from mohar.domain.errors import ConfigError, Unreadable
from mohar.domain.findings import Refusal
from mohar.domain.keys import PublicKey
from mohar.domain.proof import Opened
from mohar.domain.rendition import Carrier, Segment
from mohar.plugin import Tools
from mohar_format_hcert import _open, _wire
from mohar_format_hcert._issue import ALGORITHMS, Batch, kid_of, refuse_wrong_key, window
from mohar_format_hcert._settings import Settings


class HcertFormat:
    """
    HC1 text: `HC1:`, base45, zlib, COSE_Sign1, and in it an EU DCC or a WHO DDCC data set.

    All that is shown is signed, so the document has no context and needs none.
    """

    name = "hcert"
    media_type = "text/plain"
    suffix = "txt"

    def __init__(
        self, settings: Settings, country: str, certificate: Certificate | None = None
    ) -> None:
        self._settings = settings
        self._issuer = settings.issuer or country
        self._certificate = certificate

    @classmethod
    def open_from(cls, settings: Settings, tools: Tools) -> HcertFormat:
        """
        Make the format for a deployment.

        Raises:
            ConfigError: the certificate is not there, or is none.
        """
        if settings.certificate is None:
            return cls(settings, tools.country)
        try:
            certificate = x509.read(tools.files.read(settings.certificate))
        except Unreadable as error:
            raise ConfigError(f"{settings.certificate}: {error}") from error
        return cls(settings, tools.country, certificate)

    def prepare(
        self, credentials: Sequence[Credential], key: PublicKey, created: datetime
    ) -> Sequence[Prepared | Refusal]:
        """
        Return the bytes to sign for each credential; one that CBOR cannot carry is refused.

        Raises:
            ConfigError: the key's algorithm is not one of HC1, or the certificate is not the key's.
            KeyUnavailable: the certificate has not begun, or has ended.
        """
        certificate = self._certificate
        refuse_wrong_key(key, certificate)
        start, end = window(created, self._settings.expires_days, key, certificate)
        batch = Batch(
            protected=cose.protected_header(key.algorithm, kid_of(key, certificate)),
            issuer=self._issuer,
            issued_at=start,
            expires=end if self._settings.profile == "eu-dcc" else None,
        )
        return [batch.prepare(credential) for credential in credentials]

    def seal(
        self, prepared: Sequence[Prepared], signatures: Sequence[bytes], key: PublicKey
    ) -> Sequence[Secured]:
        """Return each credential as the text that leaves the house."""
        return [
            self._sealed(each, signature, key)
            for each, signature in zip(prepared, signatures, strict=True)
        ]

    def recognise(self, data: bytes) -> bool:
        """Say whether this begins as HC1 text does."""
        return _wire.looks_like_hc1(data)

    def open(self, data: bytes) -> Opened:
        """
        Take an HC1 text apart, with or without CBOR tags.

        Raises:
            Unreadable: not HC1, or damaged.
            Unsupported: HC1 that holds something else than an EU DCC or a DDCC data set.
        """
        return _open.opened(data, self.name)

    def verify(self, opened: Opened, proof_index: int, key: PublicKey) -> bool:
        """Say whether the text was signed with that key."""
        proof = opened.proofs[proof_index]
        return (
            proof.algorithm == key.algorithm
            and key.algorithm in ALGORITHMS
            and signatures.verify(key, proof.signature, proof.payload)
        )

    def carriers(self, secured: Secured) -> Sequence[Carrier]:
        """Return the text itself: every character of it is alphanumeric in a QR code."""
        return [
            Carrier(
                name="hc1",
                media_type=self.media_type,
                segments=(Segment("alphanumeric", secured.content),),
            )
        ]

    def unpack(self, data: bytes) -> Sequence[bytes]:
        """Return nothing: an HC1 text is its own carrier."""
        del data
        return ()

    def _sealed(self, prepared: Prepared, signature: bytes, key: PublicKey) -> Secured:
        credential, draft = prepared.credential, prepared.draft
        signed = cose.build(draft["protected"], draft["payload"], signature)
        return Secured(
            kind=credential.kind,
            body=credential.body,
            profile=credential.profile,
            credential_id=credential.credential_id,
            revision=credential.revision,
            schema=credential.schema,
            format=self.name,
            media_type=self.media_type,
            key_id=key.key_id,
            algorithm=key.algorithm,
            created=draft["created"],
            document=credential.document,
            content=_wire.wrap(signed),
        )
