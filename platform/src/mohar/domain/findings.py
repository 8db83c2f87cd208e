"""What somebody noticed about a record, a credential or a deployment."""

from __future__ import annotations

from typing import Literal

import msgspec

Severity = Literal["error", "warning"]


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """
    One thing that is wrong (`error`) or odd (`warning`).

    `message` says what is the matter and how to mend it, and never repeats a personal value.
    `where` is a dotted path into the record, or empty. `body` names the body concerned; None
    means all of them.
    """

    code: str
    message: str
    where: str = ""
    severity: Severity = "error"
    body: str | None = None

    @property
    def is_error(self) -> bool:
        """Say whether this finding refuses what it is about."""
        return self.severity == "error"


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """The answer where a thing was asked for and cannot be made: why not."""

    findings: tuple[Finding, ...]
