"""What approved requests lead to: the same corrections and revocations as anybody else's."""

from __future__ import annotations

from mohar.access.change import Changes
from mohar.access.correct import Corrections
from mohar.domain.access import Actor
from mohar.domain.correction import Correction
from mohar.domain.record import Message
from mohar.requesting.carry_out import Decided
from mohar.revoking.change import Wish


class RequestEnds:
    """
    Carries out in the name of who approved, for whom the approval itself is the permission.

    A plugin may still refuse it (`mohar_permit`), and the policy of the kind counts as ever.
    """

    def __init__(self, corrections: Corrections, changes: Changes) -> None:
        self._corrections = corrections
        self._changes = changes

    def correct(self, decided: Decided) -> str | None:
        """Correct the credential. See `Ends.correct`."""
        wish = Correction(
            credential_id=decided.credential_id,
            reason=decided.reason,
            actor_id=decided.actor_id,
            evidence=decided.evidence,
            changes=decided.changes,
        )
        receipt = self._corrections.correct(
            _approved_by(decided, "correct"),
            Message(content={}, correction=wish),
            decided.approval,
        )
        return receipt.outcomes[0].credential_id

    def revoke_other(self, decided: Decided, *, dry_run: bool) -> None:
        """Revoke the other credential. See `Ends.revoke_other`."""
        wish = Wish(action="revoke", actor_id=decided.actor_id, reason=decided.reason)
        self._changes.change(
            _approved_by(decided, "revoke"), wish, decided.other_id or "", dry_run=dry_run
        )


def _approved_by(decided: Decided, action: str) -> Actor:
    return Actor(
        actor_id=decided.actor_id,
        name="approved request",
        scopes=frozenset({f"{action}:{decided.kind}"}),
    )
