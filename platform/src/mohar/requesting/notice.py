"""A source that was asked corrects its record by itself, and the request is done with that."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from mohar.domain.clock import Clock
from mohar.domain.values import at_path
from mohar.requesting.ask import HOUSE
from mohar.requesting.steps import Steps
from mohar.store import Store, Work
from mohar.store.request_rows import KeptRequest, NewStep

_AT_ONCE: Final = 100
_REST: Final = timedelta(minutes=1)
_WHY: Final = "the credential was corrected as it was wished"


class Noticing:
    """
    Ends forwarded requests whose credential has become what was wished, however it came to that.

    All wished values must stand in the record of the credential that is current now; where they are
    others, or that record is not kept, the source answers or an officer does. After a round through
    all of them it rests for a minute.
    """

    def __init__(self, store: Store, steps: Steps, clock: Clock) -> None:
        self._store = store
        self._steps = steps
        self._clock = clock
        self._after = ""
        self._rests_until: datetime | None = None

    def run_once(self) -> int:
        """
        Look at some of the requests, and return how many are done now.

        Raises:
            Unavailable: the store did not answer; they are looked at later.
        """
        now = self._clock()
        if self._rests_until and now < self._rests_until:
            return 0
        with self._store.read() as work:
            page = work.requests.overtaken(self._after, _AT_ONCE)
            done = [
                (each, number) for each in page if (number := _as_wished(work, each)) is not None
            ]
        ended = sum(self._end(each, number) for each, number in done)
        is_last = len(page) < _AT_ONCE
        self._after = "" if is_last else page[-1].tracking
        self._rests_until = now + _REST if is_last else None
        return ended

    def _end(self, kept: KeptRequest, number: str) -> bool:
        step = NewStep(
            tracking=kept.tracking, state="done", actor_id=HOUSE, reason=_WHY, result_id=number
        )
        with self._store.begin() as work:
            now = work.requests.find(kept.tracking, lock=True)
            if now is None or now.state != "forwarded":
                return False
            self._steps.take(work, now, "finish", step)
        return True


def _as_wished(work: Work, kept: KeptRequest) -> str | None:
    """Return the number of the current credential where all that was wished stands in it."""
    contents = work.requests.contents(kept.tracking)
    number = _current(work, kept.credential_id)
    if number is None or contents is None or not contents.changes:
        return None
    record = work.credentials.record_of([number]).get(number)
    if record is None:
        return None
    found = [at_path(record.content, path) == value for path, value in contents.changes.items()]
    return number if all(found) else None


def _current(work: Work, credential_id: str) -> str | None:
    """Follow what supersedes a credential, to the last one; None where that is not current."""
    number = credential_id
    while (stored := work.credentials.find([number]).get(number)) is not None:
        if stored.superseded_by is None:
            return number if stored.state == "current" else None
        number = stored.superseded_by
    return None
