"""Some days after its end nothing personal is left of a request, and its number still answers."""

from __future__ import annotations

from typing import Any

import pytest

DAY = 86_400


@pytest.mark.parametrize("end", ["decline", "withdraw", "done"])
def test_after_its_days_the_number_the_type_and_the_steps_are_left(rooms: Any, end: str) -> None:
    kept = rooms.ask("move")
    rooms.settle(*rooms.told())
    rooms.answer(kept.tracking, "done") if end == "done" else rooms.decide(kept.tracking, end)
    states = [state for state, _, _ in rooms.said(kept.tracking)]

    rounds = []
    for days in (29, 1.1, 0):
        rooms.clock.move(days * DAY)
        rounds.append(rooms.forgetting.run_once())

    after = rooms.find(kept.tracking)
    with rooms.store.read() as work:
        assert work.requests.contents(kept.tracking) is None
    assert rounds == [0, 1, 0]
    assert (after.state, after.type, after.forgotten_at) == (states[-1], "move", rooms.clock())
    assert [state for state, _, _ in rooms.said(kept.tracking)] == states
    assert {reason for _, _, reason in rooms.said(kept.tracking)} == {""}
    assert rooms.left() == []


@pytest.mark.parametrize("name", ["name", "move"])
def test_what_waits_for_somebody_is_kept_however_old_it_is(rooms: Any, name: str) -> None:
    kept = rooms.ask(name)
    rooms.clock.move(400 * DAY)

    assert rooms.forgetting.run_once() == 0
    assert rooms.find(kept.tracking).forgotten_at is None


def test_what_is_dead_of_it_goes_too_and_what_is_being_told_is_waited_for(rooms: Any) -> None:
    kept = rooms.ask("move")
    (told,) = rooms.told()
    rooms.answer(kept.tracking, "done")
    rooms.clock.move(31 * DAY)
    with rooms.store.begin() as work:
        work.deliveries.claim("partner", 9, 600, "another worker")
    is_waited_for = rooms.forgetting.run_once() == 0
    rooms.settle(told, result="refused", state="dead")
    rooms.clock.move(301)

    removed = rooms.forgetting.run_once()

    assert (is_waited_for, removed, rooms.left()) == (True, 1, [])


def test_a_repeat_of_what_is_forgotten_is_still_the_first_request(rooms: Any) -> None:
    kept = rooms.ask("name", idempotency_key="k")
    rooms.decide(kept.tracking, "decline")
    rooms.clock.move(31 * DAY)
    rooms.forgetting.run_once()

    again = rooms.ask("name", idempotency_key="k", credential_id=kept.credential_id)

    assert again.tracking == kept.tracking
