"""Verdicts as scripts read them: JSON, and the number a command ends with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from mohar.domain.verdict import Verdict, VerdictName

_WRONG: Final[frozenset[VerdictName]] = frozenset(
    {
        "invalid",
        "revoked",
        "suspended",
        "superseded",
        "expired",
        "not-yet-valid",
        "rule-not-met",
        "key-not-valid",
    }
)


def verdict_json(verdict: Verdict) -> bytes:
    """Return the verdict as one line of JSON, every member in its place."""
    return msgspec.json.encode(verdict)


def exit_code(verdicts: Sequence[Verdict]) -> int:
    """Return 0 where all are `valid`, 1 where one is known to be wrong, 2 otherwise."""
    names = {verdict.verdict for verdict in verdicts}
    if names & _WRONG:
        return 1
    return 0 if names <= {"valid"} else 2
