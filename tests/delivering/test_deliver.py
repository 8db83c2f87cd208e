from collections.abc import Callable, Sequence
from typing import Any

from mohar.delivering.deliver import Courier
from mohar.delivering.forget import ForgettingDelivered
from mohar.domain.delivery import DeliveryResult
from mohar.store import Store
from mohar.store.delivery_rows import KeptAttempt, KeptDelivery
from mohar.store.rows import Pause
from mohar.testing.stores import StandingClock

BAD = DeliveryResult(state="retry", detail="http 500")
NEVER = DeliveryResult(state="refused", detail="http 400")
UNKNOWN = DeliveryResult(state="unknown", detail="no answer")
GOOD = DeliveryResult(state="delivered", detail="http 200")

Make = Callable[..., Courier]
Put = Callable[..., None]


def look(store: Store, number: str) -> KeptDelivery:
    with store.read() as work:
        found = work.deliveries.find(number)
    assert found is not None
    return found


def log_of(store: Store, number: str) -> Sequence[KeptAttempt]:
    with store.read() as work:
        return work.deliveries.attempts(number)


class TestCourier:
    def test_what_is_due_is_told_once(
        self, courier: Make, post: Put, store: Store, letters: Any
    ) -> None:
        post("d1", "d2", "d3")
        mine = courier()

        assert (mine.run_once(), mine.run_once()) == (3, 0)
        assert letters.told == ["d1", "d2", "d3"]
        assert letters.handfuls == [2, 1]
        assert look(store, "d3").state == "delivered"

    def test_a_failure_is_tried_again_later_and_later(
        self, courier: Make, post: Put, store: Store, letters: Any, clock: StandingClock
    ) -> None:
        answers = [BAD, BAD, GOOD]
        letters.answer = lambda _: [answers.pop(0)]
        post("d1")
        mine, waits = courier(), []
        while look(store, "d1").state == "waiting":
            mine.run_once()
            waits.append((look(store, "d1").due_at - clock()).total_seconds())
            clock.move(waits[-1])

        assert waits == [4, 8, 0]
        assert [(each.number, each.result) for each in log_of(store, "d1")] == [
            (1, "retry"),
            (2, "retry"),
            (3, "delivered"),
        ]

    def test_after_so_many_attempts_it_is_dead_with_its_reason(
        self, courier: Make, post: Put, store: Store, letters: Any, clock: StandingClock
    ) -> None:
        letters.answer = lambda some: [BAD] * len(some)
        post("d1")
        for _ in range(5):
            courier().run_once()
            clock.move(60)

        dead = look(store, "d1")
        assert (dead.state, dead.attempts, dead.detail) == ("dead", 3, "http 500")
        assert len(letters.told) == 3

    def test_what_the_other_side_refuses_is_dead_at_once(
        self, courier: Make, post: Put, store: Store, letters: Any
    ) -> None:
        letters.answer = lambda some: [NEVER, GOOD][: len(some)]
        post("d1", "d2")

        courier().run_once()

        assert (look(store, "d1").state, look(store, "d2").state) == ("dead", "delivered")
        assert [each.result for each in log_of(store, "d1")] == ["refused"]

    def test_one_that_fails_holds_up_no_other(
        self, courier: Make, post: Put, store: Store, letters: Any
    ) -> None:
        letters.answer = lambda some: [BAD if each.delivery_id == "d1" else GOOD for each in some]
        post("d1", "d2", "d3")

        courier().run_once()

        assert letters.told == ["d1", "d2", "d3"]
        assert [look(store, each).state for each in ("d1", "d2", "d3")] == [
            "waiting",
            "delivered",
            "delivered",
        ]

    def test_while_the_other_side_is_down_the_rest_costs_nothing(
        self, courier: Make, post: Put, store: Store, letters: Any, clock: StandingClock
    ) -> None:
        """
        A backlog does not die of one outage: only a handful is tried each time.
        """
        letters.answer = lambda some: [BAD] * len(some)
        post("d1", "d2", "d3")
        mine = courier()

        tried = [mine.run_once(), mine.run_once()]
        clock.move(4)
        mine.run_once()

        assert tried == [2, 0]
        assert letters.told == ["d1", "d2", "d3", "d1"]
        assert [look(store, each).attempts for each in ("d1", "d2", "d3")] == [2, 1, 1]

    def test_retry_after_lets_the_whole_channel_rest(
        self, courier: Make, post: Put, store: Store, letters: Any, clock: StandingClock
    ) -> None:
        patience = DeliveryResult(state="retry", detail="http 429", retry_after_seconds=120)
        letters.answer = lambda some: [GOOD, patience][: len(some)]
        post("d1", "d2", "d3")
        mine = courier()
        mine.run_once()
        clock.move(119)
        early = mine.run_once()
        clock.move(1)

        assert early == 0
        assert look(store, "d2").due_at == clock()
        assert look(store, "d3").attempts == 0
        assert mine.run_once() == 2

    def test_a_channel_may_end_early_and_what_it_did_not_try_costs_nothing(
        self, courier: Make, post: Put, store: Store, letters: Any
    ) -> None:
        letters.answer = lambda _: [BAD]
        post("d1", "d2", "d3")

        assert courier().run_once() == 1
        assert [look(store, each).attempts for each in ("d1", "d2", "d3")] == [1, 0, 0]

    def test_what_a_channel_raises_is_a_retry_and_never_in_the_log(
        self, courier: Make, post: Put, store: Store, letters: Any
    ) -> None:
        def fail(_: object) -> Any:
            raise ValueError("Marked Person 9876543210")

        letters.answer = fail
        post("d1")

        courier().run_once()

        assert [(each.result, each.detail) for each in log_of(store, "d1")] == [
            ("retry", "ValueError")
        ]

    def test_more_results_than_deliveries_are_believed_by_nobody(
        self, courier: Make, post: Put, store: Store, letters: Any
    ) -> None:
        letters.answer = lambda _: [GOOD] * 3
        post("d1")

        courier().run_once()

        assert look(store, "d1").detail == "wrong number of results"

    def test_a_detail_that_could_be_somebodys_is_left_out(
        self, courier: Make, post: Put, store: Store, letters: Any
    ) -> None:
        letters.answer = lambda _: [DeliveryResult(state="retry", detail="no such 9876543210")]
        post("d1")

        courier().run_once()

        assert look(store, "d1").detail == ""

    def test_what_a_killed_worker_had_comes_again_when_its_lease_ends(
        self, courier: Make, post: Put, store: Store, letters: Any, clock: StandingClock
    ) -> None:
        """
        That costs an attempt, so that what kills processes does not come for ever.
        """
        post("d1")
        for _ in range(3):
            with store.begin() as work:
                work.deliveries.claim("partner", 10, 300, "killed")
            clock.move(300)

        courier().run_once()

        dead = look(store, "d1")
        assert (dead.state, letters.told) == ("dead", [])
        assert dead.detail == "no answer, as when a process is killed"

    def test_when_it_is_to_stop_what_is_not_begun_goes_back(
        self, courier: Make, post: Put, store: Store, letters: Any
    ) -> None:
        post("d1", "d2", "d3")

        tried = courier().run_once(lambda: bool(letters.told))

        assert tried == 2
        assert look(store, "d3").attempts == 0
        assert courier().run_once() == 1

    def test_while_its_plugin_is_paused_all_waits(
        self, courier: Make, post: Put, store: Store, clock: StandingClock
    ) -> None:
        post("d1")
        pause = Pause(scope="plugin", name="channel-letters", since=clock(), actor_id="a")
        with store.begin() as work:
            work.pauses.add(pause)
        while_paused = courier().run_once()

        with store.begin() as work:
            work.pauses.end("plugin", "channel-letters")

        assert (while_paused, courier().run_once()) == (0, 1)


