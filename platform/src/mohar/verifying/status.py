"""What has become of a credential since it was signed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal, Protocol

from mohar.domain.status import StatusReference
from mohar.domain.verdict import VerdictName
from mohar.verifying.steps import Step, step, worst

StatusAnswer = Literal["clear", "revoked", "suspended", "superseded", "unknown"]

_LEADS_TO: Final[dict[StatusAnswer, VerdictName]] = {
    "clear": "valid",
    "revoked": "revoked",
    "suspended": "suspended",
    "superseded": "superseded",
    "unknown": "not-checked",
}


class StatusTeller(Protocol):
    """Reads one entry of a published status."""

    def tell(self, reference: StatusReference, at: datetime) -> StatusAnswer:
        """Return what the list says at that moment; `unknown` where it cannot be told."""
        ...


class NoStatus:
    """For a verifier that has no status lists: it can never tell."""

    def tell(self, reference: StatusReference, at: datetime) -> StatusAnswer:  # noqa: ARG002 -- the role's signature
        """Return `unknown`."""
        return "unknown"


def status_step(teller: StatusTeller, references: Sequence[StatusReference], at: datetime) -> Step:
    """Return the step `status`: the worst that is told of any entry; skipped where there is none."""
    if not references:
        return step("status", "skipped", "the credential names no status list")
    verdict = worst(_LEADS_TO[teller.tell(reference, at)] for reference in references)
    if verdict == "valid":
        return step("status", "passed")
    if verdict == "not-checked":
        return step("status", "unknown", "the status list could not be read", verdict)
    return step("status", "failed", f"the issuer has marked it {verdict}", verdict)
