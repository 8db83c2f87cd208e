"""The answer of a verifier. "Wrong" and "could not tell" are different words here."""

from __future__ import annotations

from typing import Literal

import msgspec

from mohar.domain.values import JsonObject

CheckOutcome = Literal["passed", "failed", "unknown", "skipped"]
VerdictName = Literal[
    "valid",
    "invalid",
    "revoked",
    "suspended",
    "superseded",
    "expired",
    "not-yet-valid",
    "rule-not-met",
    "unknown-issuer",
    "key-not-valid",
    "not-checked",
    "limited",
    "unreadable",
    "unsupported",
]


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One numbered step of verifying and how it came out. `detail` holds no personal value."""

    name: str
    outcome: CheckOutcome
    detail: str = ""


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """
    What a verifier says of one input (the object `mohar verify --json` prints).

    `shown` holds the values a person may read off the screen, taken from the verified document;
    it is empty unless the signature was right.
    """

    input: str
    verdict: VerdictName
    format: str | None = None
    kind: str | None = None
    issuer: str | None = None
    key_id: str | None = None
    checks: tuple[Check, ...] = ()
    shown: JsonObject = {}

    def __repr__(self) -> str:
        return f"Verdict({self.verdict})"
