from __future__ import annotations

import threading
import uuid
from collections import Counter
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from mohar.domain.credential import Outcome
from mohar.domain.errors import Conflict, Unavailable
from mohar.domain.findings import Finding
from mohar.store import Store
from mohar.store.rows import Settled
from mohar.store.tables import credential
from mohar.testing.stores import Desk


def settle(store: Store, *intake_ids: str, state: str = "refused") -> None:
    with store.begin() as work:
        outcome = Outcome(position=0, state=state)
        work.intake.settle([Settled(intake_id=each, outcome=outcome) for each in intake_ids])


def insert_copy(store: Store, **changed: object) -> None:
    with store.begin() as work:
        connection = work.credentials._unit.connection
        row = connection.execute(sa.select(credential)).one()
        connection.execute(sa.insert(credential), [{**row._asdict(), **changed}])


class TestFresh:
    def test_a_new_record_gets_a_number_a_slot_and_a_subject(self, desk: Desk):
        [item] = desk.receive({"number": 1})

        [reservation] = desk.reserve(desk.request({"number": 1}, item))

        assert reservation.state == "fresh"
        assert reservation.revision == 1
        assert len(reservation.credential_id) == 11
        assert reservation.credential_id[0] != "0"
        assert reservation.credential_id.isdigit()
        assert reservation.slot is not None
        assert reservation.slot.list_id == "badge-revocation-1"

    def test_a_batch_is_answered_in_its_order_with_numbers_and_slots_of_their_own(self, desk: Desk):
        contents = [{"number": n} for n in range(500)]
        items = desk.receive(*contents)

        reservations = desk.reserve(
            *[desk.request(*pair) for pair in zip(contents, items, strict=True)]
        )

        with desk.store.read() as work:
            found = [work.credentials.find([r.credential_id]) for r in reservations[:3]]
        assert {r.state for r in reservations} == {"fresh"}
        assert len({r.credential_id for r in reservations}) == 500
        assert len({r.slot.index for r in reservations}) == 500
        assert [[s.slot for s in f.values()] for f in found] == [[r.slot] for r in reservations[:3]]

    def test_a_kind_without_status_has_no_slot(self, desk: Desk):
        [item] = desk.receive({"number": 1})

        [reservation] = desk.reserve(desk.request({"number": 1}, item, list_purpose=None))

        assert reservation.slot is None

    def test_a_number_that_is_taken_is_drawn_again(
        self, opened: Callable[..., Store], desk_of: Callable[[Store], Desk]
    ):
        drawn = iter([5, 5, 5, 6])
        desk = desk_of(opened(random_below=lambda _: next(drawn)))
        contents = [{"number": 1}, {"number": 2}]
        items = desk.receive(*contents)

        first = desk.reserve(desk.request(contents[0], items[0], digits=9))
        second = desk.reserve(desk.request(contents[1], items[1], digits=9))

        assert [first[0].credential_id, second[0].credential_id] == ["100000005", "100000006"]
        assert first[0].slot != second[0].slot

    def test_equal_numbers_within_one_batch_are_drawn_again(
        self, opened: Callable[..., Store], desk_of: Callable[[Store], Desk]
    ):
        drawn = iter([5, 5, 7])
        desk = desk_of(opened(random_below=lambda _: next(drawn)))
        contents = [{"number": 1}, {"number": 2}]
        requests = [desk.request(*p) for p in zip(contents, desk.receive(*contents), strict=True)]

        reservations = desk.reserve(*requests)

        assert {r.credential_id[-1] for r in reservations} == {"5", "7"}

    def test_a_kind_that_ran_out_of_numbers_is_told_to_take_more_digits(
        self, opened: Callable[..., Store], desk_of: Callable[[Store], Desk]
    ):
        desk = desk_of(opened(random_below=lambda _: 5))
        contents = [{"number": 1}, {"number": 2}]
        requests = [desk.request(*p) for p in zip(contents, desk.receive(*contents), strict=True)]

        with pytest.raises(Unavailable, match="give the kind more digits"):
            desk.reserve(*requests)

    def test_nothing_is_reserved_for_nothing(self, desk: Desk):
        assert desk.reserve() == []


class TestSubject:
    def test_a_group_has_one_subject_that_is_a_uuid_of_version_8(self, desk: Desk):
        contents = [{"number": n, "group": "g"} for n in range(2)] + [{"number": 2, "group": "h"}]
        requests = [desk.request(*p) for p in zip(contents, desk.receive(*contents), strict=True)]

        one, same, other = (each.subject for each in desk.reserve(*requests))

        assert one == same != other
        assert uuid.UUID(one).version == 8
        assert uuid.UUID(one).variant == uuid.RFC_4122
        assert one.startswith("urn:uuid:")

    def test_two_kinds_cannot_be_matched_by_their_subjects(self, desk: Desk):
        content = {"number": 1, "group": "g"}
        items = desk.receive(content, content)

        badge, other = desk.reserve(
            desk.request(content, items[0]), desk.request(content, items[1], kind="diploma")
        )

        assert badge.subject != other.subject


