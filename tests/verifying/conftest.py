"""A small credential world of its own: one format, one type, one list of keys, all honest."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
import qrcode
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
)
from PIL import Image

from mohar.domain.errors import Unavailable, Unreadable, Unsupported
from mohar.domain.keys import PublicKey
from mohar.domain.proof import Opened, OpenedProof
from mohar.domain.status import BoundIdentifier, StatusReference
from mohar.domain.verdict import Check
from mohar.plugin.roles import Format
from mohar.verifying import KnownType, StatusAnswer, Verifier

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Proof(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    key: str
    created: datetime | None = None
    purpose: str = "assertionMethod"
    signature: bytes = b""


class Note(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    note: int
    issuer: str
    document: dict[str, Any]
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    status: list[int] = []
    proofs: list[Proof] = []


def covered(note: Note, proof: Proof) -> bytes:
    unsigned = msgspec.structs.replace(proof, signature=b"")
    return msgspec.json.encode(
        msgspec.structs.replace(note, proofs=[unsigned]), order="deterministic"
    )


class NoteFormat:
    """JSON with Ed25519 signatures; its carrier is `PACK` before a deflated text."""

    name = "note"
    media_type = "application/note+json"
    suffix = ".note"

    def recognise(self, data: bytes) -> bool:
        return data.startswith(b"{") and b'"note"' in data[:40]

    def open(self, data: bytes) -> Opened:
        try:
            note = msgspec.json.decode(data, type=Note)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Unreadable("not a note after all") from error
        if note.note != 1:
            raise Unsupported("a note of a later version")
        return Opened(
            format=self.name,
            document=note.document,
            issuer=note.issuer,
            proofs=tuple(self._proof(note, proof) for proof in note.proofs),
            valid_from=note.valid_from,
            valid_until=note.valid_until,
            status=tuple(
                StatusReference(list_url="https://example.org/list", index=index)
                for index in note.status
            ),
        )

    def _proof(self, note: Note, proof: Proof) -> OpenedProof:
        return OpenedProof(
            key_id=proof.key,
            algorithm="EdDSA",
            created=proof.created,
            purpose=proof.purpose,
            payload=covered(note, proof),
            signature=proof.signature,
        )

    def verify(self, opened: Opened, proof_index: int, key: PublicKey) -> bool:
        public = load_der_public_key(key.spki)
        proof = opened.proofs[proof_index]
        assert isinstance(public, Ed25519PublicKey)
        try:
            public.verify(proof.signature, proof.payload)
        except InvalidSignature:
            return False
        return key.algorithm == proof.algorithm

    def unpack(self, data: bytes) -> Sequence[bytes]:
        if not data.startswith(b"PACK"):
            return []
        inflater = zlib.decompressobj()
        try:
            text = inflater.decompress(data[4:], 20_000)
        except zlib.error as error:
            raise Unreadable("the pack is damaged") from error
        if inflater.unconsumed_tail or not inflater.eof:
            raise Unreadable("the pack is larger than 20000 bytes or cut short")
        return [text]


class NoteSchema:
    """A note says `text`; one with `doubt` cannot be judged whole."""

    name = "note"
    version = "1"

    def recognises(self, document: Mapping[str, Any]) -> bool:
        return document.get("type") == "note"

    def identifier(self, document: Mapping[str, Any]) -> str | None:
        return document.get("number")

    def examine(self, document: Mapping[str, Any]) -> Sequence[Check]:
        structure = "passed" if isinstance(document.get("text"), str) else "failed"
        doubt = "unknown" if document.get("doubt") else "passed"
        return [Check(name="structure", outcome=structure), Check(name="doubt", outcome=doubt)]

    def shown(self, document: Mapping[str, Any]) -> dict[str, Any]:
        return {"text": document["text"]}


class ListedTrust:
    def __init__(self, *keys: PublicKey) -> None:
        self.listed = keys

    def keys(self, issuer: str, key_id: str, at: datetime) -> Sequence[PublicKey]:  # noqa: ARG002 -- the role's signature
        return [key for key in self.listed if key.controller == issuer and key.key_id == key_id]


class SilentTrust:
    def keys(self, issuer: str, key_id: str, at: datetime) -> Sequence[PublicKey]:  # noqa: ARG002 -- the role's signature
        raise Unavailable("the list of keys does not answer")


class TableStatus:
    def __init__(self, table: Mapping[int, StatusAnswer]) -> None:
        self.table = table

    def tell(self, reference: StatusReference, at: datetime) -> StatusAnswer:  # noqa: ARG002 -- the role's signature
        return self.table.get(reference.index, "unknown")

    def tell_bound(self, identifier: BoundIdentifier, at: datetime) -> StatusAnswer:  # noqa: ARG002 -- the role's signature
        return self.table.get(int(identifier.value), "unknown")


def private(key_id: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(key_id.encode().ljust(32, b"."))


@pytest.fixture(scope="session")
def noon() -> datetime:
    return NOON


@pytest.fixture(scope="session")
def note_format() -> NoteFormat:
    return NoteFormat()


@pytest.fixture(scope="session")
def listed() -> Callable[..., ListedTrust]:
    """Make a trust that lists one key, by default a good one."""

    def make(key_id: str = "k1", **fields: Any) -> ListedTrust:
        spki = (
            private(key_id)
            .public_key()
            .public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        )
        key = PublicKey(key_id=key_id, algorithm="EdDSA", spki=spki, controller="did:example:a")
        return ListedTrust(msgspec.structs.replace(key, **fields))

    return make


@pytest.fixture(scope="session")
def silent() -> SilentTrust:
    return SilentTrust()


@pytest.fixture(scope="session")
def told() -> Callable[[Mapping[int, StatusAnswer]], TableStatus]:
    return TableStatus


@pytest.fixture(scope="session")
def sign() -> Callable[..., bytes]:
    """Make a signed note; `keys` sign it in turn, `proof` changes their proofs."""

    def make(
        document: Mapping[str, Any] | None = None,
        *,
        keys: Sequence[str] = ("k1",),
        proof: Mapping[str, Any] | None = None,
        **fields: Any,
    ) -> bytes:
        content = {"type": "note", "text": "read me", **(document or {})}
        note = Note(**{"note": 1, "issuer": "did:example:a", "document": content} | fields)
        proofs = []
        for key in keys:
            unsigned = Proof(**{"key": key, "created": NOON} | dict(proof or {}))
            signature = private(key).sign(covered(note, unsigned))
            proofs.append(msgspec.structs.replace(unsigned, signature=signature))
        return msgspec.json.encode(msgspec.structs.replace(note, proofs=proofs))

    return make


@pytest.fixture(scope="session")
def verifier(note_format: Format, listed: Callable[..., ListedTrust]) -> Callable[..., Verifier]:
    """Make a verifier that knows notes and the key k1, at noon; arguments change it."""

    def make(**changes: Any) -> Verifier:
        return Verifier(
            **{
                "formats": [note_format],
                "types": [KnownType(kind="reminder", schema=NoteSchema())],
                "trust": [listed()],
                "status": TableStatus({1: "clear", 2: "revoked", 3: "suspended", 4: "superseded"}),
                "clock": lambda: NOON,
            }
            | changes
        )

    return make


@pytest.fixture(scope="session")
def qr() -> Callable[..., Image.Image]:
    """Draw a QR code that carries these bytes in byte mode."""

    def draw(data: bytes, box: int = 4) -> Image.Image:
        code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, box_size=box)
        code.add_data(data, optimize=0)
        code.make()
        return code.make_image().convert("L")

    return draw


@pytest.fixture(scope="session")
def saved() -> Callable[..., bytes]:
    """Return a picture as the bytes of a file."""

    def save(picture: Image.Image, form: str = "PNG", **options: Any) -> bytes:
        stream = io.BytesIO()
        picture.save(stream, form, **options)
        return stream.getvalue()

    return save
