"""What was told of credentials that a restore has lost is told further."""

from __future__ import annotations

from mohar.domain.status import StatusSlot, identifier_digest
from mohar.store import Store
from mohar.testing.stores import Desk

LIST = "badge-revocation-1"


class TestSlots:
    def test_a_slot_without_a_credential_is_told_as_it_was(self, store: Store):
        slot = StatusSlot(list_id=LIST, index=7)
        with store.begin() as work:
            work.status.keep_closed({LIST: 1024})
            work.lost.note_slots({slot: "suspended"})
            work.lost.note_slots({slot: "revoked"})

        with store.read() as work:
            assert work.status.state_of(LIST, 7) == "revoked"
            assert work.status.state_of(LIST, 8) is None
            assert work.status.sheet(LIST).flagged == {7: "revoked"}

    def test_the_credential_that_is_there_counts_before_it(self, desk: Desk, store: Store):
        slot = desk.issue({"number": 1}).slot
        assert slot
        with store.begin() as work:
            work.lost.note_slots({slot: "revoked"})
            assert work.status.state_of(slot.list_id, slot.index) == "current"

    def test_a_list_that_was_lost_is_not_opened_anew(self, store: Store):
        with store.begin() as work:
            work.status.keep_closed({"badge-revocation-1": 1024, "badge-revocation-2": 1024})
            work.status.keep_closed({"badge-revocation-2": 1024})
            (slot,) = work.status.take("badge", "revocation", 1)

        assert slot.list_id == "badge-revocation-3"

    def test_the_name_of_a_kind_may_have_hyphens(self, store: Store):
        with store.begin() as work:
            work.status.keep_closed({"school-leaving-revocation-12": 1024})
            (slot,) = work.status.take("school-leaving", "revocation", 1)

        assert slot.list_id == "school-leaving-revocation-13"


class TestDigests:
    def test_a_digest_is_told_with_its_state_and_in_order(self, store: Store):
        told = {bytes([number]) * 16: "revoked" for number in (9, 3, 5)}
        with store.begin() as work:
            work.lost.note_digests(told)  # type: ignore[arg-type]  # a dict of one state
            flagged = list(work.listed.flagged())

        assert flagged == sorted(told.items())

    def test_an_identifier_is_told_by_its_digest(self, store: Store):
        with store.begin() as work:
            work.lost.note_digests({identifier_digest("urn:lost"): "revoked"})
            found = work.listed.states("urn:lost")

        assert found == [("revoked", ())]

    def test_only_what_nobody_is_listed_under_is_strange(self, store: Store):
        with store.read() as work:
            assert work.lost.strange([b"x" * 16]) == {b"x" * 16}


class TestCounts:
    def test_versions_and_serial_rise_beyond_what_was_lost(self, desk: Desk, store: Store):
        desk.issue({"number": 1})
        with store.begin() as work:
            before = work.status.serial()
            work.status.close_all()
            after = work.status.serial()

        assert after > before + 100_000
