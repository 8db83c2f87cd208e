"""Whatever is done to requests, in whatever order: each is in the state a simple model says."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mohar.domain.errors import LimitReached, NotFound, NotPermitted, Refused, Unavailable
from mohar.domain.findings import Finding
from mohar.requesting.steps import NotDecidable

LIMIT = LimitReached("no more", [Finding(code="correction-limit", message="once only")])
UNDECIDED = {"open", "forwarded", "failed"}
DECISIONS = {
    "approve": ("approved", UNDECIDED),
    "decline": ("declined", UNDECIDED),
    "withdraw": ("withdrawn", UNDECIDED),
    "forward": ("forwarded", {"open"}),
}
ANSWERS = {"accepted": "approved", "declined": "declined", "done": "done"}


class Model:
    """What a request must be, by the rules as people would tell them."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.state = "forwarded" if name in {"move", "date"} else "open"
        self.was_forwarded = self.state == "forwarded"
        self.approvals = 0
        self.done_elsewhere = False
        self.said: set[str] = set()

    def decided(self, step: str) -> bool:
        after, before = DECISIONS[step]
        if self.state not in before:
            return False
        self.state = after
        self.was_forwarded |= step == "forward"
        self.approvals += step == "approve"
        return True

    def answered(self, answer: str) -> type[Exception] | None:
        """The source decides what is forwarded, once; its own words once more change nothing."""
        if not self.was_forwarded:
            return NotFound
        if self.state == "forwarded":
            self.state = ANSWERS[answer]
            self.approvals += answer == "accepted"
            self.done_elsewhere = answer == "done"
            self.said.add(answer)
            return None
        return None if answer in self.said else NotDecidable

    def carried_out(self, mood: str) -> None:
        if self.state != "approved":
            return
        needs_others = self.name != "move"
        if mood == "fails" and needs_others:
            self.state = "failed"
        elif mood == "well" or not needs_others:
            self.state = "done"


ACTS = st.tuples(
    st.integers(0, 3),
    st.sampled_from([*DECISIONS, "carry out", *ANSWERS]),
    st.sampled_from(["well", "fails", "away", "waits"]),
)


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(ACTS, max_size=14))
def test_every_request_goes_the_ways_of_the_model(
    rooms: Any, acts: list[tuple[int, str, str]]
) -> None:
    names = ["name", "two", "move", "date"]
    kept = [rooms.ask(name) for name in names]
    models = [Model(name) for name in names]
    corrected, revoked = len(rooms.ends.corrected), len(rooms.ends.revoked)

    for which, act, mood in acts:
        rooms.ends.error = {"fails": LIMIT, "away": Unavailable("away")}.get(mood)
        rooms.ends.waits = mood == "waits"
        number, model = kept[which].tracking, models[which]
        if act == "carry out":
            now = rooms.find(number)
            if now.state == "approved":
                rooms.carrying_out.carry_out(now)
            model.carried_out(mood)
        elif act in ANSWERS:
            with pytest.raises(refused) if (refused := model.answered(act)) else nullcontext():
                rooms.answer(number, act)
        elif model.decided(act):
            assert rooms.decide(number, act).state == model.state
        else:
            with pytest.raises(NotDecidable):
                rooms.decide(number, act)

        assert rooms.find(number).state == model.state

    done = [each for each in models if each.state == "done"]
    here = [each for each in done if not each.done_elsewhere]
    assert len(rooms.ends.corrected) - corrected == sum(each.name != "move" for each in here)
    assert len(rooms.ends.revoked) - revoked == sum(each.name == "two" for each in here)
    for each, model in zip(kept, models, strict=True):
        states = [state for state, _, _ in rooms.said(each.tracking)]
        assert states.count("approved") == model.approvals


