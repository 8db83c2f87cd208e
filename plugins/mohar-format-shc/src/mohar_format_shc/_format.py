"""The Format `shc`: a SMART Health Card, a FHIR bundle signed as a compact JWS."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from itertools import chain
from typing import Annotated, Final

import msgspec

from mohar.codec import base64url, jwk, signatures, strict_json
from mohar.domain.clock import rfc3339
from mohar.domain.credential import Credential, Prepared, Secured
from mohar.domain.errors import ConfigError, Unreadable
from mohar.domain.findings import Finding, Refusal
from mohar.domain.keys import PublicKey
from mohar.domain.proof import Opened, OpenedProof
from mohar.domain.rendition import Carrier, Segment
from mohar.domain.values import JsonObject, at_path
from mohar.domain.verdict import Check
from mohar.plugin import Tools
from mohar_format_shc import _bundle, _card, _compact, _files, _numeric
from mohar_format_shc._revocation import Revocations

_ALGORITHM: Final = "ES256"
_MOST_KEYS_KEPT: Final = 128


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    What to issue, and what is known of the cards of others.

    `issuer`: the https address that stands in `iss`, where it is another than the document's.
    `fits_qr`: refuse a card that one QR code of version 22 does not hold; a file holds it.
    `revocation_lists`: files with the lists of issuers (`/.well-known/crl/<kid>.json`), pinned.
    """

    issuer: Annotated[str, msgspec.Meta(pattern=_card.ISSUER)] | None = None
    fits_qr: bool = True
    revocation_lists: list[str] = []


