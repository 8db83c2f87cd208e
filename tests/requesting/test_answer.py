"""A source answers by itself what was forwarded to it, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from mohar.domain.errors import NotFound
from mohar.requesting.decide import OwnRequest
from mohar.requesting.steps import NotDecidable


@pytest.mark.parametrize(
    ("answer", "state"), [("accepted", "approved"), ("declined", "declined"), ("done", "done")]
)
def test_its_answer_is_the_decision_in_its_own_words(rooms: Any, answer: str, state: str) -> None:
    kept = rooms.ask("date")

    after = rooms.answer(kept.tracking, answer)

    assert after.state == state
    assert rooms.said(kept.tracking)[-1] == (state, "source", "case 7")


def test_what_it_did_itself_changes_nothing_here(rooms: Any) -> None:
    kept = rooms.ask("date")
    rooms.answer(kept.tracking, "done", reason="")

    rooms.forwarding.run_once()

    assert rooms.ends.corrected == {}
    assert rooms.said(kept.tracking)[-1] == ("done", "source", "the source has done it")
    assert rooms.events()[-1] == ("request.done", {"request": "date", "before": "forwarded"})


def test_what_it_accepted_is_carried_out_by_a_worker_where_nobody_else_does(rooms: Any) -> None:
    kept = rooms.ask("date")
    rooms.answer(kept.tracking, "accepted")
    rooms.clock.move(61)

    rooms.forwarding.run_once()

    assert rooms.find(kept.tracking).state == "done"
    assert len(rooms.ends.corrected) == 1


def test_the_same_answer_once_more_changes_nothing(rooms: Any) -> None:
    kept = rooms.ask("date")
    rooms.answer(kept.tracking, "declined")
    said = rooms.said(kept.tracking)

    again = rooms.answer(kept.tracking, "declined")

    assert again.state == "declined"
    assert rooms.said(kept.tracking) == said
    with pytest.raises(NotDecidable, match="waits for no answer"):
        rooms.answer(kept.tracking, "accepted")
    with pytest.raises(NotDecidable):
        rooms.answer(kept.tracking, "declined", actor_id="another source")


def test_what_was_never_forwarded_is_none_for_it(rooms: Any) -> None:
    kept = rooms.ask("name")

    for number in (kept.tracking, "QQQQQQQQQQQQ"):
        with pytest.raises(NotFound):
            rooms.answer(number, "done")


def test_it_answers_no_request_of_its_own(rooms: Any) -> None:
    kept = rooms.ask("date", actor_id="source")

    with pytest.raises(OwnRequest):
        rooms.answer(kept.tracking, "accepted")
