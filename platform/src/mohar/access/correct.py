"""Somebody has found a mistake in a credential: a corrected one takes its place."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Final

from mohar.access.ids import can_be_an_id
from mohar.access.permit import Permits
from mohar.domain.access import Actor
from mohar.domain.correction import Correction
from mohar.domain.credential import Outcome, Secured
from mohar.domain.errors import Conflict, InvalidInput, LimitReached, NotFound
from mohar.domain.findings import Finding
from mohar.domain.record import Message
from mohar.issuing.drain import Drain
from mohar.issuing.issue import Issuer
from mohar.issuing.plan import KindPlan
from mohar.plugin import Receipt
from mohar.receiving.accept import Reception
from mohar.receiving.status import Submissions
from mohar.store import Store
from mohar.store.rows import IntakeItem

_NOT_FOUND: Final = "there is no such credential for this caller"
_LONGEST_TEXT: Final = 2_000


class CorrectionRefused(InvalidInput):
    """The corrected record leads to no credential, or the policy of the kind forbids it."""

    code = "correction-refused"


class CorrectionOutdated(Conflict):
    """The credential to be corrected is not current, or not the newest of its natural key."""

    code = "not-current"


class Corrections:
    """
    Corrects credentials for actors whose scopes say `correct`.

    A correction is a submission like any other: durable before anything is issued, and taken up
    again by a worker where this process dies meanwhile.
    """

    def __init__(
        self,
        *,
        store: Store,
        permits: Permits,
        kinds: Mapping[str, KindPlan],
        reception: Reception,
        drain: Drain,
        issuer: Issuer,
        submissions: Submissions,
    ) -> None:
        self._store = store
        self._permits = permits
        self._kinds = kinds
        self._reception = reception
        self._drain = drain
        self._issuer = issuer
        self._outcomes: Callable[[str, Actor], Sequence[Outcome]] = submissions.outcomes

    def correct(
        self, actor: Actor, message: Message, idempotency_key: str | None = None
    ) -> Receipt:
        """
        Issue what takes the place of the credential that a message's correction names.

        The receipt has one outcome: `issued`, `known` where it was corrected to this before, or
        `waiting` where it is to be tried again.

        Raises:
            NotFound: no such credential, or one of a kind that this actor may not even read.
            NotPermitted: the actor may read this kind and not correct it.
            InvalidInput: no reason, or a text that is too long.
            CorrectionRefused, LimitReached, CorrectionOutdated: see there.
            Conflict: the idempotency key was used for something else.
            Unavailable: what was accepted stays durable and is issued later.
        """
        kind = self._kind_of(actor, message)
        accepted = self._reception.accept(
            actor, kind.name, kind.source_name, [message], idempotency_key
        )
        # Somebody changed the credential in this very moment: a worker judges anew what it is now.
        with suppress(Conflict):
            self._drain.run_submission(accepted.submission_id)
        outcomes = tuple(self._outcomes(accepted.submission_id, actor))
        _must_not_be_refused(outcomes[0])
        return Receipt(submission_id=accepted.submission_id, outcomes=outcomes)

    def readable(self, actor: Actor, receipt: Receipt) -> Sequence[Secured]:
        """Return the bodies a correction led to, where the actor may read them."""
        numbers = [each.credential_id for each in receipt.outcomes if each.credential_id]
        with self._store.read() as work:
            kinds = {each.kind for each in work.credentials.find(numbers).values()}
            if not all(self._permits.allows(actor, "read", kind) for kind in kinds):
                return ()
            found = work.credentials.bodies(numbers)
        return [body for number in numbers for body in found.get(number, ())]

    def preview(self, actor: Actor, message: Message) -> Outcome:
        """Say what speaks against a correction, as far as its check can tell. Raises as above."""
        (outcome,) = self._previewed(self._kind_of(actor, message), [message])
        return outcome

    def preview_messages(
        self, actor: Actor, kind: str, messages: Sequence[Message]
    ) -> Sequence[Outcome]:
        """
        Say what speaks against messages that name what they correct, as far as a check can tell.

        Raises:
            NotFound: there is no such kind.
            NotPermitted: the actor may not correct it.
        """
        if kind not in self._kinds:
            raise NotFound("there is no such kind in this deployment")
        self._permits.require(actor, "correct", kind)
        return self._previewed(self._kinds[kind], messages)

    def _previewed(self, kind: KindPlan, messages: Sequence[Message]) -> Sequence[Outcome]:
        now = self._issuer.now()
        items = [
            IntakeItem(
                intake_id=f"preview-{position}",
                submission_id="preview",
                position=position,
                kind=kind.name,
                source=kind.source_name,
                variant=message.variant,
                content=message.content,
                received_at=now,
                attempts=1,
                correction=message.correction,
            )
            for position, message in enumerate(messages)
        ]
        return self._issuer.preview(kind.name, items)

    def _kind_of(self, actor: Actor, message: Message) -> KindPlan:
        wish = message.correction
        if wish is None or not can_be_an_id(wish.credential_id):
            raise NotFound(_NOT_FOUND)
        _must_make_sense(wish)
        with self._store.read() as work:
            stored = work.credentials.find([wish.credential_id]).get(wish.credential_id)
        if stored is None or stored.issued_at is None or stored.kind not in self._kinds:
            raise NotFound(_NOT_FOUND)
        if not any(self._permits.allows(actor, may, stored.kind) for may in ("read", "correct")):
            raise NotFound(_NOT_FOUND)
        self._permits.require(actor, "correct", stored.kind)
        return self._kinds[stored.kind]


def _must_make_sense(wish: Correction) -> None:
    if not wish.reason.strip():
        raise InvalidInput("say why, in `reason`: it is kept with the credential's history")
    if len(wish.reason) > _LONGEST_TEXT or len(wish.evidence) > _LONGEST_TEXT:
        raise InvalidInput(f"`reason` and `evidence` have at most {_LONGEST_TEXT} characters")
    if wish.changes is not None and not wish.changes:
        raise InvalidInput("name at least one change, or send a whole record")


def _must_not_be_refused(outcome: Outcome) -> None:
    if outcome.state not in {"refused", "failed"}:
        return
    findings = _all_findings(outcome)
    codes = {finding.code for finding in findings if finding.is_error}
    if "not-current" in codes:
        raise CorrectionOutdated("the credential was corrected, revoked or suspended meanwhile")
    if codes == {"correction-limit"}:
        raise LimitReached("no further correction of this credential is allowed", findings)
    raise CorrectionRefused("the correction leads to no credential", findings)


def _all_findings(outcome: Outcome) -> list[Finding]:
    of_bodies = [finding for body in outcome.bodies for finding in body.findings]
    return [*outcome.findings, *of_bodies]
