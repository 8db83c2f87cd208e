"""
Hand what happened to those who listen, at least once, each by itself.

A slow, failing or hanging observer costs the others nothing but the deadline of one round.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from mohar.announcing.handover import Handover, Handovers, NoHandover
from mohar.announcing.observers import Observer
from mohar.announcing.policy import RelayPolicy, next_try
from mohar.domain.clock import Clock
from mohar.domain.events import Event
from mohar.plugin import Telemetry
from mohar.plugin.caller import Answer
from mohar.store import Store

# An observer may use its deadline twice in a round: for the batch, and one event at a time.
_DEADLINES_A_ROUND: Final = 2


class _Round(msgspec.Struct, frozen=True):
    """A batch that an observer was given in this round."""

    observer: Observer
    events: Sequence[Event]
    handover: Handover | NoHandover


class Relay:
    """
    Brings events from the outbox to observers. Any number may run: the store leases each batch.

    For one loop in one thread; two threads take two relays. `plugin_of` tells the plugin behind an
    observer: while that is paused its events wait, and it goes on where it stood.
    """

    def __init__(
        self,
        store: Store,
        observers: Sequence[Observer],
        clock: Clock,
        telemetry: Telemetry,
        policy: RelayPolicy | None = None,
        plugin_of: Mapping[str, str] | None = None,
    ) -> None:
        self._store = store
        self._observers = tuple(observers)
        self._clock = clock
        self._telemetry = telemetry
        self._policy = policy or RelayPolicy()
        self._plugin_of = plugin_of or {}
        self._handovers = Handovers()

    def run_once(self) -> int:
        """
        Hand each observer that is due its next batch, and return how many events were taken.

        Raises:
            Unavailable: the store did not answer; what was handed over may come again.
        """
        with self._telemetry.span("announce"):
            rounds = [self._begin(observer, events) for observer, events in self._due()]
            until = time.monotonic() + self._policy.deadline_seconds
            return sum(self._settle(each, each.handover.answers(until)[0]) for each in rounds)

    def _due(self) -> Sequence[tuple[Observer, Sequence[Event]]]:
        waiting = [each for each in self._observers if not self._handovers.is_halted(each)]
        if not waiting:
            return []
        lease_seconds = self._lease_seconds()
        with self._store.begin() as work:
            paused = work.pauses.names()
            due = [
                (each, work.outbox.after(each.name, self._policy.batch, lease_seconds))
                for each in waiting
                if ("plugin", self._plugin_of.get(each.name)) not in paused
            ]
        return [(observer, events) for observer, events in due if events]

    def _begin(self, observer: Observer, events: Sequence[Event]) -> _Round:
        return _Round(observer, events, self._handovers.begin(observer, [events]))

    def _settle(self, given: _Round, answer: Answer) -> int:
        if answer.error is None:
            self._advance(given)
            return self._count(given.observer, len(given.events))
        if self._fail(given, answer) < self._policy.tries:
            return 0
        return self._give_up(given)

    def _advance(self, given: _Round) -> None:
        with self._store.begin() as work:
            work.outbox.advance(given.observer.name, given.events[-1].sequence)

    def _fail(self, given: _Round, answer: Answer) -> int:
        name, why = given.observer.name, answer.error or ""
        with self._store.begin() as work:
            before = next(each.attempts for each in work.outbox.observers() if each.name == name)
            again_at = next_try(before + 1, self._clock(), self._policy)
            attempt = work.outbox.fail(name, given.events, why, again_at)
        self._telemetry.log("announce-failed", observer=name, error=why, attempt=attempt)
        return attempt

    def _give_up(self, given: _Round) -> int:
        """Set aside the events that the observer does not even take one at a time."""
        answers = self._one_at_a_time(given)
        pairs = list(zip(given.events, answers, strict=True))
        refused = [event for event, answer in pairs if answer.error]
        why = ", ".join(sorted({answer.error for answer in answers if answer.error}))
        with self._store.begin() as work:
            work.outbox.set_aside(given.observer.name, refused, why)
            work.outbox.advance(given.observer.name, given.events[-1].sequence)
        self._telemetry.log("events-set-aside", observer=given.observer.name, count=len(refused))
        return self._count(given.observer, len(given.events) - len(refused))

    def _one_at_a_time(self, given: _Round) -> Sequence[Answer]:
        handover = self._handovers.begin(given.observer, [[event] for event in given.events])
        answers = handover.answers(time.monotonic() + self._policy.deadline_seconds)
        self._handovers.halt_if_hanging(given.observer)
        return answers

    def _lease_seconds(self) -> float:
        return self._policy.deadline_seconds * _DEADLINES_A_ROUND * (len(self._observers) + 1)

    def _count(self, observer: Observer, amount: int) -> int:
        self._telemetry.count("mohar.announced", amount, observer=observer.name)
        return amount
