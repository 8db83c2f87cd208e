"""Who tries numbers out? Whoever asks for many things and finds few is slowed, and told of."""

from __future__ import annotations

import secrets
import threading
import uuid
from collections import OrderedDict
from collections.abc import Callable
from hashlib import blake2b
from typing import Final

import msgspec

from mohar.config.access import Alarm
from mohar.domain.clock import Clock
from mohar.domain.errors import TooManyRequests, Unavailable
from mohar.domain.events import Event
from mohar.plugin import Telemetry
from mohar.store import Store

EVENT: Final = "access.enumeration"
_MOST_CALLERS: Final = 20_000
# What is over so many is not told apart any more: it is far more than any alarm waits for.
_MOST_DISTINCT: Final = 4
_DOOR: Final = "door:"
_KEY_BYTES: Final = 16
_DIGEST_BYTES: Final = 8


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """How many different things one caller asked for, how many were there, and how often it erred."""

    asked: int = 0
    found: int = 0
    strikes: int = 0


def is_suspicious(tally: Tally, alarm: Alarm) -> bool:
    """Say whether that looks as if numbers are tried out: many of them, and few that are there."""
    return tally.asked >= alarm.distinct and tally.found < alarm.hit_share * tally.asked


def wait_seconds(strikes: int, alarm: Alarm) -> float:
    """Return how long a caller waits after so many strikes: twice as long after each."""
    if strikes == 0:
        return 0.0
    doublings = min(strikes - 1, 64)
    return min(alarm.longest_seconds, alarm.first_seconds * 2.0**doublings)


class _Caller:
    """What one caller asked for within the time that is looked at."""

    def __init__(self, since: float, strikes: int) -> None:
        self.since = since
        self.asked: set[bytes] = set()
        self.found: set[bytes] = set()
        self.strikes = strikes
        self.slowed_until = 0.0

    def tally(self) -> Tally:
        return Tally(asked=len(self.asked), found=len(self.found), strikes=self.strikes)


class Watch:
    """
    Looks on while credentials are looked for, in this process.

    Of what was asked for it keeps short keyed hashes for a while, and nothing that outlives it. A
    caller is an actor, and at doors that anybody may use an actor at an address; a door that does
    not tell who asks is not watched, or one of them could shut it for all.
    """

    def __init__(
        self,
        alarm: Alarm,
        *,
        store: Store,
        telemetry: Telemetry,
        clock: Clock,
        seconds: Callable[[], float],
    ) -> None:
        self._alarm = alarm
        self._store = store
        self._telemetry = telemetry
        self._clock = clock
        self._seconds = seconds
        self._key = secrets.token_bytes(_KEY_BYTES)
        self._lock = threading.Lock()
        self._callers: OrderedDict[str, _Caller] = OrderedDict()

    def must_not_be_slowed(self, actor_id: str, client: str = "") -> None:
        """Raise TooManyRequests while this caller is to wait; it says how long."""
        with self._lock:
            caller = self._callers.get(_name(actor_id, client))
            left = caller.slowed_until - self._seconds() if caller else 0.0
        if left > 0:
            raise TooManyRequests(left)

    def saw(self, actor_id: str, wanted: str, *, hit: bool, client: str = "") -> None:
        """
        Note that somebody asked for something, and whether it was there for them.

        Never raises: what has to be told is told in the log, in an event and in `/health`.
        """
        if actor_id.startswith(_DOOR) and not client:
            return
        with self._lock:
            caller = self._of(_name(actor_id, client))
            is_first = caller.strikes == 0
            raised = self._noted(caller, self._digest(wanted), hit=hit)
            tally = caller.tally()
        if raised and is_first:
            self._report(actor_id, tally)

    def state(self) -> str:
        """Return what `/health` says: that it is well, and how many callers wait."""
        now = self._seconds()
        with self._lock:
            slowed = sum(each.slowed_until > now for each in self._callers.values())
        return f"ok, slows {slowed} callers" if slowed else "ok"

    def _noted(self, caller: _Caller, wanted: bytes, *, hit: bool) -> bool:
        """Note a question; say whether it made the caller wait."""
        if len(caller.asked) < _MOST_DISTINCT * self._alarm.distinct:
            caller.asked.add(wanted)
        if hit:
            caller.found.add(wanted)
            return False
        if not is_suspicious(caller.tally(), self._alarm):
            return False
        caller.strikes += 1
        caller.slowed_until = self._seconds() + wait_seconds(caller.strikes, self._alarm)
        return True

    def _of(self, name: str) -> _Caller:
        now = self._seconds()
        found = self._callers.pop(name, None)
        if found is None:
            found = _Caller(now, 0)
        elif now - found.since > max(self._alarm.within_seconds, found.slowed_until - found.since):
            # What somebody did before is forgiven by halves, and not at once.
            found = _Caller(now, found.strikes // 2)
        self._callers[name] = found
        if len(self._callers) > _MOST_CALLERS:
            self._callers.popitem(last=False)
        return found

    def _digest(self, wanted: str) -> bytes:
        return blake2b(wanted.encode(), key=self._key, digest_size=_DIGEST_BYTES).digest()

    def _report(self, actor_id: str, tally: Tally) -> None:
        self._telemetry.log(EVENT, key_id=actor_id, asked=tally.asked, found=tally.found)
        event = Event(
            event_id=str(uuid.uuid4()),
            type=EVENT,
            occurred_at=self._clock(),
            kind="",
            facts={"caller": actor_id, "asked": tally.asked, "found": tally.found},
        )
        try:
            with self._store.begin() as work:
                work.outbox.append([event])
        except Unavailable as error:
            self._telemetry.log("access.event-lost", code=error.code)


def _name(actor_id: str, client: str) -> str:
    return f"{actor_id} {client}" if client else actor_id
