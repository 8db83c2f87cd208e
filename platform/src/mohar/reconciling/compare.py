"""A job of the worker: new records against the credentials that were there before them."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from mohar.domain.clock import Clock
from mohar.domain.correction import Correction
from mohar.domain.events import Event
from mohar.plugin import Telemetry
from mohar.plugin.caller import Answer, HookCaller
from mohar.reconciling.news import Case, Told, cases_of, facts_of, joined, sound, told_by
from mohar.store import Store
from mohar.store.rows import DueComparison, NewItem, NewSubmission

_HOOK: Final = "mohar_reconcile"
_AT_ONCE: Final = 200
_LEASE_SECONDS: Final = 120.0
_LONGEST_REST_SECONDS: Final = 3_600
_IDLE: Final = timedelta(seconds=1)


class Comparing:
    """
    Asks the plugins about records that were just issued, and has corrected what they contradict.

    What is due was noted with the commit of the record, and is taken off in the transaction that
    makes its corrections durable: a process that dies in between does it again, and nothing is
    done twice. A correction is a submission like any other; `issue_now` begins with it at once.
    """

    def __init__(
        self,
        *,
        store: Store,
        caller: HookCaller,
        sources: Mapping[str, str],
        issue_now: Callable[[str], None],
        telemetry: Telemetry,
        clock: Clock,
        worker: str,
    ) -> None:
        self._store = store
        self._caller = caller
        self._sources = sources
        self._issue_now = issue_now
        self._telemetry = telemetry
        self._clock = clock
        self._worker = worker
        self._rests_until: datetime | None = None

    def run_once(self) -> int:
        """
        Compare some of what is due and return how much that was.

        Raises:
            Unavailable: what is not done is done later, and what was kept is issued later.
        """
        now = self._clock()
        plugins = self._caller.plugins(_HOOK)
        if not plugins or (self._rests_until and now < self._rests_until):
            return 0
        due = self._claim(plugins)
        self._rests_until = None if due else now + _IDLE
        for group in _groups(due):
            for submission_id in self._compare(group):
                self._issue_now(submission_id)
        return len(due)

    def state(self) -> str:
        """Return `ok`, or how many records could not be compared so far. Raises Unavailable."""
        with self._store.read() as work:
            failing = work.due.failing()
        return f"{failing} records could not be compared so far" if failing else "ok"

    def _claim(self, plugins: Sequence[str]) -> Sequence[DueComparison]:
        with self._store.begin() as work:
            paused = {name for scope, name in work.pauses.in_force() if scope == "plugin"}
            if not paused.isdisjoint(plugins):
                return ()
            return work.due.claim(_AT_ONCE, _LEASE_SECONDS, self._worker)

    def _compare(self, due: Sequence[DueComparison]) -> Sequence[str]:
        """Return the submissions that came of it."""
        if due[0].kind not in self._sources:
            # Another deployment on this store, or this one again some day, issues that kind.
            self._put_off(due)
            return ()
        with self._store.read() as work:
            cases = cases_of(work, due)
        answers = self._ask(cases)
        if any(answer.error for answer in answers):
            self._put_off(due)
            return ()
        return self._keep(due, [each for answer in answers for each in told_by(answer, cases)])

    def _ask(self, cases: Sequence[Case]) -> Sequence[Answer]:
        if not cases:
            return ()
        answers = self._caller.call(
            _HOOK,
            kind=cases[0].due.kind,
            records=[case.record for case in cases],
            earlier=[case.earlier for case in cases],
        )
        return [sound(answer, cases) for answer in answers]

    def _put_off(self, due: Sequence[DueComparison]) -> None:
        tries = max(each.attempts for each in due)
        # At once the first time: another record of the group may have been to blame.
        rest = 0 if tries <= 1 else min(2 ** min(tries, 16), _LONGEST_REST_SECONDS)
        until = self._clock() + timedelta(seconds=rest)
        with self._store.begin() as work:
            work.due.put_off([each.credential_id for each in due], until)
        self._telemetry.log("compare.failed", kind=due[0].kind, count=len(due))

    def _keep(self, due: Sequence[DueComparison], told: Sequence[Told]) -> Sequence[str]:
        now, made = self._clock(), []
        with self._store.begin() as work:
            # What another worker has taken over when the lease ended is for that one to do.
            mine = work.due.done([each.credential_id for each in due], self._worker)
            results = joined(each for each in told if each.due.credential_id in mine)
            for plugin, items in _items(results).items():
                made.append(self._submission(due[0].kind, plugin, now))
                work.intake.add(made[-1], items)
            work.outbox.append([_event(each, now) for each in results])
        return [each.submission_id for each in made]

    def _submission(self, kind: str, plugin: str, now: datetime) -> NewSubmission:
        return NewSubmission(
            submission_id=uuid.uuid4().hex,
            kind=kind,
            actor_id=_actor(plugin),
            source=self._sources[kind],
            received_at=now,
        )


def _groups(due: Sequence[DueComparison]) -> list[list[DueComparison]]:
    """Fresh ones go together by kind; one that failed before goes alone."""
    together: dict[str, list[DueComparison]] = {}
    alone = []
    for each in due:
        if each.attempts > 1:
            alone.append([each])
        else:
            together.setdefault(each.kind, []).append(each)
    return [*together.values(), *alone]


def _items(results: Sequence[Told]) -> dict[str, list[NewItem]]:
    """Return the corrections to make, by the plugin that found them."""
    found: dict[str, list[NewItem]] = {}
    for each in results:
        if each.comparison.changes:
            items = found.setdefault(each.plugin, [])
            items.append(NewItem(position=len(items), content={}, correction=_correction(each)))
    return found


def _correction(told: Told) -> Correction:
    return Correction(
        credential_id=told.comparison.credential_id,
        cause="reconciliation",
        reason=told.comparison.reason or "a later record says otherwise",
        actor_id=_actor(told.plugin),
        evidence=f"credential {told.due.credential_id}",
        changes=told.comparison.changes,
    )


def _actor(plugin: str) -> str:
    return f"plugin:{plugin}"


def _event(told: Told, now: datetime) -> Event:
    return Event(
        event_id=uuid.uuid4().hex,
        type="credential.compared",
        occurred_at=now,
        kind=told.due.kind,
        facts=facts_of(told.comparison),
    )
