"""What becomes of a credential is written down once and never changed."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from mohar.store.tables import state_change
from mohar.testing.stores import Desk, StandingClock


def test_the_history_of_a_credential_comes_oldest_first(desk: Desk, clock: StandingClock):
    number = desk.issue({"number": 1}).credential_id
    desk.change(number, "suspended", reason="lost", until=clock() + timedelta(days=1))
    clock.move(60)
    desk.change(number, "current", reason="found")

    with desk.store.read() as work:
        history = work.lifecycle.history([number, "nobody"])

    assert [(each.before, each.after, each.reason) for each in history[number]] == [
        ("current", "suspended", "lost"),
        ("suspended", "current", "found"),
    ]
    assert history["nobody"] == ()


def test_a_reason_is_not_in_the_database_as_text(desk: Desk):
    number = desk.issue({"number": 1}).credential_id
    desk.change(number, "revoked", reason="ASHA moved away")

    with desk.store.read() as work:
        row = work.lifecycle._unit.connection.execute(sa.select(state_change)).one()

    assert b"ASHA" not in row.why


def test_a_suspension_that_is_over_is_found_and_one_that_was_lifted_is_not(
    desk: Desk, clock: StandingClock
):
    soon, late, lifted = (desk.issue({"number": n}).credential_id for n in range(3))
    for number, days in ((soon, 1), (late, 3), (lifted, 1)):
        desk.change(number, "suspended", until=clock() + timedelta(days=days))
    desk.change(lifted, "current")
    clock.move(2 * 86_400)

    with desk.store.read() as work:
        over = work.lifecycle.lapsed(clock(), 10)

    assert over == [soon]


@pytest.mark.parametrize("after", ["revoked", "suspended"])
def test_every_change_makes_its_list_old(desk: Desk, after: str):
    number = desk.issue({"number": 1}).credential_id
    desk.change(number, after)

    with desk.store.read() as work:
        assert work.status.version("badge-revocation-1") == 1
