"""Who has read a credential is told to those who may, and what one caller has read to operators."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from mohar.assembly.house import House
from mohar.domain.access import Actor, Reason
from mohar.domain.errors import InvalidInput, NotFound, NotPermitted
from mohar.domain.rendition import Wanted

WHY = Reason(purpose="travel", channel="api")
PARTNER = Actor(actor_id="door:border", name="border", scopes=frozenset({"read"}))


def key(house: House, name: str, *scopes: str) -> Actor:
    """Make a key, and return the actor that it stands for."""
    with house.store.begin() as work:
        text, _ = work.api_keys.create(name, frozenset(scopes))
    return house.callers.known(text)


class TestOfACredential:
    def test_every_read_is_told_by_the_title_of_its_caller_the_last_first(
        self, house: House, operator: Actor, numbers: Sequence[str]
    ) -> None:
        staff = key(house, "Room 4", "role:monitoring", "read:vaccination")
        plain = key(house, "A portal", "read:vaccination")
        house.access.draw(plain, numbers[0], Wanted(suffix="png", body="domestic"), reason=WHY)
        for actor in (staff, PARTNER):
            house.access.bodies(actor, numbers[0], reason=WHY)

        told = house.readers.of(operator, numbers[0], reason=Reason(channel="cli"))

        assert [each.caller for each in told[:3]] == [
            "border",
            "Whoever watches deliveries and what became of submissions",
            "A portal",
        ]
        assert {(each.purpose, each.channel, each.outcome) for each in told[:3]} == {
            ("travel", "api", "shown")
        }

    def test_a_look_at_the_reads_is_one_itself(
        self, house: House, operator: Actor, numbers: Sequence[str]
    ) -> None:
        house.readers.of(operator, numbers[0], reason=Reason(channel="cli"))

        (last, *_) = house.readers.of(operator, numbers[0], reason=Reason(channel="cli"))

        assert (last.caller, last.channel) == ("operator", "cli")

    def test_who_may_not_read_it_learns_of_no_reads(
        self, house: House, numbers: Sequence[str]
    ) -> None:
        stranger = Actor(actor_id="a", name="a", scopes=frozenset({"search"}))

        for number in (numbers[0], "1"):
            with pytest.raises(NotFound):
                house.readers.of(stranger, number, reason=WHY)


class TestByACaller:
    def test_all_of_its_reads_and_tries_are_told_and_nobody_elses(
        self, house: House, operator: Actor, numbers: Sequence[str]
    ) -> None:
        partner = key(house, "A partner", "read:vaccination")
        since = house.clock()
        for number in numbers:
            house.access.bodies(partner, number, reason=WHY)
        house.access.bodies(operator, numbers[0], reason=WHY)
        with pytest.raises(NotFound):
            house.access.bodies(partner, "1", reason=WHY)

        until = house.clock() + timedelta(seconds=1)
        found = list(house.readers.by(operator, partner.actor_id, since, until))

        assert [(each.credential_id, each.outcome) for each in found] == [
            (numbers[0], "shown"),
            (numbers[1], "shown"),
            ("", "not-found"),
        ]

    def test_pages_follow_one_another_without_a_gap(
        self,
        house: House,
        operator: Actor,
        numbers: Sequence[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr("mohar.access.readers._AT_ONCE", 2)
        partner = key(house, "Another", "read:vaccination")
        since = house.clock()
        for _ in range(5):
            house.access.bodies(partner, numbers[0], reason=WHY)

        found = list(
            house.readers.by(operator, partner.actor_id, since, house.clock() + timedelta(1))
        )

        assert len({each.read_id for each in found}) == len(found) == 5

    def test_an_export_stands_in_the_audit_log_before_anything_is_told(
        self, house: House, operator: Actor
    ) -> None:
        now = house.clock()

        house.readers.by(operator, "apikey:x", now - timedelta(1), now)

        with house.store.read() as work:
            told = [each for each in work.audit.page(0, 10_000) if each.action == "export-reads"]
        assert told[-1].facts["reader"] == "apikey:x"

    def test_only_operators_and_only_forward_in_time(self, house: House, operator: Actor) -> None:
        now = house.clock()

        with pytest.raises(NotPermitted):
            house.readers.by(PARTNER, "x", now - timedelta(1), now)
        with pytest.raises(InvalidInput):
            house.readers.by(operator, "x", now, now)
