"""
What an issuer states about its own credentials, as a compact JWS (RFC 7515).

It is a token status list (draft-ietf-oauth-status-list §5.1) or a snapshot of all lists, and is made
and read like any other signed document.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from mohar.codec import base64url, signatures, strict_json
from mohar.domain.credential import Credential, Prepared, Secured
from mohar.domain.errors import Unreadable, Unsupported
from mohar.domain.findings import Refusal
from mohar.domain.keys import PublicKey
from mohar.domain.proof import Opened, OpenedProof
from mohar.domain.rendition import Carrier
from mohar.domain.values import JsonObject

STATUS_LIST: Final = "statuslist+jwt"
SNAPSHOT: Final = "status-snapshot+jwt"

_TYPES: Final = frozenset({STATUS_LIST, SNAPSHOT})
_PARTS: Final = 3
_MOST_HEADER_BYTES: Final = 2_000
# A snapshot of hundreds of millions of credentials; a verifier's own file, never a stranger's.
_MOST_BYTES: Final = 500_000_000


class StatementFormat:
    """The `Format` of statements: a document `{"typ": …, "claims": {…}}` becomes a JWS."""

    name = "jws-statement"
    media_type = "application/jwt"
    suffix = "jwt"

    def prepare(
        self,
        credentials: Sequence[Credential],
        key: PublicKey,
        created: datetime,  # noqa: ARG002 -- the claims tell it themselves, as `iat`
    ) -> Sequence[Prepared | Refusal]:
        """Return header and payload of each statement, joined as they are signed."""
        return [_prepared(each, key) for each in credentials]

    def seal(
        self, prepared: Sequence[Prepared], signed: Sequence[bytes], key: PublicKey
    ) -> Sequence[Secured]:
        """Return each statement with its signature behind it."""
        return [_sealed(each, made, key) for each, made in zip(prepared, signed, strict=True)]

    def recognise(self, data: bytes) -> bool:
        """Say whether the header is that of a statement. Never raises."""
        try:
            return _header(data.split(b".", 1)[0]).get("typ") in _TYPES
        except (Unreadable, Unsupported):
            return False

    def open(self, data: bytes) -> Opened:
        """
        Take a statement apart.

        Raises:
            Unreadable: no compact JWS with the claims `iss`, `sub` and `iat`.
            Unsupported: a JWS of another type, or with an extension that must be understood.
        """
        parts = data.strip().split(b".")
        if len(parts) != _PARTS:
            raise Unreadable("a statement is written header.payload.signature")
        header, claims = _header(parts[0]), _claims(parts[1])
        proof = OpenedProof(
            key_id=_text(header, "kid"),
            algorithm=_text(header, "alg"),
            created=_moment(claims, "iat"),
            purpose="",
            payload=parts[0] + b"." + parts[1],
            signature=base64url.decode(parts[2].decode("ascii", "replace")),
        )
        return Opened(
            format=self.name,
            document={"typ": header["typ"], "claims": claims},
            issuer=_text(claims, "iss"),
            proofs=(proof,),
            valid_from=proof.created,
            valid_until=_moment(claims, "exp"),
        )

    def verify(self, opened: Opened, proof_index: int, key: PublicKey) -> bool:
        """Say whether that key signed it, with the algorithm that the header names."""
        proof = opened.proofs[proof_index]
        return proof.algorithm == key.algorithm and signatures.verify(
            key, proof.signature, proof.payload
        )

    def carriers(self, secured: Secured) -> Sequence[Carrier]:  # noqa: ARG002 -- the role's signature
        """Return nothing: no statement is printed."""
        return ()

    def unpack(self, data: bytes) -> Sequence[bytes]:  # noqa: ARG002 -- the role's signature
        """Return nothing: statements come in nothing else."""
        return ()


def _prepared(credential: Credential, key: PublicKey) -> Prepared:
    header = {
        "alg": key.algorithm,
        "kid": key.key_id,
        "typ": credential.document["typ"],
    }
    parts = [msgspec.json.encode(each) for each in (header, credential.document["claims"])]
    text = ".".join(base64url.encode(part) for part in parts)
    return Prepared(credential=credential, payload=text.encode("ascii"), draft={"text": text})


def _sealed(prepared: Prepared, signature: bytes, key: PublicKey) -> Secured:
    credential = prepared.credential
    return Secured(
        kind=credential.kind,
        body=credential.body,
        credential_id=credential.credential_id,
        revision=credential.revision,
        schema=credential.schema,
        format=StatementFormat.name,
        media_type=f"application/{credential.document['typ']}",
        key_id=key.key_id,
        algorithm=key.algorithm,
        created=credential.issued_at,
        document=credential.document,
        content=f"{prepared.draft['text']}.{base64url.encode(signature)}".encode("ascii"),
    )


def _header(encoded: bytes) -> JsonObject:
    if len(encoded) > _MOST_HEADER_BYTES:
        raise Unreadable("the header of a statement is longer than any such header is")
    header = strict_json.parse_object(base64url.decode(encoded.decode("ascii", "replace")))
    if header.get("typ") not in _TYPES or "crit" in header:
        raise Unsupported("a statement is a status list or a snapshot, with no extensions")
    return header


def _claims(encoded: bytes) -> JsonObject:
    payload = base64url.decode(encoded.decode("ascii", "replace"))
    claims = strict_json.parse_object(payload, max_bytes=_MOST_BYTES)
    _text(claims, "sub")
    if _moment(claims, "iat") is None:
        raise Unreadable("a statement tells in iat when it was made")
    return claims


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str):
        raise Unreadable(f"a statement needs the text {name}")
    return value


def _moment(claims: Mapping[str, Any], name: str) -> datetime | None:
    seconds = claims.get(name)
    if seconds is None:
        return None
    if not isinstance(seconds, int | float) or isinstance(seconds, bool):
        raise Unreadable(f"a statement's {name} is a number of seconds since 1970")
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError) as error:
        raise Unreadable(f"a statement's {name} is no moment that exists") from error
