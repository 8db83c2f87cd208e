"""After a restore: what had been told is compared with what is there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from mohar.assembly.restored import Begun, Told, begin_again
from mohar.domain.lifecycle import CredentialState
from mohar.domain.status import StatusSlot, identifier_digest
from mohar.store import Store
from mohar.store.rows import LostCounts, Reservation
from mohar.testing.stores import Desk, StandingClock, make_schema, new_vault

AT = datetime(2026, 3, 1, tzinfo=UTC)
LIST = "badge-revocation-1"


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr("mohar.store.status.LIST_SIZE", 1024)
    url = f"sqlite:///{tmp_path}/mohar.sqlite"
    make_schema(url)
    clock = StandingClock()
    with Store.open(url, new_vault(), clock) as store:
        yield Desk(store, clock)


def issue(desk: Desk, number: int, identifier: str, *, has_slot: bool = True) -> Reservation:
    content = {"number": number}
    [intake_id] = desk.receive(content)
    purpose = "revocation" if has_slot else None
    [reservation] = desk.reserve(desk.request(content, intake_id, list_purpose=purpose))
    signed = desk.signed(reservation, content)
    bodies = (msgspec.structs.replace(signed.bodies[0], identifier=identifier),)
    with desk.store.begin() as work:
        work.credentials.commit([msgspec.structs.replace(signed, bodies=bodies)])
    return reservation


def told(
    slots: dict[StatusSlot, CredentialState] | None = None, **identifiers: CredentialState
) -> Told:
    return Told(
        at=AT,
        sizes={LIST: 1024},
        slots=slots or {},
        identifiers=[(identifier_digest(name), state) for name, state in identifiers.items()],
    )


def begin(desk: Desk, what: Told) -> Begun:
    return begin_again(desk.store, "operator", what)


def test_a_change_that_was_lost_names_its_credential_once_and_nothing_is_told_in_its_place(
    desk: Desk,
):
    held = issue(desk, 1, "A")
    assert held.slot is not None

    begun = begin(desk, told({held.slot: "revoked"}, A="revoked"))

    assert begun.missed == {"revoked": [held.credential_id]}
    assert begun.kept == LostCounts(slots=0, identifiers=0)


def test_a_credential_without_a_slot_is_found_by_what_it_binds(desk: Desk):
    held = issue(desk, 1, "A", has_slot=False)

    begun = begin(desk, told(A="suspended", B="revoked"))

    assert begun.missed == {
        "suspended": [held.credential_id],
        "lost-identifier": [identifier_digest("B").hex()],
    }
    assert begun.kept == LostCounts(slots=0, identifiers=1)


def test_what_was_told_of_a_lost_credential_that_binds_the_same_is_told_on(desk: Desk):
    """
    The correction of one that is here was revoked, and lost.
    """
    held = issue(desk, 1, "A")
    assert held.slot is not None
    what = told({held.slot: "superseded"}, A="superseded")
    revoked = (identifier_digest("A"), "revoked")

    begun = begin(desk, msgspec.structs.replace(what, identifiers=[*what.identifiers, revoked]))

    assert begun.missed == {
        "superseded": [held.credential_id],
        "lost-identifier": [identifier_digest("A").hex()],
    }
    with desk.store.read() as work:
        assert list(work.listed.flagged()) == [revoked]


def test_what_is_as_it_was_told_or_has_gone_further_is_not_missed(desk: Desk):
    same, further = issue(desk, 1, "A"), issue(desk, 2, "B")
    assert same.slot is not None
    assert further.slot is not None
    desk.change(same.credential_id, "suspended")
    desk.change(further.credential_id, "revoked")
    slots: dict[StatusSlot, CredentialState] = {
        same.slot: "suspended",
        further.slot: "suspended",
    }

    begun = begin(desk, told(slots, A="suspended", B="suspended"))

    assert begun.missed == {}
    assert begun.kept == LostCounts(slots=0, identifiers=0)


def test_a_reservation_whose_credential_was_revoked_and_lost_is_not_used_again(desk: Desk):
    [item] = desk.receive({"number": 1})
    request = desk.request({"number": 1}, item)
    [before] = desk.reserve(request)
    assert before.slot is not None

    begun = begin(desk, told({before.slot: "revoked"}))
    [after] = desk.reserve(request)

    assert begun.missed == {"lost": [f"{LIST}#{before.slot.index}"]}
    assert after.credential_id != before.credential_id
    assert after.slot not in {before.slot, None}


def test_a_second_run_finds_and_keeps_the_same(desk: Desk):
    held = issue(desk, 1, "A")
    assert held.slot is not None
    lost = StatusSlot(list_id="badge-revocation-2", index=5)
    what = msgspec.structs.replace(
        told({held.slot: "suspended", lost: "revoked"}, A="suspended", B="superseded"),
        sizes={LIST: 1024, "badge-revocation-2": 1024},
    )

    first = begin(desk, what)
    with desk.store.read() as work:
        sheets = [work.status.sheet(each).flagged for each in work.status.lists()]
        bound = list(work.listed.flagged())
    second = begin(desk, what)

    assert second == msgspec.structs.replace(first, closed=0)
    assert first.kept == LostCounts(slots=1, identifiers=1)
    assert sheets == [{}, {5: "revoked"}]
    with desk.store.read() as work:
        assert [work.status.sheet(each).flagged for each in work.status.lists()] == sheets
        assert list(work.listed.flagged()) == bound


def test_without_a_snapshot_lists_are_closed_and_nothing_is_told(desk: Desk):
    issue(desk, 1, "A")

    begun = begin_again(desk.store, "operator")

    assert begun == Begun(closed=1, missed={}, kept=LostCounts(slots=0, identifiers=0))