class ShcFormat:
    """
    SMART Health Cards: minified JSON, raw DEFLATE, ES256, the key named by its thumbprint.

    A document is the card's payload: `iss`, `vc`, perhaps `exp` and `nbf`. A document without
    `nbf` gets the moment of signing.
    """

    name = "shc"
    media_type = "application/smart-health-card"
    suffix = "smart-health-card"

    def __init__(self, settings: Settings, revocations: Revocations) -> None:
        self._issuer = settings.issuer
        self._fits_qr = settings.fits_qr
        self._revocations = revocations
        # It costs as much as the signature, and a verifier sees few keys.
        self._thumbprint = lru_cache(maxsize=_MOST_KEYS_KEPT)(jwk.thumbprint)

    @classmethod
    def open_from(cls, settings: Settings, tools: Tools) -> ShcFormat:
        """
        Make the format for a deployment.

        Raises:
            ConfigError: a list of revoked cards is missing or damaged.
        """
        lists = {where: tools.files.read(where) for where in settings.revocation_lists}
        return cls(settings, Revocations(lists))

    def prepare(
        self, credentials: Sequence[Credential], key: PublicKey, created: datetime
    ) -> Sequence[Prepared | Refusal]:
        """
        Return the text to sign for each card; one that breaks a rule for cards is refused.

        Raises:
            ConfigError: the key's algorithm is not ES256.
        """
        if key.algorithm != _ALGORITHM:
            raise ConfigError(
                f"a health card is signed with {_ALGORITHM} and key {key.key_id} is "
                f"{key.algorithm}; name a signer with a P-256 key"
            )
        thumbprint = self._thumbprint(key)
        return [self._prepared(each, thumbprint, created) for each in credentials]

    def seal(
        self, prepared: Sequence[Prepared], signatures: Sequence[bytes], key: PublicKey
    ) -> Sequence[Secured]:
        """Return each card as its file."""
        return [
            self._sealed(each, signature, key)
            for each, signature in zip(prepared, signatures, strict=True)
        ]

    def recognise(self, data: bytes) -> bool:
        """Say from the bytes alone whether this is a card: its JWS, its file or its QR code."""
        return _files.recognise(data)

    def open(self, data: bytes) -> Opened:
        """
        Take one card apart: the JWS, a file with one card, or the text of its QR code or codes.

        What breaks a rule for cards fails the check `health-card`.

        Raises:
            Unreadable: no card, several, or one that is damaged.
            Unsupported: a header with more in it than a card's.
        """
        read = _compact.split(_files.single(data))
        card = strict_json.parse_object(read.payload, max_bytes=_compact.MOST_PAYLOAD_BYTES)
        starts = _card.moment(card.get("nbf"))
        revocation = self._revocation(card, read.key_id)
        proof = OpenedProof(
            key_id=read.key_id,
            algorithm=read.algorithm,
            created=starts,
            purpose="",
            payload=read.signed,
            signature=read.signature,
        )
        return Opened(
            format=self.name,
            document=card,
            issuer=_issuer(card),
            proofs=(proof,),
            valid_from=starts,
            valid_until=_card.moment(card.get("exp")),
            checks=(*_card.checks(card, read.payload), *revocation),
            status_told=bool(revocation),
        )

    def verify(self, opened: Opened, proof_index: int, key: PublicKey) -> bool:
        """Say whether a card was signed with that key, under the thumbprint of that very key."""
        proof = opened.proofs[proof_index]
        return (
            proof.algorithm == key.algorithm == _ALGORITHM
            and proof.key_id == self._thumbprint(key)
            and signatures.verify(key, proof.signature, proof.payload)
        )

    def carriers(self, secured: Secured) -> Sequence[Carrier]:
        """Return the QR code of a card, as its framework draws it; nothing where one cannot hold it."""
        jws = _files.single(secured.content)
        if len(jws) > _numeric.MOST_CHARACTERS:
            return ()
        segments = (
            Segment("byte", _numeric.PREFIX.encode("ascii")),
            Segment("numeric", _numeric.digits(jws).encode("ascii")),
        )
        return (
            Carrier(name="shc", media_type="text/plain", segments=segments, error_correction="L"),
        )

    def unpack(self, data: bytes) -> Sequence[bytes]:
        """
        Return the JWS of each card in a file or in the text of QR codes.

        Raises:
            Unreadable: a part of a card is missing, or what is there is damaged.
        """
        return [text.encode("utf-8") for text in _files.carried(data)]

    def _revocation(self, card: JsonObject, key_id: str) -> Sequence[Check]:
        rid = at_path(card, "vc.rid")
        if not isinstance(rid, str):
            return ()
        told = self._revocations.check(key_id, rid, _card.moment(card.get("nbf")))
        return [told] if told else ()

    def _prepared(
        self, credential: Credential, thumbprint: str, created: datetime
    ) -> Prepared | Refusal:
        own = {} if self._issuer is None else {"iss": self._issuer}
        card = _card.dated(credential.document | own, created)
        bundle = at_path(card, _bundle.PLACE)
        found = tuple(chain(_card.mistakes(card), _bundle.surplus(bundle)))
        if found:
            return Refusal(findings=found)
        text = _compact.signing_input(msgspec.json.encode(card), thumbprint)
        length = len(text) + 1 + _compact.SIGNATURE_CHARACTERS
        if self._fits_qr and length > _numeric.MOST_CHARACTERS:
            return Refusal(findings=(_too_long(length),))
        draft = {"card": card, "text": text, "created": rfc3339(created)}
        return Prepared(credential=credential, payload=text.encode("ascii"), draft=draft)

    def _sealed(self, prepared: Prepared, signature: bytes, key: PublicKey) -> Secured:
        credential, draft = prepared.credential, prepared.draft
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
            created=datetime.fromisoformat(draft["created"]),
            document=draft["card"],
            content=_files.write(f"{draft['text']}.{base64url.encode(signature)}"),
        )


def _issuer(card: JsonObject) -> str:
    issuer = card.get("iss")
    if not isinstance(issuer, str):
        raise Unreadable("this health card names no issuer in iss")
    return issuer


def _too_long(length: int) -> Finding:
    return Finding(
        code="shc-too-long",
        message=(
            f"the card would have {length} characters and one QR code holds "
            f"{_numeric.MOST_CHARACTERS}; shorten it, or set fits_qr: false for files only"
        ),
    )
