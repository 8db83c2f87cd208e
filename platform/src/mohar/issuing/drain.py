"""Take waiting items from the intake and issue them, whatever happened to those before."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final

from mohar.domain.clock import Clock
from mohar.domain.credential import Outcome
from mohar.domain.errors import Failed, MoharError, Unavailable
from mohar.domain.findings import Finding
from mohar.issuing.hold import Hold
from mohar.issuing.issue import Issuer
from mohar.issuing.plan import KindPlan
from mohar.issuing.retry import MAX_ATTEMPTS, next_try
from mohar.issuing.tell import Ended, record_of, told_of
from mohar.plugin import Telemetry
from mohar.plugin.caller import guarded
from mohar.store.rows import IntakeItem
from mohar.store.store import Store, Work

_LEASE_SECONDS: Final = 120.0
# The first batch is small and each next one twice as long, so that whoever waits for a house to come
# back does not wait for a whole batch.
_FIRST_BATCH: Final = 50


class Drain:
    """
    Issues what waits. Run as many as you like, on as many machines: an item is leased to one.

    A batch that fails is given back and its items are tried one by one, later and later, so that
    one bad item holds up nothing but itself; after some attempts it is set aside as `failed`.
    What waits for something outside (a key, a database) is never set aside: it waits. So does what
    is paused.
    """

    def __init__(
        self,
        *,
        store: Store,
        issuer: Issuer,
        hold: Hold,
        telemetry: Telemetry,
        clock: Clock,
        batch: int,
        worker: str,
        kinds: Mapping[str, KindPlan],
    ) -> None:
        self._store = store
        self._issuer = issuer
        self._hold = hold
        self._telemetry = telemetry
        self._clock = clock
        self._batch = batch
        self._at_once = min(_FIRST_BATCH, batch)
        self._worker = worker
        self._kinds = kinds

    def run_once(self) -> int:
        """
        Issue one batch of whatever waits, and return how many items were taken.

        Raises:
            MoharError: the batch was given back to be tried again.
        """
        taken = self._run(
            lambda work: work.intake.claim(
                self._at_once, _LEASE_SECONDS, self._worker, held=self._hold.now(work)
            )
        )
        if taken:
            self._at_once = min(2 * self._at_once, self._batch)
        return taken

    def run_submission(self, submission_id: str) -> None:
        """
        Issue what waits of one submission, until nothing of it can be taken.

        Raises:
            Unavailable: what was accepted stays durable and is issued later.
        """
        while self._run(
            lambda work: work.intake.claim_submission(
                submission_id,
                self._batch,
                _LEASE_SECONDS,
                self._worker,
                held=self._hold.now(work),
            )
        ):
            pass

    def _run(self, claim: Callable[..., Sequence[IntakeItem]]) -> int:
        with self._store.begin() as work:
            items = claim(work)
        tired = [item for item in items if item.attempts > MAX_ATTEMPTS]
        if tired:
            self._set_aside(tired)
        batches = _batches([item for item in items if item.attempts <= MAX_ATTEMPTS])
        for number, batch in enumerate(batches, 1):
            try:
                self._issue(batch)
            except MoharError:
                self._leave(batches[number:])
                raise
        return len(items)

    def _issue(self, batch: Sequence[IntakeItem]) -> None:
        kind = batch[0].kind
        try:
            issue = partial(self._issuer.issue, kind, batch)
            guarded(f"issuing {kind}", issue, Failed, self._telemetry)
        except MoharError as error:
            self._telemetry.log("issue.failed", kind=kind, code=error.code)
            self._give_back(batch, error)
            raise

    def _give_back(self, batch: Sequence[IntakeItem], error: MoharError) -> None:
        """All items of a batch were claimed as often: a fresh one, or a single one that was not."""
        attempts = batch[0].attempts
        with self._store.begin() as work:
            work.intake.release(
                [item.intake_id for item in batch],
                until=next_try(attempts, self._clock()),
                attempts=_counted(attempts, error),
                trouble=f"{error.code}: {error}",
            )

    def _leave(self, batches: Sequence[Sequence[IntakeItem]]) -> None:
        """What nobody has tried goes back as it was."""
        with self._store.begin() as work:
            for batch in batches:
                work.intake.release(
                    [item.intake_id for item in batch], attempts=batch[0].attempts - 1
                )

    def _set_aside(self, items: Sequence[IntakeItem]) -> None:
        reasons = {item.intake_id: _reason(item) for item in items}
        ended = self._ended(items, reasons)
        with self._store.begin() as work:
            self._tell(work, ended)
            for reason in sorted(set(reasons.values())):
                alike = [number for number, each in reasons.items() if each == reason]
                work.intake.give_up(alike, _finding(reason))
        self._telemetry.log("issue.set-aside", count=len(items))

    def _ended(
        self, items: Sequence[IntakeItem], reasons: Mapping[str, str]
    ) -> dict[str, list[Ended]]:
        """Return what is to be told of them, by kind; what ends a process is not read again."""
        ended: dict[str, list[Ended]] = {}
        for item in items:
            kind = self._kinds.get(item.kind)
            if kind is None or not kind.channels:
                continue
            record = record_of(kind, item, self._telemetry) if item.trouble else None
            outcome = Outcome(
                position=item.position,
                state="failed",
                findings=(_finding(reasons[item.intake_id]),),
            )
            ended.setdefault(item.kind, []).append(Ended(item=item, record=record, outcome=outcome))
        return ended

    def _tell(self, work: Work, ended: Mapping[str, Sequence[Ended]]) -> None:
        for kind, some in ended.items():
            waiting = work.intake.still_waiting([each.item.intake_id for each in some])
            told = [each for each in some if each.item.intake_id in waiting]
            work.deliveries.add(told_of(self._kinds[kind], told, self._clock()))


def _finding(reason: str) -> Finding:
    return Finding(
        code="tried-too-often",
        message=f"{MAX_ATTEMPTS} attempts to issue this item failed, the last one "
        f"{reason}; it is set aside and can be replayed",
    )


def _reason(item: IntakeItem) -> str:
    """Say why, by the code alone: the rest is for the operator (`mohar dead show`)."""
    if item.trouble is None:
        return "without a word, as when its process was killed"
    return f"with `{item.trouble.partition(':')[0]}`"


def _counted(attempts: int, error: MoharError) -> int:
    """An item is not to blame for what is not there: for that it is never set aside."""
    is_to_blame = isinstance(error, Failed) or not isinstance(error, Unavailable)
    return attempts if is_to_blame else min(attempts, MAX_ATTEMPTS - 1)


def _batches(items: Sequence[IntakeItem]) -> list[list[IntakeItem]]:
    """Fresh items go together by kind; one that failed before goes alone."""
    together: dict[str, list[IntakeItem]] = {}
    alone = []
    for item in items:
        if item.attempts > 1:
            alone.append([item])
        else:
            together.setdefault(item.kind, []).append(item)
    return [*together.values(), *alone]
