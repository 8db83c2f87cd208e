from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mohar.domain.errors import NotFound
from mohar.domain.status import StatusSlot
from mohar.store import Store
from mohar.store.permutation import permutation
from mohar.store.status import LIST_SIZE
from mohar.testing.stores import Desk, roll_back


@pytest.fixture
def small_lists(monkeypatch: pytest.MonkeyPatch) -> int:
    """Lists of ten bits, so that a test can fill them."""
    monkeypatch.setattr("mohar.store.status.LIST_SIZE", 10)
    return 10


class TestPermutation:
    @given(st.binary(min_size=1, max_size=40), st.integers(0, 300))
    @settings(max_examples=40, deadline=None)
    def test_every_index_comes_once(self, key: bytes, size: int):
        assert sorted(permutation(key, size)) == list(range(size))

    def test_the_same_key_gives_the_same_order_and_another_key_another(self):
        assert list(permutation(b"a", 1000)) == list(permutation(b"a", 1000))
        assert list(permutation(b"a", 1000)) != list(permutation(b"b", 1000))


class TestSlots:
    def test_a_full_list_is_followed_by_a_new_one(self, store: Store, small_lists: int):
        with store.begin() as work:
            slots = [*work.status.take("badge", "revocation", 7)]
            slots += work.status.take("badge", "revocation", 16)

        by_list = {slot.list_id: set[int]() for slot in slots}
        for slot in slots:
            by_list[slot.list_id].add(slot.index)
        assert len(set(map(str, slots))) == 23
        assert {name: len(taken) for name, taken in by_list.items()} == {
            "badge-revocation-1": small_lists,
            "badge-revocation-2": small_lists,
            "badge-revocation-3": 3,
        }
        assert by_list["badge-revocation-1"] == set(range(small_lists))

    def test_another_process_goes_on_where_the_first_one_stopped(
        self, opened: Callable[..., Store], small_lists: int
    ):
        slots = []
        for _ in range(small_lists):
            with opened().begin() as work:
                slots += work.status.take("badge", "revocation", 1)

        assert {slot.index for slot in slots} == set(range(small_lists))

    def test_kinds_and_purposes_have_lists_of_their_own(self, store: Store):
        with store.begin() as work:
            names = [
                work.status.take(kind, purpose, 1)[0].list_id
                for kind in ("badge", "diploma")
                for purpose in ("revocation", "suspension")
            ]

        assert names == [
            "badge-revocation-1",
            "badge-suspension-1",
            "diploma-revocation-1",
            "diploma-suspension-1",
        ]

    def test_what_was_rolled_back_is_given_out_again(self, store: Store, small_lists: int):
        roll_back(store, lambda work: work.status.take("badge", "revocation", 5))

        with store.begin() as work:
            slots = work.status.take("badge", "revocation", small_lists)
        assert {slot.list_id for slot in slots} == {"badge-revocation-1"}

    @pytest.mark.usefixtures("small_lists")
    def test_threads_never_share_a_slot(self, store: Store, opened: Callable[..., Store]):
        slots: list[StatusSlot] = []

        def run() -> None:
            mine = opened()
            for count in (1, 3, 4, 5):
                with mine.begin() as work:
                    taken = work.status.take("badge", "revocation", count)
                slots.extend(taken)

        store.check()
        threads = [threading.Thread(target=run) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert len({(slot.list_id, slot.index) for slot in slots}) == len(slots) == 52
        assert len({slot.list_id for slot in slots}) == 6

    def test_a_list_is_large_enough_to_hide_in(self, store: Store, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr("mohar.store.status.LIST_SIZE", LIST_SIZE)

        with store.begin() as work:
            [slot] = work.status.take("badge", "revocation", 1)

        assert LIST_SIZE == 131_072
        assert 0 <= slot.index < LIST_SIZE


class TestStates:
    def test_a_slot_tells_the_state_of_its_credential(self, desk: Desk):
        issued = desk.issue({"number": 1})
        [item] = desk.receive({"number": 2})
        [reserved] = desk.reserve(desk.request({"number": 2}, item))
        nobody = StatusSlot(list_id="badge-revocation-9", index=0)

        with desk.store.read() as work:
            states = work.status.states_of([nobody, reserved.slot, issued.slot])
            assert work.status.state_of(issued.slot.list_id, issued.slot.index) == "current"
            assert work.status.states_of([]) == []

        assert states == [None, "reserved", "current"]

    def test_a_sheet_says_what_is_not_good(self, desk: Desk):
        issued = [desk.issue({"number": n}) for n in range(4)]
        for each, after in zip(issued, ("revoked", "suspended", "superseded"), strict=False):
            desk.change(each.credential_id, after)

        with desk.store.read() as work:
            sheet = work.status.sheet("badge-revocation-1")

        assert (sheet.kind, sheet.version) == ("badge", 3)
        assert sheet.flagged == {
            issued[0].slot.index: "revoked",
            issued[1].slot.index: "suspended",
            issued[2].slot.index: "superseded",
        }

    def test_lists_are_told_by_name(self, desk: Desk):
        desk.issue({"number": 1})

        with desk.store.read() as work:
            assert work.status.lists() == ["badge-revocation-1"]
            assert work.status.version("badge-revocation-1") == 0

    def test_an_unknown_list_is_not_an_empty_one(self, store: Store):
        with store.read() as work, pytest.raises(NotFound, match="no such status list"):
            work.status.sheet("gone")
        with store.read() as work, pytest.raises(NotFound, match="no such status list"):
            work.status.version("gone")
