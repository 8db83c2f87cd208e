from __future__ import annotations

from mohar.domain.credential import Outcome
from mohar.domain.findings import Finding
from mohar.store import Store
from mohar.store.rows import Settled
from mohar.testing.stores import Desk, StandingClock

LATE = Finding(code="late", message="too late")


def fail(store: Store, *intake_ids: str) -> None:
    with store.begin() as work:
        work.intake.claim(10, 30, "w1")
        work.intake.release(intake_ids, trouble="failed: KeyError at a:1")
        work.intake.claim(10, 30, "w1")
        work.intake.give_up(intake_ids, LATE)


class TestDead:
    def test_what_failed_is_shown_with_its_times_and_trouble_and_without_its_content(
        self, desk: Desk, store: Store, clock: StandingClock
    ):
        received = clock()
        [only] = desk.receive({"name": "MARKED"})
        clock.move(60)
        fail(store, only)

        with store.read() as work:
            [found] = work.dead.failed(10)
            assert work.dead.find(only) == found
        assert (found.intake_id, found.kind, found.actor_id, found.state) == (
            only,
            "badge",
            "a1",
            "failed",
        )
        assert (found.received_at, found.settled_at, found.attempts) == (received, clock(), 2)
        assert found.trouble == "failed: KeyError at a:1"
        assert found.outcome is not None
        assert found.outcome.findings == (LATE,)
        assert "MARKED" not in str(found)

    def test_only_the_kind_asked_for_and_no_more_than_wanted_are_listed(
        self, desk: Desk, store: Store
    ):
        badges = desk.receive({"n": 0}, {"n": 1})
        diplomas = desk.receive({"n": 2}, kind="diploma")
        fail(store, *badges, *diplomas)

        with store.read() as work:
            assert [each.kind for each in work.dead.failed(10, "diploma")] == ["diploma"]
            assert len(work.dead.failed(2)) == 2

    def test_what_was_refused_is_found_by_its_submission(self, desk: Desk, store: Store):
        first, second, third = desk.receive({"n": 0}, {"n": 1}, {"n": 2})
        states = {first: "refused", second: "issued", third: "conflict"}
        with store.begin() as work:
            work.intake.settle(
                [
                    Settled(intake_id=each, outcome=Outcome(position=0, state=state))
                    for each, state in states.items()
                ]
            )

        with store.read() as work:
            assert [each.intake_id for each in work.dead.of_submission("s1")] == [first, third]
            assert work.dead.failed(10) == []
            assert work.dead.find(second) is None

    def test_what_is_replayed_waits_as_if_it_had_just_come(self, desk: Desk, store: Store):
        first, second = desk.receive({"n": 0}, {"n": 1})
        fail(store, first)

        with store.begin() as work:
            count = work.dead.replay([first, second, "none"])
            items = work.intake.claim(10, 30, "w2")
            outcomes = work.intake.outcomes("s1")

        assert count == 1
        assert [(each.intake_id, each.attempts, each.trouble) for each in items] == [
            (first, 1, None)
        ]
        assert {each.state for each in outcomes} == {"waiting"}