class TestForgetting:
    def test_what_was_delivered_goes_when_its_days_are_over_and_what_is_dead_stays(
        self, courier: Make, post: Put, store: Store, letters: Any, clock: StandingClock
    ) -> None:
        letters.answer = lambda some: [GOOD, NEVER][: len(some)]
        post("d1", "d2")
        courier().run_once()
        forgetting = ForgettingDelivered(store, {"partner": 30}, clock)
        early = forgetting.run_once()
        clock.move(30 * 86_400)

        assert (early, forgetting.run_once(), forgetting.run_once()) == (0, 1, 0)
        with store.read() as work:
            assert work.deliveries.find("d1") is None
        assert look(store, "d2").state == "dead"


class TestNotTheTime:
    def test_what_is_postponed_waits_and_costs_nothing(
        self, courier: Make, post: Put, store: Store, letters: Any, clock: StandingClock
    ) -> None:
        post("d1", "d2", "d3")
        later = DeliveryResult(state="postponed", retry_after_seconds=600)
        letters.answer = lambda some: [later if e.delivery_id == "d1" else GOOD for e in some]
        mine = courier()

        assert mine.run_once() == 3
        assert look(store, "d2").state == look(store, "d3").state == "delivered"
        assert (look(store, "d1").attempts, log_of(store, "d1")) == (0, [])
        assert mine.run_once() == 0
        letters.answer = lambda some: [GOOD] * len(some)
        clock.move(600)
        assert mine.run_once() == 1
        assert [each.number for each in log_of(store, "d1")] == [1]

    def test_without_a_moment_it_is_not_asked_again_at_once(
        self, courier: Make, post: Put, letters: Any, clock: StandingClock
    ) -> None:
        post("d1")
        letters.answer = lambda some: [DeliveryResult(state="postponed")] * len(some)
        mine = courier()

        assert (mine.run_once(), mine.run_once()) == (1, 0)
        clock.move(60)
        assert mine.run_once() == 1


class TestCannotTell:
    def test_what_may_have_arrived_is_dead_and_says_so(
        self, courier: Make, post: Put, store: Store, letters: Any
    ) -> None:
        post("d1")
        letters.answer = lambda some: [UNKNOWN] * len(some)
        courier().run_once()

        assert look(store, "d1").state == "dead"
        assert [(each.result, each.detail) for each in log_of(store, "d1")] == [
            ("unknown", "no answer")
        ]


class TestReceipts:
    def test_what_the_other_side_calls_it_is_kept_if_it_is_a_token(
        self, courier: Make, post: Put, store: Store, letters: Any
    ) -> None:
        post("d1", "d2")
        receipts = {"d1": "SM0123456789abcdef", "d2": "for Asha Rao"}
        letters.answer = lambda some: [
            DeliveryResult(state="delivered", receipt=receipts[each.delivery_id]) for each in some
        ]
        courier().run_once()

        assert [log_of(store, each)[0].receipt for each in ("d1", "d2")] == [
            "SM0123456789abcdef",
            "",
        ]
