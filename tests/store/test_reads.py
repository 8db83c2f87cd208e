"""The log of reads, on each database."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from mohar.domain.access import ReadOutcome, Reason
from mohar.store import Store, Vault
from mohar.store.read_rows import NewRead
from mohar.store.read_tables import read_log
from mohar.testing.stores import StandingClock, new_secret


def read(
    number: str, *, actor: str = "a", outcome: ReadOutcome = "shown", is_there: bool = True
) -> NewRead:
    return NewRead(
        actor_id=actor,
        reason=Reason(purpose="travel"),
        outcome=outcome,
        kind="badge",
        asked_for=number,
        is_there=is_there,
    )


def write(store: Store, *reads: NewRead) -> None:
    with store.begin() as work:
        work.reads.append(reads)


class TestOfCredential:
    def test_the_last_read_comes_first_and_pages_follow_one_another(self, store: Store) -> None:
        write(store, read("1", actor="a"), read("2"), read("1", actor="b"), read("1", actor="c"))

        with store.read() as work:
            first = work.reads.of_credential("1", limit=2)
            rest = work.reads.of_credential("1", before=first[-1].read_id)
        assert [each.actor_id for each in [*first, *rest]] == ["c", "b", "a"]
        assert {each.credential_id for each in first} == {"1"}

    def test_of_what_is_not_there_only_a_hash_is_kept(self, store: Store) -> None:
        write(store, read("9182736450", outcome="not-found", is_there=False))

        with store.read() as work:
            (kept,) = work.reads.of_credential("9182736450")
            (row,) = work.reads._unit.connection.execute(sa.select(read_log))
        assert (kept.credential_id, kept.outcome) == ("", "not-found")
        assert row.credential is None
        assert b"9182736450" not in row.handle


class TestOfActor:
    def test_one_reader_between_two_moments_page_by_page(
        self, store: Store, clock: StandingClock
    ) -> None:
        start = clock()
        for number in range(4):
            write(store, read(str(number)), read(str(number), actor="b"))
            clock.move(60)

        with store.read() as work:
            until = start + timedelta(minutes=3)
            page = work.reads.of_actor("a", start, until, limit=2)
            rest = work.reads.of_actor("a", start, until, after=page[-1], limit=2)
        assert [each.credential_id for each in [*page, *rest]] == ["0", "1", "2"]

    def test_postgresql_answers_it_from_an_index(self, store: Store, clock: StandingClock) -> None:
        write(store, *[read(str(n), actor=f"a{n % 50}") for n in range(5_000)])
        with store.begin() as work:
            connection = work.reads._unit.connection
            if connection.dialect.name != "postgresql":
                return
            connection.exec_driver_sql("ANALYZE read_log")
            at = clock()
            planned = connection.exec_driver_sql(
                "EXPLAIN SELECT * FROM read_log WHERE actor_id = 'a1' AND at >= %(at)s"
                " AND at < %(to)s AND (at, read_id) > (%(at)s, 100)"
                " ORDER BY at, read_id LIMIT 1000",
                {"at": at, "to": at + timedelta(days=1)},
            ).scalars()

            assert "ix_read_log_actor_id_at_read_id" in " ".join(planned)


class TestForget:
    def test_only_the_oldest_that_are_over_go(self, store: Store, clock: StandingClock) -> None:
        write(store, *[read("1") for _ in range(3)])
        clock.move(10)
        moment = clock()
        clock.move(10)
        write(store, read("1", actor="late"))

        with store.begin() as work:
            removed = [work.reads.forget(moment, 2) for _ in range(3)]
            left = work.reads.of_credential("1")
        assert removed == [2, 1, 0]
        assert [each.actor_id for each in left] == ["late"]


class TestPepper:
    def test_a_new_pepper_keeps_what_is_there_findable(
        self, url: str, clock: StandingClock
    ) -> None:
        key, old, new = new_secret(), new_secret(), new_secret()
        with Store.open(url, Vault(key, old), clock) as store:
            store.upgrade()
            write(store, read("1"), read("2"))

        with Store.open(url, Vault(key, new, pepper_version=2), clock) as store:
            store.upgrade()
            with store.read() as work:
                (kept,) = work.reads.of_credential("2")
        assert kept.credential_id == "2"
