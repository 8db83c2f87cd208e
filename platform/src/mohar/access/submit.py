"""Somebody sends records, one request or a file at a time, and asks for another try."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mohar.access.bounds import Bounds
from mohar.access.permit import Permits
from mohar.domain.access import Actor
from mohar.domain.credential import Outcome
from mohar.domain.errors import NotFound
from mohar.domain.record import Message
from mohar.issuing.choice import chosen
from mohar.issuing.drain import Drain
from mohar.issuing.plan import KindPlan
from mohar.plugin import Receipt, Telemetry
from mohar.receiving.accept import Reception
from mohar.receiving.status import Submissions
from mohar.receiving.upload import Uploads


class Submitting:
    """Takes records from actors whose scopes say `issue`."""

    def __init__(
        self,
        *,
        permits: Permits,
        bounds: Bounds,
        kinds: Mapping[str, KindPlan],
        reception: Reception,
        submissions: Submissions,
        uploads: Uploads,
        drain: Drain,
        telemetry: Telemetry,
    ) -> None:
        self._permits = permits
        self._bounds = bounds
        self._plans = kinds
        self._reception = reception
        self._submissions = submissions
        self._uploads = uploads
        self._drain = drain
        self._telemetry = telemetry

    def submit(
        self,
        actor: Actor,
        kind: str,
        messages: Sequence[Message],
        idempotency_key: str | None = None,
        *,
        formats: Sequence[str] = (),
    ) -> Receipt:
        """
        Make messages durable and return one answer for each.

        `formats` names the bodies to issue, by their own names or by format; none means all.

        Raises:
            NotFound: there is no such kind.
            NotPermitted: the actor may not issue it, or not these records of it.
            InvalidInput, Conflict, Unavailable: see `chosen` and `Reception.accept`.
        """
        self.require_kind(kind)
        plan = self._plans[kind]
        self._bounds.must_hold(actor, plan, messages)
        accepted = self._reception.accept(
            actor,
            kind,
            plan.source_name,
            messages,
            idempotency_key,
            bodies=chosen(plan, formats),
        )
        if accepted.repeated:
            return self._receipt(actor, accepted.submission_id)
        # What was kept this moment is not read again.
        outcomes = tuple(Outcome(position=n, state="waiting") for n in range(len(messages)))
        return Receipt(submission_id=accepted.submission_id, outcomes=outcomes)

    def issue_now(self, actor: Actor, receipt: Receipt) -> Receipt:
        """Issue what waits of a submission in this process, and return the answers anew."""
        self._drain.run_submission(receipt.submission_id)
        return self._receipt(actor, receipt.submission_id)

    def replay(self, actor: Actor, submission_id: str) -> Receipt:
        """
        Let what led to no credential wait again; return the answers as they are then.

        Raises:
            NotFound: no such submission, or another's that this actor may not operate.
            NotPermitted: the actor may see the submission and not issue its kind.
            TooManyWaiting, Unavailable: nothing was changed.
        """
        found = self._submissions.find(submission_id, actor)
        is_own = found.actor_id == actor.actor_id
        self._permits.require_some(actor, "issue" if is_own else "operate", found.kind)
        count = self._submissions.replay(submission_id, actor_id=actor.actor_id)
        self._telemetry.log("submission.replayed", kind=found.kind, count=count)
        return self._receipt(actor, submission_id)

    def upload(
        self,
        actor: Actor,
        kind: str,
        name: str,
        data: bytes,
        *,
        variant: str = "",
        idempotency_key: str | None = None,
    ) -> str:
        """
        Keep a file of records, whose rows are issued behind that; return its submission's id.

        Raises:
            NotFound: there is no such kind.
            NotPermitted: the actor may not issue it, or not all rows of this file.
            InvalidInput, Conflict, Unavailable: see `Uploads.accept`.
        """
        self.require_kind(kind)
        rows = self._uploads.messages(kind, name, data, variant)
        self._bounds.must_hold(actor, self._plans[kind], rows)
        return self._uploads.accept(
            actor, kind, name, data, variant=variant, idempotency_key=idempotency_key
        )

    def require_kind(self, kind: str) -> None:
        """Raise NotFound unless this deployment issues that kind."""
        if kind not in self._plans:
            raise NotFound("there is no such kind in this deployment; see /v1/kinds")

    def _receipt(self, actor: Actor, submission_id: str) -> Receipt:
        outcomes = self._submissions.outcomes(submission_id, actor)
        return Receipt(submission_id=submission_id, outcomes=tuple(outcomes))
