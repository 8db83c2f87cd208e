"""What has become of a credential since it was signed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final, Literal, Protocol

from mohar.domain.proof import Opened
from mohar.domain.status import BoundIdentifier, StatusReference
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
    """Tells what has become of one credential, by its place in a list or by what it binds."""

    def tell(self, reference: StatusReference, at: datetime) -> StatusAnswer:
        """Return what the list says at that moment; `unknown` where it cannot be told."""
        ...

    def tell_bound(self, identifier: BoundIdentifier, at: datetime) -> StatusAnswer:
        """Return what its issuer says of it at that moment; `unknown` where it cannot be told."""
        ...


class FirstToTell:
    """Asks several in turn; the first that can tell is believed."""

    def __init__(self, tellers: Sequence[StatusTeller]) -> None:
        self._tellers = tuple(tellers)

    def tell(self, reference: StatusReference, at: datetime) -> StatusAnswer:
        """Return the first answer that is one; `unknown` where nobody has any."""
        return _first(teller.tell(reference, at) for teller in self._tellers)

    def tell_bound(self, identifier: BoundIdentifier, at: datetime) -> StatusAnswer:
        """Return the first answer that is one; `unknown` where nobody has any."""
        return _first(teller.tell_bound(identifier, at) for teller in self._tellers)


def status_step(teller: StatusTeller, opened: Opened, identifier: str | None, at: datetime) -> Step:
    """
    Return the step `status`: the worst that is told of any entry.

    What names no list is told by the identifier that its signature binds. The step is skipped where
    there is neither, and where the format has told it already.
    """
    if opened.status:
        return _step(worst(_LEADS_TO[teller.tell(each, at)] for each in opened.status))
    if opened.status_told:
        return step("status", "skipped", "the issuer's list of its own format tells it")
    if identifier is None:
        return step("status", "skipped", "nothing in it could be named in a status list")
    bound = BoundIdentifier(
        issuer=opened.issuer,
        key_ids=tuple(proof.key_id for proof in opened.proofs),
        value=identifier,
    )
    return _step(_LEADS_TO[teller.tell_bound(bound, at)])


def _step(verdict: VerdictName) -> Step:
    if verdict == "valid":
        return step("status", "passed")
    if verdict == "not-checked":
        return step("status", "unknown", "no list that tells its status could be read", verdict)
    return step("status", "failed", f"the issuer has marked it {verdict}", verdict)


def _first(answers: Iterable[StatusAnswer]) -> StatusAnswer:
    return next((each for each in answers if each != "unknown"), "unknown")
