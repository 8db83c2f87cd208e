"""Channels are told of a request that goes to its source, once each, until it is decided."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


def test_what_the_source_decides_is_told_at_once(rooms: Any) -> None:
    kept = rooms.ask("move")

    (told,) = rooms.told()

    assert (told.event, told.kind, told.credential_id) == ("forwarded", "badge", kept.credential_id)
    assert (told.submission_id, told.position) == ("", 0)
    request = told.told.request
    assert (request.tracking, request.type) == (kept.tracking, "move")
    assert request.key == {"number": "n2"}
    assert (request.changes, request.reason) == ({"mobile": "Asha"}, "misspelt")
    assert "Asha" not in repr(told)


def test_what_an_officer_forwards_is_told_and_nothing_is_before(rooms: Any) -> None:
    kept = rooms.ask("name")
    before = rooms.told()
    rooms.decide(kept.tracking, "forward")

    (told,) = rooms.told()

    assert before == []
    assert told.told.request.evidence == {"photo": "letter"}


def test_a_delivery_names_its_request_and_hides_what_it_says(rooms: Any, tmp_path: Path) -> None:
    kept = rooms.ask("move")

    (shown,) = rooms.left()

    assert (shown.tracking, shown.state) == (kept.tracking, "waiting")
    rooms.store.dispose()
    files = b"".join(path.read_bytes() for path in tmp_path.glob("mohar.sqlite*"))
    assert b"Asha" not in files
    assert b"misspelt" not in files


@pytest.mark.parametrize("step", ["withdraw", "decline", "approve"])
def test_what_is_decided_before_it_was_told_is_told_to_nobody(rooms: Any, step: str) -> None:
    kept = rooms.ask("move")
    rooms.decide(kept.tracking, step)

    assert rooms.left() == []


def test_what_is_being_told_stays_until_something_comes_of_it(rooms: Any) -> None:
    kept = rooms.ask("move")
    (told,) = rooms.told()
    rooms.answer(kept.tracking, "declined")
    rooms.settle(told)

    assert [each.state for each in rooms.left()] == ["delivered"]


def test_what_failed_once_and_was_decided_meanwhile_is_not_tried_again(rooms: Any) -> None:
    kept = rooms.ask("move")
    rooms.settle(*rooms.told(), result="retry", state="waiting")
    rooms.answer(kept.tracking, "done")

    assert rooms.told() == []
    assert rooms.left() == []