class TestAgain:
    def test_half_done_goes_on_with_the_same_number_and_slot(
        self, desk: Desk, opened: Callable[..., Store], desk_of: Callable[[Store], Desk]
    ):
        """The process dies between reserving and committing; another one takes the item up."""
        content = {"number": 1, "name": "Asha"}
        [item] = desk.receive(content)
        [before] = desk.reserve(desk.request(content, item))
        desk.store.dispose()
        next_process = desk_of(opened())

        [after] = next_process.reserve(next_process.request(content, item))
        with next_process.store.begin() as work:
            work.credentials.commit([next_process.signed(after, content)])

        assert after.state == "resumed"
        assert (after.credential_id, after.slot) == (before.credential_id, before.slot)
        assert after.subject == before.subject

    def test_the_same_record_again_is_known(self, desk: Desk):
        before = desk.issue({"number": 1})
        [item] = desk.receive({"number": 1})

        [again] = desk.reserve(desk.request({"number": 1}, item))

        assert (again.state, again.credential_id) == ("known", before.credential_id)
        assert (again.revision, again.slot) == (1, before.slot)

    def test_the_same_key_with_other_content_differs(self, desk: Desk):
        before = desk.issue({"number": 1, "name": "Asha"})
        [item] = desk.receive({"number": 1, "name": "Usha"})

        [again] = desk.reserve(desk.request({"number": 1, "name": "Usha"}, item))

        assert (again.state, again.credential_id) == ("differs", before.credential_id)

    def test_the_same_key_of_another_kind_is_another_record(self, desk: Desk):
        desk.issue({"number": 1})
        [item] = desk.receive({"number": 1}, kind="diploma")

        [other] = desk.reserve(desk.request({"number": 1}, item, kind="diploma"))

        assert other.state == "fresh"

    def test_the_second_of_two_equal_keys_in_one_batch_is_busy(self, desk: Desk):
        content = {"number": 1}
        requests = [desk.request(content, item) for item in desk.receive(content, content)]

        first, second = desk.reserve(*requests)

        assert [first.state, second.state] == ["fresh", "busy"]

    def test_a_reservation_of_an_item_under_way_is_busy(self, desk: Desk):
        content = {"number": 1}
        one, other = desk.receive(content, content)
        desk.reserve(desk.request(content, one))

        [second] = desk.reserve(desk.request(content, other))

        assert second.state == "busy"

    @pytest.mark.parametrize("state", ["refused", "failed"])
    def test_a_reservation_whose_item_came_to_its_end_is_taken_over(self, desk: Desk, state: str):
        content = {"number": 1}
        one, other = desk.receive(content, content)
        [first] = desk.reserve(desk.request(content, one))
        settle(desk.store, one, state=state)

        [second] = desk.reserve(desk.request(content, other))
        [third] = desk.reserve(desk.request(content, other))

        assert [second.state, third.state] == ["resumed", "resumed"]
        assert second.credential_id == third.credential_id == first.credential_id
        assert second.slot == first.slot

    def test_a_refused_record_may_come_again_corrected(self, desk: Desk):
        wrong, right = {"number": 1, "name": ""}, {"number": 1, "name": "Asha"}
        one, other, third = desk.receive(wrong, right, right)
        [first] = desk.reserve(desk.request(wrong, one))
        with desk.store.begin() as work:
            work.credentials.refuse([first.credential_id])
            work.intake.give_up([one], Finding(code="x", message="x"))

        [second] = desk.reserve(desk.request(right, other))
        with desk.store.begin() as work:
            work.credentials.commit([desk.signed(second, right)])

        assert second.credential_id == first.credential_id
        assert desk.reserve(desk.request(right, third))[0].state == "known"

    def test_a_taken_over_reservation_gets_the_slot_its_kind_now_has(self, desk: Desk):
        content = {"number": 1, "group": "g"}
        one, other = desk.receive(content, content)
        desk.reserve(desk.request(content, one, list_purpose=None))
        settle(desk.store, one)

        [second] = desk.reserve(desk.request(content, other))

        with desk.store.read() as work:
            [stored] = work.credentials.find([second.credential_id]).values()
        assert second.slot is not None
        assert stored.slot == second.slot

    def test_a_corrected_group_moves_the_record_to_its_subject(self, desk: Desk):
        wrong, right = {"number": 1, "group": "g"}, {"number": 1, "group": "h"}
        one, other, third = desk.receive(wrong, right, {"number": 2, "group": "h"})
        desk.reserve(desk.request(wrong, one))
        settle(desk.store, one)

        [moved] = desk.reserve(desk.request(right, other))
        [neighbour] = desk.reserve(desk.request({"number": 2, "group": "h"}, third))

        assert moved.subject == neighbour.subject

    def test_refusing_what_was_issued_changes_nothing(self, desk: Desk):
        issued = desk.issue({"number": 1})
        with desk.store.begin() as work:
            work.credentials.refuse([issued.credential_id])

        with desk.store.read() as work:
            [stored] = work.credentials.find([issued.credential_id]).values()
        assert stored.state == "current"


