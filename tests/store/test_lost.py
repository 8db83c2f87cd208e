"""What a restore lost is told on: by slot, by identifier, and in every list that is published."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from mohar.domain.errors import NotFound
from mohar.domain.lifecycle import CredentialState
from mohar.domain.status import StatusSlot, identifier_digest
from mohar.store import Store
from mohar.store.rows import LostCounts, LostState
from mohar.store.status import list_name, list_named
from mohar.testing.stores import Desk

AT = datetime(2026, 3, 1, tzinfo=UTC)
LATER = datetime(2026, 4, 1, tzinfo=UTC)
LIST = "badge-revocation-1"


def slot(index: int, list_id: str = LIST) -> StatusSlot:
    return StatusSlot(list_id=list_id, index=index)


def keep(
    store: Store, index: int, state: CredentialState, at: datetime = AT, identifier: str = "X"
) -> None:
    """Keep a slot and an identifier of one state."""
    with store.begin() as work:
        work.lost.add_lists({LIST: 1024})
        work.lost.keep_slots([(slot(index), state)], at)
        work.lost.keep_identifiers([(identifier_digest(identifier), state)], at)


def issue(desk: Desk, number: int, identifier: str) -> str:
    content = {"number": number}
    [intake_id] = desk.receive(content)
    [reservation] = desk.reserve(desk.request(content, intake_id))
    signed = desk.signed(reservation, content)
    bodies = (msgspec.structs.replace(signed.bodies[0], identifier=identifier),)
    with desk.store.begin() as work:
        work.credentials.commit([msgspec.structs.replace(signed, bodies=bodies)])
    return reservation.credential_id


class TestKept:
    def test_a_list_tells_of_lost_slots_beside_those_it_knows(self, desk: Desk):
        issued = desk.issue({"number": 1})
        assert issued.slot is not None
        desk.change(issued.credential_id, "revoked")
        free = (issued.slot.index + 1) % 1024
        keep(desk.store, free, "suspended")

        with desk.store.read() as work:
            assert work.status.sheet(LIST).flagged == {
                issued.slot.index: "revoked",
                free: "suspended",
            }
            assert work.lost.in_slot(slot(free)) == LostState(state="suspended", since=AT)
            assert work.lost.in_slot(issued.slot) is None

    def test_digests_of_lost_identifiers_come_in_order_with_the_others(self, desk: Desk):
        for number in range(6):
            desk.change(issue(desk, number, f"known-{number}"), "revoked")
            keep(desk.store, number, "revoked", identifier=f"lost-{number}")

        with desk.store.read() as work:
            digests = [digest for digest, _ in work.listed.flagged()]
            lost, unknown = work.lost.bound_by("lost-3"), work.lost.bound_by("nobody")

        assert digests == sorted(digests)
        assert len(digests) == 12
        assert lost == LostState(state="revoked", since=AT)
        assert unknown is None

    @pytest.mark.parametrize(
        ("states", "expected"),
        [
            (["revoked", "revoked"], "revoked"),
            (["suspended", "superseded"], "superseded"),
            (["suspended", "revoked"], "revoked"),
            (["superseded", "revoked"], "revoked"),
            (["superseded", "suspended"], "superseded"),
            (["revoked", "superseded"], "revoked"),
        ],
    )
    def test_what_is_told_again_is_kept_once_and_never_gets_better(
        self, store: Store, states: list[CredentialState], expected: CredentialState
    ):
        keep(store, 7, states[0])
        keep(store, 7, states[1], LATER)

        with store.read() as work:
            assert work.lost.in_slot(slot(7)) == LostState(state=expected, since=AT)
            assert work.lost.bound_by("X") == LostState(state=expected, since=AT)
            assert work.lost.counts() == LostCounts(slots=1, identifiers=1)


class TestLists:
    def test_no_list_has_the_name_of_one_that_was_lost(self, desk: Desk):
        """
        Neither of one that is told of, nor of one that was opened later still.
        """
        desk.issue({"number": 1})
        with desk.store.begin() as work:
            work.lost.add_lists(
                {LIST: 1024, "badge-revocation-7": 512, "new-kind-revocation-2": 512}
            )
            assert work.status.close_all() == 1

        with desk.store.begin() as work:
            [first] = work.status.take("badge", "revocation", 1)
            [second] = work.status.take("new-kind", "revocation", 1)
            lists = work.status.lists()
            told = work.status.sheet("badge-revocation-7")

        assert (first.list_id, second.list_id) == (
            "badge-revocation-1008",
            "new-kind-revocation-1003",
        )
        assert lists == [
            LIST,
            "badge-revocation-7",
            first.list_id,
            "new-kind-revocation-2",
            second.list_id,
        ]
        assert (told.size, told.flagged) == (512, {})

    def test_a_name_is_read_as_it_was_made(self):
        assert list_named(list_name("a-kind-2", "revocation", 12)) == ("a-kind-2", "revocation", 12)

    @pytest.mark.parametrize("name", ["", "snapshot", "badge-revocation-", "badge-revocation-0"])
    def test_what_is_no_name_of_a_list_is_said_so(self, name: str):
        with pytest.raises(NotFound):
            list_named(name)


class TestHolders:
    def test_whoever_binds_an_identifier_is_found_by_its_digest(self, desk: Desk):
        number = issue(desk, 1, "A")
        issue(desk, 2, "B")
        wanted = [identifier_digest("A"), identifier_digest("C")]

        with desk.store.read() as work:
            found = work.lost.holders(wanted)
            assert work.lost.holders([]) == {}

        assert {
            digest: [each.credential_id for each in some] for digest, some in found.items()
        } == {wanted[0]: [number]}

    def test_a_reservation_that_is_given_up_gets_another_number_and_slot(self, desk: Desk):
        [item] = desk.receive({"number": 1})
        request = desk.request({"number": 1}, item)
        [before] = desk.reserve(request)
        assert before.slot is not None
        with desk.store.begin() as work:
            [holder] = work.status.held_in([before.slot])
            assert holder is not None
            work.lost.give_up([holder.credential_id])

        [after] = desk.reserve(request)

        assert not holder.is_issued
        assert after.state == "fresh"
        assert after.credential_id != before.credential_id
        assert after.slot != before.slot

    def test_a_credential_is_not_given_up(self, desk: Desk):
        issued = desk.issue({"number": 1})

        with desk.store.begin() as work:
            work.lost.give_up([issued.credential_id])
            assert issued.credential_id in work.credentials.find([issued.credential_id])
