"""One step of verifying, what it means for the verdict, and which meaning wins."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from mohar.domain.verdict import Check, CheckOutcome, VerdictName

PRECEDENCE: Final[tuple[VerdictName, ...]] = (
    "invalid",
    "key-not-valid",
    "revoked",
    "superseded",
    "suspended",
    "expired",
    "not-yet-valid",
    "rule-not-met",
    "unknown-issuer",
    "limited",
    "not-checked",
    "unsupported",
    "unreadable",
    "valid",
)
"""Worst first: what is known to be wrong, then what could not be told, then what is right."""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A check and the verdict it would lead to if nothing else were worse."""

    check: Check
    leads_to: VerdictName = "valid"


def step(
    name: str, outcome: CheckOutcome, detail: str = "", leads_to: VerdictName = "valid"
) -> Step:
    """Return one step in a line."""
    return Step(check=Check(name=name, outcome=outcome, detail=detail), leads_to=leads_to)


def skipped(*names: str, because: str) -> list[Step]:
    """Return steps that were not taken, all for one reason."""
    return [step(name, "skipped", because) for name in names]


def worst(names: Iterable[VerdictName]) -> VerdictName:
    """Return the name that comes first in `PRECEDENCE`; `valid` where there is none."""
    return min(names, key=PRECEDENCE.index, default="valid")


def weighed(steps: Iterable[Step]) -> VerdictName:
    """Return the verdict these steps lead to together."""
    return worst(each.leads_to for each in steps)


def printable(text: str) -> str:
    """Return text that can be written as UTF-8: a file name or a JSON escape may hold half a pair."""
    return text.encode("utf-8", "replace").decode("utf-8")
