"""A credential before and after it is secured."""

from __future__ import annotations

from datetime import datetime

import msgspec

from mohar.domain.findings import Finding
from mohar.domain.keys import Algorithm
from mohar.domain.status import StatusReference
from mohar.domain.values import JsonObject, Personal


class Issue(msgspec.Struct, frozen=True, kw_only=True):
    """
    What the issuing side gives to one credential before it is composed.

    `credential_id` is the number shared by all bodies, `subject` an opaque URI for the holder
    (stable within the kind's group, and derived from nothing that can be turned back),
    `issuer` the authority's own URI, `status` where the bit reserved for this credential is told.
    `public_url` and `contexts_url` are the deployment's domains without a trailing slash.
    """

    kind: str
    body: str
    profile: str = ""
    credential_id: str
    revision: int
    issued_at: datetime
    subject: str
    issuer: str
    issuer_name: str
    country: str
    time_zone: str
    public_url: str
    contexts_url: str
    status: StatusReference | None = None


class Credential(Personal, frozen=True, kw_only=True):
    """The unsigned document of one body: a JSON tree in the shape its type declares."""

    kind: str
    body: str
    profile: str = ""
    credential_id: str
    revision: int
    schema: str
    issued_at: datetime
    document: JsonObject


class Prepared(Personal, frozen=True, kw_only=True):
    """A credential made ready for its signature: the very bytes to sign, and the draft to seal."""

    credential: Credential
    payload: bytes
    draft: JsonObject


class Secured(Personal, frozen=True, kw_only=True):
    """
    A signed body, exactly as it leaves the house.

    `content` is what a verifier reads; `algorithm` and `key_id` come from the key that signed.
    `identifier` is what the signature binds and a list of statuses can name, where the body itself
    says nothing of a list.
    """

    kind: str
    body: str
    profile: str = ""
    credential_id: str
    revision: int
    schema: str
    format: str
    media_type: str
    key_id: str
    algorithm: Algorithm
    created: datetime
    document: JsonObject
    content: bytes
    identifier: str | None = None


class BodyOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one body of a record."""

    name: str
    issued: bool
    findings: tuple[Finding, ...] = ()


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """
    What became of one record: `issued` now, `known` from before, `refused`, `waiting` or `failed`.

    `conflict` is a record whose natural key was issued with other content: its findings name the
    fields that differ. `credential_id` is there for `issued` and `known`. All findings are told, warnings too.
    """

    position: int
    state: str
    credential_id: str | None = None
    revision: int | None = None
    bodies: tuple[BodyOutcome, ...] = ()
    findings: tuple[Finding, ...] = ()
