"""A suspension that comes to its end at the very moment it is renewed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from mohar.delivering.news import News
from mohar.revoking.change import Changed, Revoking
from mohar.revoking.lapse import Lapse
from mohar.telemetry.room import TelemetryRoom
from mohar.testing.stores import Desk, StandingClock


class Outpaced(Revoking):
    """Somebody renews every suspension just before it is lifted."""

    desk: Desk
    until: datetime

    def lift(self, credential_ids: Sequence[str]) -> Sequence[Changed]:
        for number in credential_ids:
            self.desk.change(number, "current")
            self.desk.change(number, "suspended", until=self.until)
        return super().lift(credential_ids)


def lapse(desk: Desk, kind: type[Revoking] = Revoking) -> Lapse:
    revoking = kind(desk.store, News({}, {}).tell, TelemetryRoom().instruments, desk.clock)
    if isinstance(revoking, Outpaced):
        revoking.desk, revoking.until = desk, desk.clock() + timedelta(days=5)
    return Lapse(desk.store, revoking, desk.clock)


def suspended(desk: Desk, clock: StandingClock) -> str:
    """Return a credential whose suspension has come to its end."""
    number = desk.issue({"number": 1}).credential_id
    desk.change(number, "suspended", until=clock() + timedelta(days=1))
    clock.move(2 * 86_400)
    return number


def state(desk: Desk, number: str) -> str:
    with desk.store.read() as work:
        return work.credentials.find([number])[number].state


def test_a_suspension_that_is_over_is_lifted_once(desk: Desk, clock: StandingClock):
    number = suspended(desk, clock)
    job = lapse(desk)

    assert (job.run_once(), job.run_once()) == (1, 0)
    assert state(desk, number) == "current"


def test_a_suspension_that_is_renewed_meanwhile_lasts(desk: Desk, clock: StandingClock):
    number = suspended(desk, clock)

    assert lapse(desk, Outpaced).run_once() == 0
    assert state(desk, number) == "suspended"
