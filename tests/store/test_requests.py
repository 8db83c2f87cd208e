"""A request is kept sealed under its number, and each of its steps for good."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa

from mohar.domain.findings import Finding
from mohar.domain.request import Failure
from mohar.store import Store, schema
from mohar.store.database import open_engine, transaction
from mohar.store.delivery_rows import Attempted, NewDelivery, Wanted
from mohar.store.request_rows import Contents, KeptRequest, NewRequest, NewStep, RequestFilter
from mohar.store.request_tables import request, request_step
from mohar.testing.stores import Desk, StandingClock

MADE = Contents(
    reason="MARKED by ear", changes={"name": "MARKED Asha"}, evidence={"photo": "MARKED letter"}
)
Keep = Callable[..., KeptRequest]


@pytest.fixture
def keep(desk: Desk) -> Keep:
    """Return a function that keeps a request about a credential of its own."""
    number = desk.issue({"number": 1}).credential_id

    def kept(tracking: str, **more: object) -> KeptRequest:
        values = {"kind": "badge", "type": "wrong-name", "actor_id": "portal", **more}
        new = NewRequest(tracking=tracking, credential_id=number, contents=MADE, **values)  # type: ignore[arg-type] # the values are mixed
        with desk.store.begin() as work:
            assert work.requests.add(new)
            found = work.requests.find(tracking)
        assert found is not None
        return found

    return kept


def told_of(tracking: str, channel: str, **more: str) -> NewDelivery:
    return NewDelivery(
        channel=channel,
        event="forwarded",
        kind="badge",
        occurred_at=StandingClock()(),
        tracking=tracking,
        **{"delivery_id": f"{tracking}-{channel}", **more},  # type: ignore[arg-type] # a text
    )


def take(store: Store, tracking: str, state: str, **more: object) -> None:
    with store.begin() as work:
        assert work.requests.find(tracking, lock=True)
        step = NewStep(tracking=tracking, state=state, actor_id="officer", **more)  # type: ignore[arg-type] # the values are mixed
        work.requests.step(step)


def numbers(store: Store, **wanted: object) -> list[str]:
    with store.read() as work:
        found = work.requests.listed(RequestFilter(**{"kinds": ("badge",), **wanted}))  # type: ignore[arg-type] # the values are mixed
    return [each.tracking for each in found]


def test_what_is_wished_comes_back_and_stands_nowhere_in_the_open(
    keep: Keep, store: Store, tmp_path: Path
) -> None:
    keep("A1")
    take(store, "A1", "declined", reason="MARKED too")

    with store.read() as work:
        contents, steps = work.requests.contents("A1"), work.requests.steps("A1")
        tables = [request, request_step]
        rows = [
            row
            for table in tables
            for row in work.requests._unit.connection.execute(sa.select(table))
        ]
    store.dispose()
    files = b"".join(path.read_bytes() for path in tmp_path.glob("mohar.sqlite*"))
    assert contents == MADE
    assert [(each.state, each.actor_id, each.reason) for each in steps] == [
        ("open", "portal", ""),
        ("declined", "officer", "MARKED too"),
    ]
    assert "MARKED" not in repr((rows, contents, steps))
    assert b"MARKED" not in files


def test_a_number_and_an_idempotency_key_are_taken_once(keep: Keep, store: Store) -> None:
    first = keep("A1", idempotency_key="k")
    again = [{"tracking": "A1"}, {"tracking": "B2", "idempotency_key": "k"}]

    with store.begin() as work:
        added = [
            work.requests.add(
                NewRequest(
                    kind="badge",
                    type="wrong-name",
                    credential_id=first.credential_id,
                    actor_id="portal",
                    contents=MADE,
                    **each,
                )
            )
            for each in again
        ]

        assert added == [False, False]
        assert work.requests.by_idempotency_key("portal", "k") == first
        assert work.requests.by_idempotency_key("other", "k") is None


def test_a_step_is_the_state_then_with_all_that_it_leads_to(keep: Keep, store: Store) -> None:
    keep("A1")
    failure = Failure(code="correction-limit", findings=(Finding(code="c", message="m"),))
    take(store, "A1", "failed", failure=failure)

    with store.read() as work:
        kept = work.requests.find("A1")

    assert kept is not None
    assert (kept.state, kept.failure) == ("failed", failure)


def test_they_are_listed_oldest_first_and_in_pages(
    keep: Keep, store: Store, clock: StandingClock
) -> None:
    for tracking in ("C3", "A1", "B2"):
        keep(tracking)
        clock.move(1)
    keep("D4", kind="diploma")
    take(store, "A1", "declined")

    assert numbers(store) == ["C3", "A1", "B2"]
    assert numbers(store, state="open") == ["C3", "B2"]
    assert numbers(store, after="C3", limit=1) == ["A1"]
    assert numbers(store, kinds=("badge", "diploma"), after="B2") == ["D4"]
    assert numbers(store, after="no such") == []


class TestDue:
    def test_what_is_due_is_leased_to_one_and_comes_again_after_that(
        self, keep: Keep, store: Store, clock: StandingClock
    ) -> None:
        keep("A1")
        keep("B2")
        take(store, "A1", "forwarded", due_at=clock())

        claims = []
        for seconds in (0, 0, 31):
            clock.move(seconds)
            with store.begin() as work:
                is_due = work.requests.is_due()
                claims.append((is_due, [each.attempts for each in work.requests.claim(9, 30)]))

        assert claims == [(True, [1]), (False, []), (True, [2])]

    def test_what_is_put_off_waits_and_what_has_changed_meanwhile_is_not_put_off(
        self, keep: Keep, store: Store, clock: StandingClock
    ) -> None:
        keep("A1")
        take(store, "A1", "forwarded", due_at=clock())
        with store.begin() as work:
            [kept] = work.requests.claim(9, 30)
            work.requests.wait(kept, None)
        clock.move(1_000)
        with store.begin() as work:
            assert work.requests.claim(9, 30) == []
        take(store, "A1", "approved", due_at=clock())

        with store.begin() as work:
            work.requests.wait(kept, None)

            assert [each.state for each in work.requests.claim(9, 30)] == ["approved"]


class TestForgetting:
    def test_what_ended_loses_all_that_is_personal_and_keeps_its_steps(
        self, keep: Keep, store: Store, clock: StandingClock
    ) -> None:
        for tracking in ("A1", "B2", "C3", "D4"):
            keep(tracking)
        keep("E5", kind="diploma")
        for tracking, state in (
            ("A1", "declined"),
            ("B2", "done"),
            ("C3", "failed"),
            ("E5", "done"),
        ):
            take(store, tracking, state, reason="MARKED too")
        ended = clock()
        clock.move(60)

        with store.begin() as work:
            counts = [work.requests.forget("badge", ended, limit) for limit in (1, 9, 9)]
            left = [work.requests.contents(f"{name}") for name in ("A1", "B2", "C3", "D4", "E5")]
            steps = work.requests.steps("A1")
            kept = work.requests.find("A1")

        assert counts == [1, 1, 0]
        assert left == [None, None, MADE, MADE, MADE]
        assert [(each.state, each.reason) for each in steps] == [("open", ""), ("declined", "")]
        assert kept is not None
        assert kept.forgotten_at == clock()

    def test_what_ended_later_is_kept(self, keep: Keep, store: Store, clock: StandingClock) -> None:
        keep("A1")
        before = clock()
        clock.move(1)
        take(store, "A1", "done")

        with store.begin() as work:
            assert work.requests.forget("badge", before, 9) == 0

    def test_what_channels_were_told_of_it_goes_with_its_log(
        self, keep: Keep, store: Store
    ) -> None:
        keep("A1")
        with store.begin() as work:
            work.deliveries.add([told_of("A1", "one"), told_of("A1", "two"), told_of("B2", "one")])
            work.deliveries.settle(
                [
                    Attempted(
                        delivery_id="A1-one",
                        number=1,
                        result="refused",
                        state="dead",
                        detail="",
                        due_at=work.requests._unit.clock(),
                    )
                ]
            )
        take(store, "A1", "done")

        with store.begin() as work:
            work.requests.forget("badge", work.requests._unit.clock(), 9)
            left = work.deliveries.listed(Wanted(), 9)

        assert [each.delivery_id for each in left] == ["B2-one"]

    def test_what_is_forgotten_is_passed_over_when_data_keys_change(
        self, keep: Keep, store: Store
    ) -> None:
        keep("A1")
        take(store, "A1", "done", reason="MARKED too")
        with store.begin() as work:
            work.requests.forget("badge", work.requests._unit.clock(), 9)
        store.rotate_data(["intake"], "operator")
        store.reencrypt("operator", told=lambda *_: None, sleep=lambda _: None)

        with store.read() as work:
            assert work.requests.contents("A1") is None


def test_a_step_down_and_up_again_keeps_requests_and_what_was_told_of_records(
    keep: Keep, store: Store, url: str
) -> None:
    """What was told of requests goes, for an older house has no word for it."""
    for tracking in ("A1", "B2"):
        keep(tracking)
    take(store, "A1", "done")
    with store.begin() as work:
        work.requests.forget("badge", work.requests._unit.clock(), 9)
        record = msgspec.structs.replace(told_of("", "one"), tracking=None, event="issued")
        work.deliveries.add([told_of("B2", "one"), record])
        ended = work.requests.find("A1")
    engine = open_engine(url)
    for revision in ("0012", "head"):
        with transaction(engine, writes=True) as connection:
            schema.migrate(connection, revision)
    engine.dispose()

    with store.read() as work:
        told = [each.delivery_id for each in work.deliveries.listed(Wanted(), 9)]
        assert [work.requests.contents(each) for each in ("A1", "B2")] == [None, MADE]
        again = work.requests.find("A1")
    assert told == [record.delivery_id]
    assert ended is not None
    assert again is not None
    assert again.forgotten_at == ended.changed_at


def test_a_request_is_told_to_a_channel_once(store: Store) -> None:
    with store.begin() as work:
        work.deliveries.add([told_of("A1", "one"), told_of("A1", "two")])

    with pytest.raises(sa.exc.IntegrityError), store.begin() as work:
        work.deliveries.add([told_of("A1", "one", delivery_id="another")])


def test_neither_finding_what_is_due_nor_listing_reads_all(store: Store) -> None:
    """
    Both databases answer from an index.
    """
    with store.begin() as work:
        connection = work.requests._unit.connection
        is_postgres = connection.dialect.name == "postgresql"
        if is_postgres:
            connection.execute(sa.text("SET LOCAL enable_seqscan = off"))
        explain = "EXPLAIN " if is_postgres else "EXPLAIN QUERY PLAN "
        said: list[str] = []

        def watch(_c: object, cursor: object, statement: str, values: object, *_: object) -> None:
            told = cursor.connection.cursor().execute(explain + statement, values)  # type: ignore[attr-defined] # a cursor of either driver
            said.append(str(told.fetchall()))

        sa.event.listen(connection, "before_cursor_execute", watch)
        work.requests.is_due()
        work.requests.claim(10, 30)
        work.requests.listed(RequestFilter(kinds=("badge",), state="open"))
        work.requests.forget("badge", work.requests._unit.clock(), 9)

    assert "ix_request_due_at" in said[0]
    assert "ix_request_due_at" in said[1]
    assert "ix_request_state_opened_at_tracking" in said[2]
    assert "ix_request_ended" in said[3]


def test_of_many_who_decide_at_once_one_finds_it_open(keep: Keep, store: Store) -> None:
    keep("A1")

    def decide(officer: int) -> bool:
        with store.begin() as work:
            kept = work.requests.find("A1", lock=True)
            assert kept is not None
            if kept.state != "open":
                return False
            work.requests.step(NewStep(tracking="A1", state="declined", actor_id=f"o{officer}"))
            return True

    with ThreadPoolExecutor(8) as pool:
        decided = list(pool.map(decide, range(8)))

    assert sum(decided) == 1


def test_of_many_workers_each_takes_others(keep: Keep, store: Store, clock: StandingClock) -> None:
    for number in range(20):
        keep(f"A{number}")
        take(store, f"A{number}", "forwarded", due_at=clock())

    def claim(_: int) -> list[str]:
        with store.begin() as work:
            return [each.tracking for each in work.requests.claim(3, 30)]

    with ThreadPoolExecutor(8) as pool:
        taken = [each for some in pool.map(claim, range(8)) for each in some]

    assert len(taken) == len(set(taken))
    assert len(taken) >= 3
