"""Bodies come to a credential that is issued, each once; its record goes, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import msgspec
import pytest
import sqlalchemy as sa

from mohar.domain.credential import Secured
from mohar.domain.errors import Conflict
from mohar.domain.findings import Finding
from mohar.domain.record import Record
from mohar.store import Store
from mohar.store.rows import AddedBodies, RefusedBody
from mohar.store.tables import body, credential
from mohar.testing.stores import Desk, StandingClock


def added(store: Store, credential_id: str, *names: str, content: bytes = b"{}") -> AddedBodies:
    """Bodies like the one there is, under other names."""
    with store.read() as work:
        first = work.credentials.bodies([credential_id])[credential_id][0]
    bodies = tuple(
        msgspec.structs.replace(first, body=name, content=content, document={}) for name in names
    )
    return AddedBodies(credential_id=credential_id, config_digest="c1", bodies=bodies)


def add(store: Store, bodies: AddedBodies) -> frozenset[str]:
    with store.begin() as work:
        return work.credentials.add_bodies(bodies)


def bodies_of(store: Store, credential_id: str) -> tuple[Secured, ...]:
    with store.read() as work:
        return work.credentials.bodies([credential_id])[credential_id]


def record_of(store: Store, credential_id: str) -> Record | None:
    with store.read() as work:
        return work.credentials.record_of([credential_id]).get(credential_id)


class TestAddedBodies:
    def test_they_stand_behind_those_that_were_there(self, desk: Desk):
        number = desk.issue({"number": 1}).credential_id

        first = add(desk.store, added(desk.store, number, "abroad", "card"))
        second = add(desk.store, added(desk.store, number, "ship"))

        names = [each.body for each in bodies_of(desk.store, number)]
        assert (first, second) == ({"abroad", "card"}, {"ship"})
        assert names == ["main", "abroad", "card", "ship"]

    def test_one_that_is_there_stays_as_it_is(self, desk: Desk):
        number = desk.issue({"number": 1}).credential_id
        add(desk.store, added(desk.store, number, "abroad", content=b'{"first": 1}'))

        names = add(desk.store, added(desk.store, number, "abroad", "card", content=b"{}"))

        assert names == {"card"}
        assert [each.content for each in bodies_of(desk.store, number)[1:]] == [
            b'{"first": 1}',
            b"{}",
        ]

    def test_the_configuration_it_was_added_under_is_kept_with_it(self, desk: Desk):
        number = desk.issue({"number": 1}).credential_id
        add(desk.store, added(desk.store, number, "abroad"))

        with desk.store.read() as work:
            query = sa.select(body.c.name, body.c.config_digest).order_by(body.c.position)
            rows = work.credentials._unit.connection.execute(query).all()

        assert [tuple(row) for row in rows] == [("main", None), ("abroad", "c1")]

    def test_what_refused_it_before_is_forgotten_with_it(self, desk: Desk):
        content = {"number": 1}
        [item] = desk.receive(content)
        [reservation] = desk.reserve(desk.request(content, item))
        finding = Finding(code="no-date", message="give the full date")
        refused = tuple(RefusedBody(name=name, findings=(finding,)) for name in ("abroad", "card"))
        with desk.store.begin() as work:
            signed = desk.signed(reservation, content)
            work.credentials.commit([msgspec.structs.replace(signed, refused=refused)])

        add(desk.store, added(desk.store, reservation.credential_id, "abroad"))

        with desk.store.read() as work:
            [stored] = work.credentials.find([reservation.credential_id]).values()
        assert [each.name for each in stored.refused] == ["card"]

    @pytest.mark.parametrize("state", ["superseded", "revoked", "suspended"])
    def test_only_a_current_credential_takes_one(self, desk: Desk, state: str):
        number = desk.issue({"number": 1}).credential_id
        wanted = added(desk.store, number, "abroad")
        with desk.store.begin() as work:
            changed = sa.update(credential).values(state=state)
            work.credentials._unit.connection.execute(changed)

        with pytest.raises(Conflict, match="not current"):
            add(desk.store, wanted)

        assert len(bodies_of(desk.store, number)) == 1

    def test_of_many_at_once_one_is_kept(self, desk: Desk, opened: Callable[..., Store]):
        number = desk.issue({"number": 1}).credential_id
        stores = [opened() for _ in range(6)]
        wanted = [
            added(desk.store, number, "abroad", content=b'{"by": %d}' % by)
            for by in range(len(stores))
        ]

        with ThreadPoolExecutor(len(stores)) as pool:
            told = list(pool.map(add, stores, wanted))

        [winner] = [by for by, names in enumerate(told) if names]
        assert [each.content for each in bodies_of(desk.store, number)[1:]] == [
            b'{"by": %d}' % winner
        ]

    def test_the_names_of_bodies_are_told_without_opening_any(self, desk: Desk):
        number = desk.issue({"number": 1}).credential_id
        add(desk.store, added(desk.store, number, "abroad"))

        with desk.store.read() as work:
            names = work.credentials.body_names([number, "0"])

        assert names == {number: {"main", "abroad"}, "0": frozenset()}


class TestForgottenRecords:
    def test_the_oldest_go_first_and_never_more_than_asked(self, desk: Desk, clock: StandingClock):
        numbers = []
        for number in range(5):
            numbers.append(desk.issue({"number": number}).credential_id)
            clock.move(60)
        with desk.store.begin() as work:
            gone = work.credentials.forget_records("badge", clock() - timedelta(seconds=120), 3)

        kept = [number for number in numbers if record_of(desk.store, number)]
        assert (gone, kept) == (3, numbers[3:])

    def test_only_those_of_the_kind_that_are_old_enough_go_and_each_once(
        self, desk: Desk, clock: StandingClock
    ):
        old = desk.issue({"number": 1}).credential_id
        clock.move(60)
        new = desk.issue({"number": 2}).credential_id
        until = clock() - timedelta(seconds=30)

        told = []
        for kind in ("diploma", "badge", "badge"):
            with desk.store.begin() as work:
                told.append(work.credentials.forget_records(kind, until, 100))

        assert told == [0, 1, 0]
        assert record_of(desk.store, old) is None
        assert record_of(desk.store, new) == Record(content={"number": 2})

    def test_the_credential_stays_and_is_known_when_its_record_comes_again(
        self, desk: Desk, clock: StandingClock
    ):
        number = desk.issue({"number": 1}).credential_id
        with desk.store.begin() as work:
            work.credentials.forget_records("badge", clock(), 100)

        [item] = desk.receive({"number": 1})
        [again] = desk.reserve(desk.request({"number": 1}, item))

        assert (again.state, again.credential_id) == ("known", number)
        assert len(bodies_of(desk.store, number)) == 1

    def test_they_are_found_by_their_index(self, desk: Desk, clock: StandingClock):
        """However many are gone already, those that are kept are not looked for among them."""
        query = (
            sa.select(credential.c.credential_id)
            .where(credential.c.kind == "badge", credential.c.issued_at <= clock())
            .where(credential.c.record.is_not(None))
            .order_by(credential.c.issued_at)
        )
        with desk.store.begin() as work:
            connection = work.credentials._unit.connection
            explain = "EXPLAIN QUERY PLAN"
            if connection.dialect.name == "postgresql":
                connection.execute(sa.text("SET LOCAL enable_seqscan = off"))
                explain = "EXPLAIN"
            written = query.compile(connection, compile_kwargs={"literal_binds": True})
            plan = connection.execute(sa.text(f"{explain} {written}")).all()

        assert "ix_credential_kept_record" in str(plan)
