from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import pytest

from mohar.domain.credential import BodyOutcome, Outcome
from mohar.domain.findings import Finding
from mohar.store import Store
from mohar.store.rows import IntakeItem, NewItem, NewSubmission, Settled
from mohar.testing.stores import Desk, StandingClock


def claim(store: Store, limit: int = 10, worker: str = "w1", **more: str) -> Sequence[IntakeItem]:
    with store.begin() as work:
        return work.intake.claim(limit, 30, worker, **more)


class TestClaim:
    def test_items_come_back_as_they_were_sent_oldest_first(self, desk: Desk, store: Store):
        desk.receive({"name": "Asha"}, {"name": "ॐ 🎉", "n": [1, 2.5, None, {"x": True}]})
        desk.clock.move(1)
        desk.receive({"name": "later"})

        items = claim(store)

        assert [item.content for item in items] == [
            {"name": "Asha"},
            {"name": "ॐ 🎉", "n": [1, 2.5, None, {"x": True}]},
            {"name": "later"},
        ]
        assert [item.position for item in items] == [0, 1, 0]
        assert items[0].received_at == desk.clock() - (items[2].received_at - items[0].received_at)

    def test_positions_are_counted_and_not_spelt(self, desk: Desk, store: Store):
        """The tenth item does not come before the second."""
        desk.receive(*[{"n": n} for n in range(12)])

        assert [item.position for item in claim(store, 12)] == list(range(12))

    def test_a_leased_item_is_nobody_elses(self, desk: Desk, store: Store):
        desk.receive({"n": 0}, {"n": 1}, {"n": 2})

        first, second, third = claim(store, 2), claim(store, 2, "w2"), claim(store, 2, "w3")

        assert [len(first), len(second), len(third)] == [2, 1, 0]
        assert not {i.intake_id for i in first} & {i.intake_id for i in second}

    def test_a_lease_that_ran_out_can_be_claimed_again_and_is_counted(
        self, desk: Desk, store: Store, clock: StandingClock
    ):
        desk.receive({"n": 0})
        claim(store)
        clock.move(29)
        assert claim(store, worker="w2") == []
        clock.move(1)

        [again] = claim(store, worker="w2")

        assert again.attempts == 2

    def test_only_the_kind_asked_for_is_claimed(self, desk: Desk, store: Store):
        desk.receive({"n": 0}, kind="badge")
        desk.receive({"n": 1}, kind="diploma")

        assert [item.kind for item in claim(store, kind="diploma")] == ["diploma"]

    def test_only_the_submission_asked_for_is_claimed(self, desk: Desk, store: Store):
        desk.receive({"n": 0})
        desk.receive({"n": 1})

        with store.begin() as work:
            items = work.intake.claim_submission("s2", 10, 30, "w1")

        assert [item.content for item in items] == [{"n": 1}]

    def test_a_released_item_is_claimable_at_once_or_when_it_was_said(
        self, desk: Desk, store: Store, clock: StandingClock
    ):
        ids = desk.receive({"n": 0}, {"n": 1})
        claim(store)
        later = clock()
        with store.begin() as work:
            work.intake.release(ids[:1])
            work.intake.release(ids[1:], until=later)
        assert len(claim(store)) == 2
        with store.begin() as work:
            clock.move(5)
            work.intake.release(ids[1:], until=clock())
        clock.move(-1)

        assert claim(store) == []

    def test_threads_never_share_an_item(self, desk: Desk, store: Store):
        desk.receive(*[{"n": n} for n in range(300)])
        claimed: list[str] = []

        def work_through(worker: str) -> None:
            while items := claim(store, 7, worker):
                claimed.extend(item.intake_id for item in items)

        threads = [threading.Thread(target=work_through, args=[f"w{n}"]) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert len(claimed) == len(set(claimed)) == 300


class TestAnswers:
    def test_outcomes_come_in_position_order_and_waiting_until_they_are_settled(
        self, desk: Desk, store: Store
    ):
        ids = desk.receive({"n": 0}, {"n": 1}, {"n": 2})
        finding = Finding(code="x", message="say y", where="a.b")
        issued = Outcome(
            position=9,
            state="issued",
            credential_id="123",
            revision=1,
            bodies=(BodyOutcome(name="main", issued=False, findings=(finding,)),),
        )
        with store.begin() as work:
            work.intake.settle([Settled(intake_id=ids[2], outcome=issued)])
            work.intake.give_up([ids[1]], finding)

        with store.read() as work:
            first, second, third = work.intake.outcomes("s1")
            assert work.intake.waiting_count() == 1

        assert first == Outcome(position=0, state="waiting")
        assert second == Outcome(position=1, state="failed", findings=(finding,))
        assert (third.position, third.credential_id, third.bodies) == (2, "123", issued.bodies)

    def test_a_settled_item_is_not_claimed_and_keeps_its_answer(
        self, desk: Desk, store: Store, clock: StandingClock
    ):
        """A worker whose lease ran out cannot take back what another one answered."""
        [only] = desk.receive({"n": 0})
        refused = Outcome(position=0, state="refused")
        with store.begin() as work:
            work.intake.settle([Settled(intake_id=only, outcome=refused)])
            work.intake.give_up([only], Finding(code="late", message="late"))
            work.intake.release([only])
        clock.move(3600)

        assert claim(store) == []
        with store.read() as work:
            assert work.intake.outcomes("s1") == [refused]

    def test_an_unknown_submission_has_no_outcomes(self, store: Store):
        with store.read() as work:
            assert work.intake.outcomes("none") == []
            assert work.intake.find_submission("none") is None

    def test_nothing_to_do_is_no_mistake(self, store: Store):
        with store.begin() as work:
            work.intake.settle([])
            work.intake.release([])
            work.intake.give_up([], Finding(code="x", message="x"))


class TestIdempotencyKey:
    @pytest.fixture
    def add(self, store: Store, clock: StandingClock) -> Callable[..., bool]:
        def add(submission_id: str, actor_id: str, key: str | None) -> bool:
            new = NewSubmission(
                submission_id=submission_id,
                kind="badge",
                actor_id=actor_id,
                source="api",
                idempotency_key=key,
                received_at=clock(),
            )
            with store.begin() as work:
                return work.intake.add(new, [NewItem(position=0, content={"n": 0})])

        return add

    def test_a_key_is_used_once_by_each_actor(self, add: Callable[..., bool], store: Store):
        added = [add("s1", "a1", "k"), add("s2", "a1", "k"), add("s3", "a2", "k")]

        with store.read() as work:
            found = work.intake.by_idempotency_key("a1", "k")
            assert work.intake.by_idempotency_key("a1", "other") is None
            assert work.intake.waiting_count() == 2
        assert added == [True, False, True]
        assert found is not None
        assert found.submission_id == "s1"

    def test_submissions_without_a_key_are_all_kept(self, add: Callable[..., bool]):
        assert add("s1", "a1", None)
        assert add("s2", "a1", None)

    def test_of_two_at_once_one_is_kept(self, add: Callable[..., bool]):
        results: list[bool] = []
        start = threading.Barrier(4)

        def run(name: str) -> None:
            start.wait()
            results.append(add(name, "a1", "k"))

        threads = [threading.Thread(target=run, args=[f"s{n}"]) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert sorted(results) == [False, False, False, True]