class TestDeciding:
    def test_who_made_it_only_withdraws_it(self, rooms: Any) -> None:
        kept = rooms.ask("name", actor_id="officer")

        with pytest.raises(NotPermitted, match="ask somebody else"):
            rooms.decide(kept.tracking, "approve")

        assert rooms.decide(kept.tracking, "withdraw").state == "withdrawn"

    @pytest.mark.parametrize("reason", ["", "  ", "x" * 1501])
    def test_it_needs_a_reason(self, rooms: Any, reason: str) -> None:
        kept = rooms.ask("name")

        with pytest.raises(Refused, match="reason"):
            rooms.decide(kept.tracking, "decline", reason)

    def test_there_must_be_such_a_request(self, rooms: Any) -> None:
        with pytest.raises(NotFound):
            rooms.decide("QQQQQQQQQQQQ", "decline")


class TestCarryingOut:
    def test_it_is_told_who_approved_and_why(self, rooms: Any) -> None:
        decided: list[Any] = []
        correct = rooms.ends.correct
        rooms.ends.correct = lambda each: decided.append(each) or correct(each)
        kept = rooms.ask("name")

        rooms.carrying_out.carry_out(
            rooms.decide(kept.tracking, "approve", "the letter is genuine")
        )

        (told,) = decided
        assert (told.actor_id, told.evidence) == ("officer", "photo: letter")
        assert told.reason.endswith(": the letter is genuine")
        assert "genuine" not in repr(told)

    def test_a_new_approval_after_a_failure_is_another_correction(self, rooms: Any) -> None:
        kept = rooms.ask("name")
        rooms.ends.error = LIMIT
        rooms.carrying_out.carry_out(rooms.decide(kept.tracking, "approve"))
        failed = rooms.find(kept.tracking)
        rooms.ends.error = None

        rooms.carrying_out.carry_out(rooms.decide(kept.tracking, "approve"))

        done = rooms.find(kept.tracking)
        (approval,) = rooms.ends.corrected
        assert failed.failure.code == "correction-limit"
        assert (done.state, done.failure) == ("done", None)
        assert done.result_id == rooms.ends.corrected[approval]

    def test_a_process_that_dies_leaves_it_to_a_worker(self, rooms: Any) -> None:
        kept = rooms.ask("two")
        rooms.decide(kept.tracking, "approve")

        at_once = rooms.forwarding.run_once()
        rooms.clock.move(61)
        later = rooms.forwarding.run_once()

        assert (at_once, later, rooms.forwarding.run_once()) == (0, 1, 0)
        assert rooms.find(kept.tracking).state == "done"

    def test_carrying_out_twice_ends_as_once(self, rooms: Any) -> None:
        kept = rooms.decide(rooms.ask("two").tracking, "approve")

        for _ in range(2):
            rooms.carrying_out.carry_out(kept)

        states = [state for state, _, _ in rooms.said(kept.tracking)]
        assert states == ["open", "approved", "done"]
        assert len(rooms.ends.corrected) == len(rooms.ends.revoked) == 1

    def test_what_is_not_there_now_is_tried_again_later_and_later(self, rooms: Any) -> None:
        kept = rooms.ask("name")
        rooms.ends.error = Unavailable("the signer is away")
        rooms.carrying_out.carry_out(rooms.decide(kept.tracking, "approve"))
        tries = []
        for _ in range(4):
            rooms.clock.move(6)
            tries.append(rooms.forwarding.run_once())
        rooms.ends.error = None
        rooms.clock.move(900)

        rooms.forwarding.run_once()

        assert tries == [1, 1, 0, 1]
        assert rooms.find(kept.tracking).state == "done"

    def test_a_fault_is_none_of_the_request(self, rooms: Any) -> None:
        kept = rooms.ask("name")
        rooms.ends.correct = lambda _: 1 / 0

        rooms.carrying_out.carry_out(rooms.decide(kept.tracking, "approve"))

        assert rooms.find(kept.tracking).state == "approved"

    def test_events_tell_what_happened_and_to_nobody_whom(self, rooms: Any) -> None:
        kept = rooms.ask("name")
        rooms.ends.error = LIMIT
        rooms.carrying_out.carry_out(rooms.decide(kept.tracking, "approve"))

        assert rooms.events() == [
            ("request.opened", {"request": "name"}),
            ("request.approved", {"request": "name", "before": "open"}),
            (
                "request.failed",
                {"request": "name", "before": "approved", "code": "correction-limit"},
            ),
        ]
