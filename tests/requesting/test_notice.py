"""A forwarded request is done once the current credential says all that was wished."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from mohar.domain.correction import Correction


def correct(rooms: Any, number: str, /, **content: Any) -> str:
    """Let a record of the same key take the place of a credential; return the new number."""
    desk, record = rooms.desk, {"number": "n2", **content}
    [intake_id] = desk.receive(record)
    [held] = desk.reserve(desk.request(record, intake_id, supersedes=number))
    wish = Correction(credential_id=number, reason="mended", actor_id="source")
    with rooms.store.begin() as work:
        signed = msgspec.structs.replace(desk.signed(held, record), predecessor=wish)
        work.credentials.commit([signed])
    return str(held.credential_id)


@pytest.mark.parametrize("name", ["date", "move"])
def test_it_is_done_with_the_credential_that_has_it(rooms: Any, name: str) -> None:
    kept = rooms.ask(name)
    path = {"date": "date", "move": "mobile"}[name]
    new = correct(rooms, kept.credential_id, **{path: "Asha"})

    ended = rooms.noticing.run_once()

    after = rooms.find(kept.tracking)
    assert (ended, after.state, after.result_id) == (1, "done", new)
    assert rooms.said(kept.tracking)[-1][1] == "house"
    assert rooms.left() == []
    assert rooms.ends.corrected == {}


def test_it_is_the_last_correction_that_counts(rooms: Any) -> None:
    first = rooms.ask("date")
    second = correct(rooms, first.credential_id, date="Asha", size=1)
    correct(rooms, second, date="other")

    assert rooms.noticing.run_once() == 0
    assert rooms.find(first.tracking).state == "forwarded"


def test_a_credential_that_is_not_current_answers_nothing(rooms: Any) -> None:
    kept = rooms.ask("date")
    new = correct(rooms, kept.credential_id, date="Asha")
    rooms.desk.change(new, "revoked")

    assert rooms.noticing.run_once() == 0


def test_a_record_that_is_not_kept_answers_nothing(rooms: Any) -> None:
    kept = rooms.ask("date")
    correct(rooms, kept.credential_id, date="Asha")
    with rooms.store.begin() as work:
        work.credentials.forget_records("badge", rooms.clock(), 9)

    assert rooms.noticing.run_once() == 0
    assert rooms.find(kept.tracking).state == "forwarded"


def test_what_an_officer_decides_is_left_to_the_officer(rooms: Any) -> None:
    kept = rooms.ask("name")
    correct(rooms, kept.credential_id, name="Asha")

    assert rooms.noticing.run_once() == 0
    assert rooms.find(kept.tracking).state == "open"


def test_it_looks_again_a_minute_after_it_saw_all(rooms: Any) -> None:
    kept = rooms.ask("date")
    rooms.noticing.run_once()
    correct(rooms, kept.credential_id, date="Asha")

    rounds = []
    for seconds in (0, 59, 1):
        rooms.clock.move(seconds)
        rounds.append(rooms.noticing.run_once())

    assert rounds == [0, 0, 1]


def test_it_sees_all_of_them_page_by_page(rooms: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mohar.requesting.notice._AT_ONCE", 1)
    first = rooms.ask("date")
    others = [rooms.ask("date") for _ in range(2)]
    for each, said in zip([first, *others], ["Asha", "other", "Asha"], strict=True):
        number = each.credential_id
        with rooms.store.read() as work:
            key = work.credentials.record_of([number])[number].content["number"]
        correct(rooms, number, number=key, date=said)

    for _ in range(4):
        rooms.noticing.run_once()

    states = sorted(rooms.find(each.tracking).state for each in [first, *others])
    assert states == ["done", "done", "forwarded"]
