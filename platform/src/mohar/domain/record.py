"""A record: what a source of truth says about one event of one person."""

from __future__ import annotations

import hashlib

import msgspec

from mohar.domain.correction import Correction
from mohar.domain.findings import Finding
from mohar.domain.values import JsonObject, Personal


class Message(Personal, frozen=True, kw_only=True):
    """
    One upstream message exactly as it came: parsed JSON, and the variant of the door it used.

    `correction` is there where it came as one; `content` is empty where that names the changes.
    """

    content: JsonObject
    variant: str = ""
    correction: Correction | None = None


class Record(Personal, frozen=True, kw_only=True):
    """
    One event of one person, in the terms of the source that read it.

    `content` is a JSON tree in snake case whose paths the source documents; `variant` tells which
    version of the upstream message it came from. `findings` is what the source could not read or
    did not understand; an error among them refuses the record. `corrects` is the credential whose
    place this record is to take, where the message itself says so.
    """

    variant: str = ""
    content: JsonObject
    findings: tuple[Finding, ...] = ()
    corrects: str = ""


def content_digest(content: JsonObject) -> str:
    """Return the SHA-256, in hex, of a JSON tree whatever the order of its members."""
    return hashlib.sha256(msgspec.json.encode(content, order="deterministic")).hexdigest()
