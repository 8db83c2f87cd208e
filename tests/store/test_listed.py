"""What bodies bind that name no list is written down when their credential changes."""

from __future__ import annotations

import msgspec
import pytest

from mohar.domain.lifecycle import CredentialState
from mohar.domain.status import identifier_digest
from mohar.testing.stores import Desk


def issue(desk: Desk, number: int, *identifiers: str) -> str:
    """Issue one credential with a body for each identifier."""
    content = {"number": number}
    [intake_id] = desk.receive(content)
    [reservation] = desk.reserve(desk.request(content, intake_id))
    signed = desk.signed(reservation, content)
    bodies = tuple(
        msgspec.structs.replace(signed.bodies[0], body=f"b{place}", identifier=each or None)
        for place, each in enumerate(identifiers)
    )
    with desk.store.begin() as work:
        work.credentials.commit([msgspec.structs.replace(signed, bodies=bodies)])
    return reservation.credential_id


def test_only_what_changed_and_binds_something_is_listed(desk: Desk):
    changed, untouched, silent = issue(desk, 1, "A", ""), issue(desk, 2, "B"), issue(desk, 3, "")
    desk.change(changed, "revoked")
    desk.change(silent, "revoked")

    with desk.store.read() as work:
        assert untouched != changed
        assert list(work.listed.flagged()) == [(identifier_digest("A"), "revoked")]
        assert [state for state, _ in work.listed.states("A")] == ["revoked"]
        assert work.listed.states("B") == []


@pytest.mark.parametrize(
    ("states", "flagged", "count"),
    [
        (("suspended",), ["suspended"], 1),
        (("suspended", "current"), [], 2),
        (("suspended", "current", "revoked"), ["revoked"], 3),
    ],
)
def test_every_change_counts_and_the_last_one_tells(
    desk: Desk, states: tuple[CredentialState, ...], flagged: list[str], count: int
):
    number = issue(desk, 1, "A")
    for each in states:
        desk.change(number, each)

    with desk.store.read() as work:
        assert [state for _, state in work.listed.flagged()] == flagged
        assert work.listed.numbers("k1").count == count
        assert work.listed.numbers("k1").identifiers == (("A",) if flagged else ())
        assert work.listed.numbers("other").count == 0
        assert [len(history) for _, history in work.listed.states("A")] == [count]


def test_two_bodies_that_bind_the_same_are_both_listed_once(desk: Desk):
    number = issue(desk, 1, "A", "A")
    desk.change(number, "revoked")

    with desk.store.read() as work:
        assert work.listed.numbers("k1").identifiers == ("A",)
        assert [state for state, _ in work.listed.states("A")] == ["revoked"]


def test_the_digests_come_in_their_order(desk: Desk):
    for number in range(20):
        desk.change(issue(desk, number, f"id-{number}"), "revoked")

    with desk.store.read() as work:
        digests = [digest for digest, _ in work.listed.flagged()]

    assert digests == sorted(digests)
    assert len(digests) == 20


def test_after_a_restore_the_count_of_a_key_is_beyond_whatever_was_told_before(desk: Desk):
    desk.change(issue(desk, 1, "A"), "revoked")

    with desk.store.begin() as work:
        work.status.close_all()

        assert work.listed.numbers("k1").count == 1_000_001
