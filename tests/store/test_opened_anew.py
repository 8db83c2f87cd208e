"""A list that was opened in a transaction that came to nothing is opened anew, in another order."""

from __future__ import annotations

from collections.abc import Callable

from mohar.store import Store
from mohar.testing.stores import Desk, StandingClock, roll_back


def test_no_process_goes_by_the_order_of_a_list_that_never_was(
    opened: Callable[[], Store],
) -> None:
    first, second = opened(), opened()
    roll_back(first, lambda work: work.status.take("badge", "revocation", 1))
    with second.begin() as work:
        taken = list(work.status.take("badge", "revocation", 400))
    with first.begin() as work:
        taken += work.status.take("badge", "revocation", 400)

    assert len({slot.index for slot in taken}) == 800


def test_a_slot_that_somebody_has_keeps_no_record_from_being_issued(
    opened: Callable[[], Store], clock: StandingClock
) -> None:
    """
    As in a store whose lists were filled in another order before.
    """
    store = opened()
    desk = Desk(store, clock)
    slot = desk.issue({"number": 1}).slot
    assert slot is not None
    take = "UPDATE status_list SET taken = 0"
    with store.begin() as work:
        work.status._unit.connection.exec_driver_sql(take)

    assert desk.issue({"number": 2}).slot not in {None, slot}
