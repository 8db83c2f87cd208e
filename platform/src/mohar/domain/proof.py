"""What a verifier finds when it opens a signed document."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from mohar.domain.status import StatusReference
from mohar.domain.values import JsonObject, Personal
from mohar.domain.verdict import Check


class OpenedProof(Personal, frozen=True, kw_only=True):
    """
    One signature and the bytes it should cover. `algorithm` is what the document claims.

    `usages` are the key usages that tell keys for this sort of document from keys for another, and
    whether each allows it. `challenge` and `domains` bind it to one occasion and one asker.
    """

    key_id: str
    algorithm: str
    created: datetime | None
    purpose: str
    payload: bytes
    signature: bytes
    usages: Mapping[str, bool] = {}
    challenge: str | None = None
    domains: tuple[str, ...] = ()


class Opened(Personal, frozen=True, kw_only=True):
    """
    A signed document taken apart; nothing in it is believed yet.

    Only a presentation has `credentials`: each one that it holds, as bytes of its own; none where a
    credential has no bytes that could be read. Its `issuer` is the holder, or empty where it names
    none. `status_told` says that `checks` hold what the issuer's own lists say of it.
    """

    format: str
    document: JsonObject
    issuer: str
    proofs: tuple[OpenedProof, ...]
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    status: tuple[StatusReference, ...] = ()
    checks: tuple[Check, ...] = ()
    credentials: tuple[bytes, ...] | None = None
    status_told: bool = False
