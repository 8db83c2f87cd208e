from __future__ import annotations

import pytest

from mohar.domain.access import Actor
from mohar.domain.credential import Outcome
from mohar.domain.errors import Conflict, TooManyWaiting
from mohar.domain.record import Message
from mohar.receiving.accept import Reception
from mohar.receiving.backlog import Backlog
from mohar.receiving.status import Submissions
from mohar.store import Store
from mohar.store.rows import Settled

CLINIC = Actor(actor_id="clinic", name="clinic")
LIMIT = 12


def messages(count: int) -> list[Message]:
    return [Message(content={"number": number}) for number in range(count)]


def settle(store: Store, state: str, count: int = LIMIT) -> None:
    """Answer everything that waits."""
    with store.begin() as work:
        items = work.intake.claim(count, 30, "w1")
        outcome = Outcome(position=0, state=state)
        work.intake.settle([Settled(intake_id=each.intake_id, outcome=outcome) for each in items])


class TestLimit:
    def test_at_the_limit_nothing_more_is_kept_and_it_is_said_when_to_come_back(
        self, reception: Reception, store: Store
    ):
        reception.accept(CLINIC, "badge", "api", messages(LIMIT))

        with pytest.raises(TooManyWaiting, match="in 7 seconds") as caught:
            reception.accept(CLINIC, "badge", "api", messages(1), "key")

        assert caught.value.retry_after_seconds == 7
        with store.read() as work:
            assert work.intake.waiting_count() == LIMIT
            assert work.intake.by_idempotency_key("clinic", "key") is None

    def test_below_the_limit_a_submission_is_taken_whole(self, reception: Reception):
        reception.accept(CLINIC, "badge", "api", messages(LIMIT - 1))

        assert not reception.accept(CLINIC, "badge", "api", messages(5)).repeated

    def test_a_repeat_gets_its_first_answer_even_at_the_limit(self, reception: Reception):
        first = reception.accept(CLINIC, "badge", "api", messages(LIMIT), "key")

        again = reception.accept(CLINIC, "badge", "api", messages(LIMIT), "key")

        assert (again.submission_id, again.repeated) == (first.submission_id, True)
        with pytest.raises(Conflict):
            reception.accept(CLINIC, "badge", "api", messages(1), "key")

    def test_there_is_room_again_once_it_is_issued(
        self, reception: Reception, store: Store, timer: object
    ):
        reception.accept(CLINIC, "badge", "api", messages(LIMIT))
        settle(store, "issued")
        timer.seconds += 1

        reception.accept(CLINIC, "badge", "api", messages(LIMIT))

    def test_another_process_is_counted_a_moment_later(
        self, reception: Reception, store: Store, timer: object
    ):
        other = Backlog(store, timer, LIMIT, 7)
        assert not other.is_full()
        reception.accept(CLINIC, "badge", "api", messages(LIMIT))
        assert not other.is_full()
        timer.seconds += 1

        assert other.is_full()

    def test_it_counts_as_far_as_the_limit_and_no_further(self, reception: Reception, store: Store):
        reception.accept(CLINIC, "badge", "api", messages(10))

        with store.read() as work:
            assert work.intake.waiting_count(up_to=4) == 4
            assert work.intake.waiting_count() == 10


class TestReplay:
    def test_what_failed_or_was_refused_waits_again_and_what_was_issued_does_not(
        self, reception: Reception, submissions: Submissions, store: Store
    ):
        reception.accept(CLINIC, "badge", "api", messages(4))
        for state in ("issued", "failed", "refused", "conflict"):
            settle(store, state, 1)

        assert submissions.replay("s1") == 3
        assert submissions.replay("s1") == 0

        outcomes = submissions.outcomes("s1", CLINIC)
        assert [each.state for each in outcomes] == ["issued", "waiting", "waiting", "waiting"]
        with store.begin() as work:
            again = work.intake.claim(10, 30, "w1")
        assert [(each.position, each.attempts) for each in again] == [(1, 1), (2, 1), (3, 1)]

    def test_at_the_limit_nothing_is_replayed(
        self, reception: Reception, submissions: Submissions, store: Store
    ):
        reception.accept(CLINIC, "badge", "api", messages(2))
        settle(store, "failed")
        reception.accept(CLINIC, "badge", "api", messages(LIMIT))

        with pytest.raises(TooManyWaiting):
            submissions.replay("s1")
