"""What was approved is carried out, once, whoever dies meanwhile; what cannot be done is told."""

from __future__ import annotations

from functools import partial
from typing import Final, Protocol

from mohar.domain.errors import Conflict, Failed, InvalidInput, Refused, Unavailable
from mohar.domain.findings import Finding
from mohar.domain.request import Failure, spelt
from mohar.domain.values import JsonObject, Personal
from mohar.plugin import Telemetry
from mohar.plugin.caller import guarded
from mohar.requesting.ask import HOUSE
from mohar.requesting.plan import RequestPlan, RequestPlans, in_words, plan_of
from mohar.requesting.retry import wait_seconds
from mohar.requesting.steps import Steps
from mohar.store import Store, Work
from mohar.store.request_rows import Contents, KeptRequest, KeptStep, NewStep

_NO_FINDINGS: Final[tuple[Finding, ...]] = ()


class Decided(Personal, frozen=True, kw_only=True):
    """
    An approved request as it is carried out: in the name of who approved it, and with what reason.

    `approval` is another text for each approval, and always the same for one of them.
    """

    approval: str
    kind: str
    credential_id: str
    other_id: str | None
    actor_id: str
    reason: str
    evidence: str
    changes: JsonObject


class Ends(Protocol):
    """What approved requests lead to."""

    def correct(self, decided: Decided) -> str | None:
        """
        Correct the credential, once for each approval; return the new one's number.

        None where it waits to be issued: then the same call is made again.

        Raises:
            Refused: it is not possible; the findings say why.
            Unavailable: the same call may be made again.
        """
        ...

    def revoke_other(self, decided: Decided, *, dry_run: bool) -> None:
        """
        Revoke the other credential; what is revoked before stays so.

        Raises:
            Refused: its state does not allow it.
            Unavailable: the same call may be made again.
        """
        ...


class CarryingOut:
    """Carries approved requests out, any number of times with one result."""

    def __init__(
        self, *, store: Store, plans: RequestPlans, ends: Ends, steps: Steps, telemetry: Telemetry
    ) -> None:
        self._store = store
        self._plans = plans
        self._ends = ends
        self._steps = steps
        self._telemetry = telemetry

    def carry_out(self, kept: KeptRequest) -> None:
        """
        Bring an approved request to its end, or let it wait for another try.

        Whatever goes wrong stands in the request: `failed` with a code, or still `approved`.

        Raises:
            Unavailable: the store did not answer; a worker goes on later.
        """
        with self._store.read() as work:
            contents = work.requests.contents(kept.tracking)
            assert contents is not None  # it is forgotten after its end alone
            approval = _approval(work, kept)
        try:
            ending = guarded(
                "a request",
                partial(self._ending, kept, contents, approval),
                Failed,
                self._telemetry,
            )
        except Unavailable as error:
            self._telemetry.log("request.later", kind=kept.kind, code=error.code)
            ending = None
        with self._store.begin() as work:
            self._write(work, kept, approval, ending)

    def _ending(self, kept: KeptRequest, contents: Contents, approval: KeptStep) -> NewStep | None:
        """Return the last step; None where something is still to wait for."""
        try:
            plan = plan_of(self._plans, kept.kind, kept.type)
            number = self._done(plan, _decided(kept, contents, approval))
        except Refused as error:
            findings = (
                error.findings if isinstance(error, InvalidInput | Conflict) else _NO_FINDINGS
            )
            return NewStep(
                tracking=kept.tracking,
                state="failed",
                actor_id=HOUSE,
                failure=Failure(code=error.code, findings=findings),
            )
        if number is None:
            return None
        return NewStep(
            tracking=kept.tracking, state="done", actor_id=HOUSE, result_id=number or None
        )

    def _done(self, plan: RequestPlan, decided: Decided) -> str | None:
        """Return the new credential's number, or an empty text where there is none to be."""
        if plan.is_about_two:
            # Nothing is corrected where the other one could not be revoked.
            self._ends.revoke_other(decided, dry_run=True)
        number: str | None = ""
        if decided.changes and plan.action != "forward":
            number = self._ends.correct(decided)
        if plan.is_about_two and number is not None:
            self._ends.revoke_other(decided, dry_run=False)
        return number

    def _write(
        self, work: Work, kept: KeptRequest, approval: KeptStep, ending: NewStep | None
    ) -> None:
        now = work.requests.find(kept.tracking, lock=True)
        if now is None or now.state != "approved" or _approval(work, now) != approval:
            return
        if ending is None:
            work.requests.wait(now, wait_seconds(now.attempts))
        else:
            self._steps.take(work, now, "finish" if ending.state == "done" else "fail", ending)


def _approval(work: Work, kept: KeptRequest) -> KeptStep:
    approvals = [each for each in work.requests.steps(kept.tracking) if each.state == "approved"]
    return approvals[-1]


def _decided(kept: KeptRequest, contents: Contents, approval: KeptStep) -> Decided:
    return Decided(
        approval=f"request-{kept.tracking}-{approval.number}",
        kind=kept.kind,
        credential_id=kept.credential_id,
        other_id=kept.other_id,
        actor_id=approval.actor_id,
        reason=f"request {spelt(kept.tracking)}: {approval.reason}",
        evidence=in_words(contents.evidence),
        changes=contents.changes,
    )
