"""What a credential is found by: keyed hashes, and the plain texts sealed beside them."""

from __future__ import annotations

import hashlib
from typing import Final

from mohar.domain.values import Personal
from mohar.store.vault import Vault

# RFC 2104 §5: half of an HMAC is enough to tell two apart, and a log of reads is long.
_HANDLE_BYTES: Final = 16


class Identity(Personal, frozen=True, kw_only=True):
    """The texts behind a credential's hashes, kept sealed so that the hashes can be made again."""

    key: str
    group: str
    digest: str


def key_hash(vault: Vault, kind: str, key: str) -> bytes:
    """Return the hash of a natural key."""
    return vault.keyed_hash(f"key:{kind}", key)


def group_hash(vault: Vault, kind: str, group: str) -> bytes:
    """Return the hash of a group."""
    return vault.keyed_hash(f"group:{kind}", group)


def digest_hash(vault: Vault, kind: str, digest: str) -> bytes:
    """Return the hash of a content digest: the digest itself would confirm a guess."""
    return vault.keyed_hash(f"digest:{kind}", digest)


def handle_hash(vault: Vault, kind: str, name: str, value: str) -> bytes:
    """Return the hash of a handle's value."""
    return vault.keyed_hash(f"handle:{kind}:{name}", value)


def subject_of(vault: Vault, kind: str, group: str) -> str:
    """Return an opaque URI for the holder of a group: a UUID of version 8 (RFC 9562 §5.8)."""
    octets = bytearray(vault.keyed_hash(f"subject:{kind}", group)[:16])
    octets[6] = octets[6] & 0x0F | 0x80
    octets[8] = octets[8] & 0x3F | 0x80
    text = octets.hex()
    return f"urn:uuid:{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def caller_hash(vault: Vault, issuer: str, subject: str) -> str:
    """Return what a caller is called whose own name somebody else gave."""
    return vault.keyed_hash(f"caller:{issuer}", subject)[:16].hex()


def identity_place(credential_id: str) -> str:
    """Return where the identity of a credential is sealed for."""
    return f"credential.identity/{credential_id}"


def record_place(credential_id: str) -> str:
    """Return where the record of a credential is sealed for."""
    return f"credential.record/{credential_id}"


def body_place(credential_id: str, name: str) -> str:
    """Return where the content of a body is sealed for."""
    return f"body.content/{credential_id}/{name}"


def contact_place(credential_id: str, name: str) -> str:
    """Return where the value of a handle is sealed for."""
    return f"handle.contact/{credential_id}/{name}"


def sha256(content: bytes) -> bytes:
    """Return the SHA-256 of a body's exact bytes."""
    return hashlib.sha256(content).digest()


def read_handle(vault: Vault, asked_for: str) -> bytes:
    """Return what the log of reads says in place of an id; nothing for nothing."""
    return vault.keyed_hash("read", asked_for)[:_HANDLE_BYTES] if asked_for else b""


def read_place(handle: bytes) -> str:
    """Return where the id behind a handle of the log of reads is sealed for."""
    return f"read_log.credential/{handle.hex()}"
