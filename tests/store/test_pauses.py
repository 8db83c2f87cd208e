from __future__ import annotations

import threading
from datetime import UTC, datetime

import sqlalchemy as sa

from mohar.store import Store
from mohar.store.rows import Held, NewItem, NewSubmission, Pause
from mohar.store.tables import intake
from mohar.testing.stores import Desk, StandingClock

SINCE = datetime(2026, 3, 1, tzinfo=UTC)
BADGES = Held(kinds=frozenset({"badge"}))


def pause(store: Store, scope: str = "kind", name: str = "badge") -> bool:
    with store.begin() as work:
        return work.pauses.add(
            Pause(scope=scope, name=name, since=SINCE, actor_id="op", reason="the MARKED key")
        )


def resume(store: Store, scope: str = "kind", name: str = "badge") -> bool:
    with store.begin() as work:
        ended = work.pauses.end(scope, name)
        work.intake.release_held()
        return ended


def claimed(store: Store, held: Held, limit: int = 10) -> list[str]:
    with store.begin() as work:
        return [each.intake_id for each in work.intake.claim(limit, 30, "w1", held=held)]


def parked(store: Store) -> int:
    with store.read() as work:
        query = sa.select(sa.func.count()).select_from(intake).where(intake.c.held == sa.true())
        return work.intake._unit.connection.execute(query).scalar_one()


class TestPauses:
    def test_a_pause_is_kept_once_and_listed_with_its_reason(self, store: Store):
        added = [pause(store), pause(store), pause(store, "signer", "s1")]

        with store.read() as work:
            listed = work.pauses.listed()
        assert added == [True, False, True]
        assert [(each.scope, each.name, each.since) for each in listed] == [
            ("kind", "badge", SINCE),
            ("signer", "s1", SINCE),
        ]
        assert listed[0].reason == "the MARKED key"

    def test_what_is_ended_is_not_there_any_more(self, store: Store):
        pause(store)

        ended = [resume(store), resume(store)]

        with store.begin() as work:
            assert work.pauses.in_force() == work.pauses.names() == frozenset()
        assert ended == [True, False]


class TestHeld:
    def test_a_held_kind_is_not_claimed_and_comes_back_in_its_old_place(
        self, desk: Desk, store: Store, clock: StandingClock
    ):
        [first] = desk.receive({"n": 0})
        clock.move(1)
        [second] = desk.receive({"n": 1}, kind="diploma")

        assert claimed(store, BADGES) == [second]
        assert claimed(store, BADGES) == []
        resume(store)

        assert claimed(store, Held()) == [first]

    def test_a_held_partner_holds_nobody_else_up(self, desk: Desk, store: Store):
        desk.receive({"n": 0})
        with store.begin() as work:
            new = NewSubmission(
                submission_id="x", kind="badge", actor_id="a2", source="api", received_at=SINCE
            )
            work.intake.add(new, [NewItem(position=0, content={"n": 1})])

        assert claimed(store, Held(actors=frozenset({"a1"}))) == ["x-0"]

    def test_one_submission_is_held_like_all_others(self, desk: Desk, store: Store):
        desk.receive({"n": 0})

        with store.begin() as work:
            assert work.intake.claim_submission("s1", 10, 30, "w1", held=BADGES) == []
            assert len(work.intake.claim_submission("s1", 10, 30, "w1")) == 1

    def test_what_is_held_is_set_aside_once_and_stepped_over_no_more(
        self, desk: Desk, store: Store
    ):
        """
        However much of it is first in the queue; it still counts as waiting.
        """
        desk.receive(*({"n": n} for n in range(2500)))
        desk.clock.move(1)
        [other] = desk.receive({"n": 0}, kind="diploma")

        assert claimed(store, BADGES) == [other]

        assert parked(store) == 2500
        with store.read() as work:
            assert work.intake.waiting_count() == 2501

    def test_no_item_is_left_aside_by_a_claim_that_goes_by_a_pause_that_ends(
        self, desk: Desk, store: Store
    ):
        """
        Whoever resumes waits for claims that still go by the pause.
        """
        pause(store)
        desk.receive({"n": 0}, {"n": 1})
        looked, resumed = threading.Event(), threading.Event()

        def end() -> None:
            looked.wait(10)
            resume(store)
            resumed.set()

        thread = threading.Thread(target=end)
        thread.start()
        with store.begin() as work:
            assert work.pauses.in_force() == {("kind", "badge")}
            looked.set()
            assert not resumed.wait(0.2)
            assert work.intake.claim(10, 30, "w1", held=BADGES) == []
        thread.join()

        assert len(claimed(store, Held())) == 2


def test_neither_claiming_nor_counting_reads_what_is_settled(store: Store):
    """
    Both databases answer from the index that holds only what waits.
    """
    with store.begin() as work:
        connection = work.intake._unit.connection
        is_postgres = connection.dialect.name == "postgresql"
        if is_postgres:
            connection.execute(sa.text("SET LOCAL enable_seqscan = off"))
        explain = "EXPLAIN " if is_postgres else "EXPLAIN QUERY PLAN "
        said: list[str] = []

        def watch(_c: object, cursor: object, statement: str, values: object, *_: object) -> None:
            if statement.startswith(("WITH free", "SELECT count")):
                told = cursor.connection.cursor().execute(explain + statement, values)
                said.append(str(told.fetchall()))

        sa.event.listen(connection, "before_cursor_execute", watch)
        work.intake.claim(10, 30, "w1", held=Held(actors=frozenset({"a"})))
        work.intake.waiting_count(up_to=5)

    assert len(said) == 2
    assert all("ix_intake_waiting" in each for each in said)
    assert not any("SCAN intake'" in each for each in said)
