"""A file of corrected records: one looks at the plan and approves it, another has it done."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final, Literal

from mohar.access.permit import Permits
from mohar.domain.access import Actor
from mohar.domain.clock import Clock
from mohar.domain.correction import Correction
from mohar.domain.credential import Outcome
from mohar.domain.errors import Conflict, InvalidInput, NotFound, Refused
from mohar.domain.findings import Finding
from mohar.domain.record import Message
from mohar.domain.values import Personal
from mohar.plugin import Receipt
from mohar.reconciling.plan import Plan, Planner, Row
from mohar.reconciling.rules import Rules
from mohar.store import Store
from mohar.store.rows import Approval

RowResult = Literal[
    "corrected", "unchanged", "not-found", "not-approved", "refused", "failed", "waiting"
]
_AT_ONCE: Final = 500
_LONGEST_TEXT: Final = 2_000
_NOT_APPROVED: Final = Finding(
    code="not-approved",
    message="this correction is not among those that were approved; approve the plan as it is now",
)


class SamePerson(Refused):
    """Whoever approved a plan of corrections cannot be the one who has it done."""

    code = "same-person"


class Result(Personal, frozen=True, kw_only=True):
    """What became of one row of a file; the credential is the new one where it was corrected."""

    row: Row
    result: RowResult
    credential_id: str = ""
    findings: tuple[Finding, ...] = ()


class Reconciliation:
    """
    Corrects in bulk what a file of records says otherwise, after somebody else approved it.

    What was corrected by an earlier run is unchanged in the next, so a run that was interrupted
    or partly refused is made again under the same approval.
    """

    def __init__(
        self,
        *,
        store: Store,
        permits: Permits,
        planner: Planner,
        correct: Callable[[Actor, str, Sequence[Message]], Receipt],
        clock: Clock,
    ) -> None:
        self._store = store
        self._permits = permits
        self._planner = planner
        self._correct = correct
        self._clock = clock

    def plan(self, actor: Actor, kind: str, messages: Sequence[Message], rules: Rules) -> Plan:
        """
        Return what would be corrected; nothing is.

        Raises:
            NotPermitted: the actor may not correct credentials of this kind.
            Unavailable: the store did not answer.
        """
        self._permits.require(actor, "correct", kind)
        return self._planner.plan(kind, messages, rules)

    def approve(self, actor: Actor, plan: Plan, digest: str, by: str) -> bool:
        """
        Keep that `by` has looked at a plan and wants it done; return False where somebody did.

        Raises:
            Conflict: the plan is another than the one with this digest.
            InvalidInput: the plan corrects nothing, or `by` names nobody.
        """
        self._permits.require(actor, "correct", plan.kind)
        name = _named(by)
        if plan.digest != digest:
            raise Conflict(
                "the plan is not the one with this digest: the file, the rules or what is issued "
                "have changed; look at it again"
            )
        if not plan.differing:
            raise InvalidInput("this plan corrects nothing; there is nothing to approve")
        approval = Approval(
            digest=digest,
            kind=plan.kind,
            actor_id=name,
            approved_at=self._clock(),
            marks=frozenset(row.mark for row in plan.differing),
        )
        with self._store.begin() as work:
            return work.approvals.add(approval)

    def apply(
        self, actor: Actor, plan: Plan, digest: str, by: str, reason: str
    ) -> Iterator[Result]:
        """
        Have corrected what was approved under a digest; the rows come in order, in batches.

        Raises:
            NotFound: no plan of this kind was approved under this digest.
            SamePerson: `by` is who approved it.
            InvalidInput: `by` names nobody, or the reason is empty or too long.
            Unavailable: what was done stays done; run it again.
        """
        self._permits.require(actor, "correct", plan.kind)
        name = _named(by)
        if not reason.strip() or len(reason) > _LONGEST_TEXT:
            raise InvalidInput(f"say why, in 1 to {_LONGEST_TEXT} characters")
        with self._store.read() as work:
            approval = work.approvals.find(digest)
        if approval is None or approval.kind != plan.kind:
            raise NotFound("no plan of this kind was approved under this digest")
        if approval.actor_id == name:
            raise SamePerson("who approved a plan cannot have it done; somebody else must")
        evidence = f"reconciliation {digest[:16]}, approved by {approval.actor_id}"
        for start in range(0, len(plan.rows), _AT_ONCE):
            rows = plan.rows[start : start + _AT_ONCE]
            wishes = {
                row.number: Correction(
                    credential_id=row.credential_id,
                    cause="reconciliation",
                    reason=reason,
                    actor_id=name,
                    evidence=evidence,
                    changes=row.changes,
                    before=row.before,
                )
                for row in rows
                if row.state == "differs" and row.mark in approval.marks
            }
            yield from self._applied(actor, plan.kind, rows, wishes)

    def _applied(
        self, actor: Actor, kind: str, rows: Sequence[Row], wishes: dict[int, Correction]
    ) -> Iterator[Result]:
        outcomes: dict[int, Outcome] = {}
        if wishes:
            messages = [Message(content={}, correction=wish) for wish in wishes.values()]
            receipt = self._correct(actor, kind, messages)
            outcomes = dict(zip(wishes, receipt.outcomes, strict=True))
        for row in rows:
            yield _result(row, outcomes.get(row.number))


def _result(row: Row, outcome: Outcome | None) -> Result:
    if outcome is not None:
        return _corrected(row, outcome)
    if row.state == "differs":
        return Result(row=row, result="not-approved", findings=(_NOT_APPROVED,))
    return Result(row=row, result=row.state, credential_id=row.credential_id, findings=row.findings)


def _corrected(row: Row, outcome: Outcome) -> Result:
    results: dict[str, RowResult] = {
        "issued": "corrected",
        "known": "unchanged",
        "failed": "failed",
        "waiting": "waiting",
    }
    of_bodies = [finding for body in outcome.bodies for finding in body.findings]
    findings = [each for each in (*outcome.findings, *of_bodies) if each.is_error]
    return Result(
        row=row,
        result=results.get(outcome.state, "refused"),
        credential_id=outcome.credential_id or row.credential_id,
        findings=tuple(findings),
    )


def _named(by: str) -> str:
    name = " ".join(by.split())
    if not 1 <= len(name) <= 100:  # noqa: PLR2004 -- long enough for a name, too short for a text
        raise InvalidInput("say who you are, in at most 100 characters")
    return name
