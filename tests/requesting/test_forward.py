"""A forwarded request reaches its source once somebody can bring it there, and its answer counts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mohar.domain.request import ForwardedRequest, SourceAnswer

Build = Callable[..., Any]


def saying(*answers: Any) -> Callable[[ForwardedRequest], Any]:
    """Return a hook that says these one after the other, and raises those that are errors."""
    left = list(answers)

    def hook(request: ForwardedRequest) -> Any:
        del request
        answer = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    return hook


def test_without_a_plugin_it_waits_for_an_officer_and_for_nothing_else(rooms_with: Build) -> None:
    rooms = rooms_with(other=saying(None))
    kept = rooms.ask("move")

    rounds = [rooms.forwarding.run_once() for _ in range(2)]

    assert rounds == [1, 0]
    assert rooms.find(kept.tracking).state == "forwarded"


def test_the_plugin_learns_what_is_wished_and_of_whom(rooms_with: Build) -> None:
    told: list[ForwardedRequest] = []

    def hook(request: ForwardedRequest) -> SourceAnswer:
        told.append(request)
        return SourceAnswer(state="waiting", reason="case 7")

    rooms = rooms_with(source=hook)
    kept = rooms.ask("move")

    rooms.forwarding.run_once()

    (request,) = told
    assert (request.tracking, request.type) == (kept.tracking, "move")
    assert request.changes == {"mobile": "Asha"}
    assert request.key == {"number": "n2"}
    assert "Asha" not in repr(request)
    assert rooms.said(kept.tracking)[-1] == ("forwarded", "plugin:source", "case 7")
    assert rooms.forwarding.run_once() == 0


@pytest.mark.parametrize(
    ("name", "answer", "states", "corrections"),
    [
        ("move", "accepted", ["approved", "done"], 0),
        ("date", "accepted", ["approved", "done"], 1),
        ("move", "declined", ["declined"], 0),
    ],
)
def test_the_answer_of_the_source_is_the_decision(
    rooms_with: Build, name: str, answer: Any, states: list[str], corrections: int
) -> None:
    rooms = rooms_with(source=saying(SourceAnswer(state=answer, reason="case 7")))
    kept = rooms.ask(name)

    rooms.forwarding.run_once()

    steps = rooms.said(kept.tracking)[2:]
    assert [state for state, _, _ in steps] == states
    assert steps[0][1:] == ("plugin:source", "case 7")
    assert len(rooms.ends.corrected) == corrections


def test_a_source_that_decides_later_is_asked_again(rooms_with: Build) -> None:
    waiting = SourceAnswer(state="waiting", reason="case 7", again_after_seconds=600)
    rooms = rooms_with(source=saying(waiting, waiting, SourceAnswer(state="declined")))
    kept = rooms.ask("move")

    rounds = []
    for seconds in (0, 300, 301, 601):
        rooms.clock.move(seconds)
        rounds.append(rooms.forwarding.run_once())

    assert rounds == [1, 0, 1, 1]
    assert [state for state, _, _ in rooms.said(kept.tracking)] == [
        "open",
        "forwarded",
        "forwarded",
        "declined",
    ]


@pytest.mark.parametrize("trouble", [ValueError("9876543210"), "an answer of another sort"])
def test_one_that_fails_is_asked_again_and_keeps_no_other_from_answering(
    rooms_with: Build, trouble: Any
) -> None:
    accepts = SourceAnswer(state="accepted")
    rooms = rooms_with(broken=saying(trouble))
    kept = rooms.ask("move")
    rooms.forwarding.run_once()
    state = rooms.find(kept.tracking).state
    rooms = rooms_with(broken=saying(trouble), source=saying(accepts))
    rooms.clock.move(6)

    rooms.forwarding.run_once()

    assert (state, rooms.find(kept.tracking).state) == ("forwarded", "done")


def test_an_officer_who_decides_meanwhile_is_not_overruled(rooms_with: Build) -> None:
    deciding: list[Any] = []

    def hook(request: ForwardedRequest) -> SourceAnswer:
        deciding[0].decide(request.tracking, "decline", "by telephone")
        return SourceAnswer(state="accepted")

    rooms = rooms_with(source=hook)
    deciding.append(rooms)
    kept = rooms.ask("move")

    rooms.forwarding.run_once()

    assert rooms.find(kept.tracking).state == "declined"