class TestConcurrently:
    def test_of_many_threads_one_gets_each_key(self, desk: Desk, opened: Callable[..., Store]):
        """The unique constraint decides, and nobody is left without an answer."""
        contents = [{"number": n} for n in range(40)]
        batches = [desk.receive(*contents) for _ in range(4)]
        answers: list[tuple[str, str]] = []
        start = threading.Barrier(4)

        def run(items: list[str], *, backwards: bool) -> None:
            requests = [desk.request(*p) for p in zip(contents, items, strict=True)]
            start.wait()
            with opened().begin() as work:
                asked = requests[::-1] if backwards else requests
                for request, got in zip(asked, work.credentials.reserve(asked), strict=True):
                    answers.append((request.key, got.state))

        threads = [
            threading.Thread(target=run, args=[items], kwargs={"backwards": bool(n % 2)})
            for n, items in enumerate(batches)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert Counter(state for _, state in answers) == {"fresh": 40, "busy": 120}
        assert len({key for key, state in answers if state == "fresh"}) == 40

    def test_the_loser_of_a_takeover_is_busy(self, desk: Desk, opened: Callable[..., Store]):
        content = {"number": 1}
        dead, one, other = desk.receive(content, content, content)
        desk.reserve(desk.request(content, dead))
        settle(desk.store, dead)
        start = threading.Barrier(2)
        states: list[str] = []

        def run(item: str) -> None:
            start.wait()
            with opened().begin() as work:
                states.append(work.credentials.reserve([desk.request(content, item)])[0].state)

        threads = [threading.Thread(target=run, args=[item]) for item in (one, other)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert sorted(states) == ["busy", "resumed"]


class TestConstraints:
    def test_the_database_itself_refuses_a_second_credential_for_one_record(
        self, desk: Desk, store: Store
    ):
        issued = desk.issue({"number": 1})
        copy = {"credential_id": "99", "status_list_id": None, "status_index": None}

        with pytest.raises(sa.exc.IntegrityError):
            insert_copy(store, **copy)

        with store.read() as work:
            assert list(work.credentials.find([issued.credential_id, "99"])) == [
                issued.credential_id
            ]

    def test_the_database_itself_refuses_a_slot_given_twice(self, desk: Desk, store: Store):
        desk.issue({"number": 1})

        with pytest.raises(sa.exc.IntegrityError):
            insert_copy(store, credential_id="99", key_hash=b"x")


class TestCommit:
    def test_what_was_issued_meanwhile_is_a_conflict_and_nothing_is_kept(self, desk: Desk):
        contents = [{"number": 1}, {"number": 2}]
        requests = [desk.request(*p) for p in zip(contents, desk.receive(*contents), strict=True)]
        one, other = desk.reserve(*requests)
        with desk.store.begin() as work:
            work.credentials.commit([desk.signed(other, contents[1])])

        both = [desk.signed(one, contents[0]), desk.signed(other, contents[1])]
        with (
            pytest.raises(Conflict, match=r"1 of 2 credentials \(positions 1\)") as caught,
            desk.store.begin() as work,
        ):
            work.credentials.commit(both)

        with desk.store.read() as work:
            assert work.credentials.bodies([one.credential_id]) == {}
        assert other.credential_id not in str(caught.value)

    def test_a_reservation_taken_over_for_other_content_is_not_committed(self, desk: Desk):
        old, new = {"number": 1, "name": "old"}, {"number": 1, "name": "new"}
        one, other = desk.receive(old, new)
        [first] = desk.reserve(desk.request(old, one))
        settle(desk.store, one)
        desk.reserve(desk.request(new, other))

        with pytest.raises(Conflict), desk.store.begin() as work:
            work.credentials.commit([desk.signed(first, old)])

    def test_a_number_never_reserved_is_a_conflict(self, desk: Desk):
        [item] = desk.receive({"number": 1})
        [reservation] = desk.reserve(desk.request({"number": 1}, item))
        settle(desk.store, item)
        with desk.store.begin() as work:
            work.credentials.refuse([reservation.credential_id])

        with pytest.raises(Conflict), desk.store.begin() as work:
            work.credentials.commit([desk.signed(reservation, {"number": 1})])
