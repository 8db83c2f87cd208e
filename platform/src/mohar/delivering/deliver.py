"""Take what is due for one channel, let the channel tell it, and keep what came of it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from mohar.delivering.policy import LONGEST_ASKED_SECONDS, DeliveryPolicy, next_try, rest_seconds
from mohar.domain.clock import Clock
from mohar.domain.delivery import Delivered, Delivery, DeliveryResult
from mohar.plugin import Channel, Telemetry
from mohar.plugin.caller import isolated
from mohar.store.delivery_rows import Attempted, Untried
from mohar.store.store import Store

# A few words and a short number: nothing that somebody else wrote could be hidden in it.
_TELLABLE: Final = re.compile(r"(?!.*[0-9]{5})[A-Za-z][A-Za-z0-9 _.-]{0,59}")
# What others call the texts they took: a token, and nothing that could be read as words.
_RECEIPT: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:@=+/-]{0,99}")
# Whoever postpones without a moment is asked again, but not at once.
_LEAST_WAIT_SECONDS: Final = 60.0
_KILLED: Final = "no answer, as when a process is killed"


class _Round(msgspec.Struct):
    """What became of a batch so far."""

    attempted: list[Attempted]
    untried: list[Delivery]
    postponed: list[Untried] = []
    rests_until: datetime | None = None


class Courier:
    """
    Tells one channel what it is to be told. Run as many as you like: a delivery is leased to one.

    A delivery that fails costs itself a later attempt and holds up no other. Where a whole handful
    fails, or the other side asks for patience, the rest is not tried: it waits, and costs nothing.
    What is postponed waits without having cost an attempt, and holds up no other; what nobody can
    tell of is dead, since it must not arrive twice. `luck` gives numbers from 0 to 1. While the plugin behind the channel is paused, all waits.
    """

    def __init__(
        self,
        *,
        name: str,
        channel: Channel,
        plugin: str,
        store: Store,
        policy: DeliveryPolicy,
        telemetry: Telemetry,
        clock: Clock,
        luck: Callable[[], float],
        worker: str,
    ) -> None:
        self.name = name
        self._channel = channel
        self._plugin = plugin
        self._store = store
        self._policy = policy
        self._telemetry = telemetry
        self._clock = clock
        self._luck = luck
        self._worker = worker
        self._rests_until: datetime | None = None

    def run_once(self, is_over: Callable[[], bool] = lambda: False) -> int:
        """
        Deliver one batch of what is due, and return how many were tried or postponed.

        When `is_over` says so, what is not begun yet goes back.

        Raises:
            Unavailable: the store did not answer; what was told may be told again.
        """
        if self._rests_until is not None and self._clock() < self._rests_until:
            return 0
        with self._store.begin() as work:
            if ("plugin", self._plugin) in work.pauses.names():
                return 0
            claimed = work.deliveries.claim(
                self.name, self._policy.batch, self._policy.lease_seconds, self._worker
            )
        if not claimed:
            return 0
        done = self._deliver(claimed, is_over)
        self._keep(done)
        self._rests_until = done.rests_until
        return len(done.attempted) + len(done.postponed)

    def _deliver(self, claimed: Sequence[Delivery], is_over: Callable[[], bool]) -> _Round:
        """Those whose process was killed once too often are not tried again."""
        tired = [each for each in claimed if each.attempt > self._policy.attempts]
        fresh = [each for each in claimed if each.attempt <= self._policy.attempts]
        done = _Round([self._dead(each, _KILLED) for each in tired], [])
        until = time.monotonic() + self._policy.batch_seconds
        for start in range(0, len(fresh), self._policy.handful):
            handful = fresh[start : start + self._policy.handful]
            if done.rests_until or is_over() or time.monotonic() > until:
                done.untried += handful
            else:
                self._hand(handful, done)
        return done

    def _hand(self, handful: Sequence[Delivery], done: _Round) -> None:
        results = self._results(handful)
        now = self._clock()
        for each, result in zip(handful, results, strict=False):
            if result.state == "postponed":
                done.postponed.append(_later(each, result, now))
            else:
                done.attempted.append(self._attempted(each, result, now))
        done.untried += handful[len(results) :]
        asked = [each.retry_after_seconds for each in results if each.state == "retry"]
        is_stuck = len(asked) == len(results) or len(results) < len(handful)
        if rest := rest_seconds(asked, self._policy, is_stuck=is_stuck):
            done.rests_until = now + timedelta(seconds=rest)

    def _results(self, handful: Sequence[Delivery]) -> Sequence[DeliveryResult]:
        with self._telemetry.span("deliver", channel=self.name, count=len(handful)):
            answer = isolated(
                self._plugin, lambda: list(self._channel.deliver(handful)), self._telemetry
            )
        if answer.error is None and answer.value and len(answer.value) <= len(handful):
            results: list[DeliveryResult] = answer.value
            return results
        why = answer.error or "wrong number of results"
        return [DeliveryResult(state="retry", detail=why)] * len(handful)

    def _attempted(self, each: Delivery, result: DeliveryResult, now: datetime) -> Attempted:
        detail = result.detail if _TELLABLE.fullmatch(result.detail) else ""
        if result.state in {"refused", "unknown"}:
            return self._dead(each, detail, result=result.state)
        if result.state == "retry" and each.attempt >= self._policy.attempts:
            return self._dead(each, detail)
        due = now
        if result.state == "retry":
            asked = result.retry_after_seconds
            due = next_try(each.attempt, now, self._policy, self._luck(), asked)
        return Attempted(
            delivery_id=each.delivery_id,
            number=each.attempt,
            result=result.state,
            state="delivered" if result.state == "delivered" else "waiting",
            detail=detail,
            due_at=due,
            receipt=result.receipt if _RECEIPT.fullmatch(result.receipt) else "",
        )

    def _dead(self, each: Delivery, detail: str, result: Delivered = "retry") -> Attempted:
        return Attempted(
            delivery_id=each.delivery_id,
            number=each.attempt,
            result=result,
            state="dead",
            detail=detail,
            due_at=self._clock(),
        )

    def _keep(self, done: _Round) -> None:
        due = done.rests_until or self._clock()
        back = [
            Untried(delivery_id=each.delivery_id, attempts=each.attempt - 1, due_at=due)
            for each in done.untried
        ]
        with self._store.begin() as work:
            work.deliveries.settle(done.attempted)
            work.deliveries.release([*back, *done.postponed])
        self._count(done.attempted)

    def _count(self, attempted: Sequence[Attempted]) -> None:
        for state in ("delivered", "waiting", "dead"):
            count = sum(each.state == state for each in attempted)
            if count:
                self._telemetry.count("mohar.delivered", count, channel=self.name, state=state)
            if count and state != "delivered":
                self._telemetry.log("delivery-failed", channel=self.name, state=state, count=count)


def _later(each: Delivery, result: DeliveryResult, now: datetime) -> Untried:
    wait = min(max(result.retry_after_seconds or 0.0, _LEAST_WAIT_SECONDS), LONGEST_ASKED_SECONDS)
    return Untried(
        delivery_id=each.delivery_id,
        attempts=each.attempt - 1,
        due_at=now + timedelta(seconds=wait),
    )
