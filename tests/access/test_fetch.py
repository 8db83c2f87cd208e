"""Credentials are handed to those who may have them."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from mohar.assembly.house import House
from mohar.domain.access import Actor
from mohar.domain.credential import Outcome
from mohar.domain.errors import InvalidInput, NotFound, NotPermitted
from mohar.domain.rendition import Rendition, Wanted

CODE = "99000000000001"
BODIES = ["domestic", "international", "eu", "ddcc", "ddcc-care", "shc"]


def actor(*scopes: str) -> Actor:
    return Actor(actor_id="a1", name="test", scopes=frozenset(scopes))


class TestBodies:
    def test_all_of_them_or_the_one_named_by_body_or_profile(
        self, house: House, operator: Actor, numbers: Sequence[str]
    ) -> None:
        every = house.access.bodies(operator, numbers[0])

        (one,) = house.access.bodies(operator, numbers[0], "international")
        (other,) = house.access.bodies(operator, numbers[0], "continuity-of-care")
        assert [each.body for each in every] == BODIES
        assert (one, other) == (every[1], every[4])

    def test_no_such_credential_not_yours_and_no_such_body_are_one_answer(
        self, house: House, operator: Actor, numbers: Sequence[str]
    ) -> None:
        asked = [
            (operator, "1", None),
            (operator, "", None),
            (operator, "1\x00", None),
            (actor("issue", "search"), numbers[0], None),
            (actor("read:other"), numbers[0], None),
            (actor(), numbers[0], None),
            (operator, numbers[0], "other"),
        ]
        told = set()
        for who, number, body in asked:
            with pytest.raises(NotFound) as caught:
                house.access.bodies(who, number, body)
            told.add(str(caught.value))

        assert len(told) == 1
        assert numbers[0] not in told.pop()


class TestDrawings:
    def test_the_paper_of_one_dose_shows_the_whole_group(
        self, house: House, operator: Actor, numbers: Sequence[str]
    ) -> None:
        """
        A credential among current ones is drawn with them; both doses are on either paper.
        """
        secured = house.access.bodies(operator, numbers[0], "domestic")[0]

        drawn = house.access.drawings(operator, secured)

        assert [option.name for option, _ in drawn][:1] == ["certificate"]
        assert "international" not in [option.name for option, _ in drawn]
        assert all(isinstance(each, Rendition) for _, each in drawn[:1])

    def test_only_who_may_read_gets_them(
        self, house: House, operator: Actor, numbers: Sequence[str]
    ) -> None:
        secured = house.access.bodies(operator, numbers[0])[0]

        with pytest.raises(NotPermitted):
            house.access.drawings(actor("search"), secured)

    def test_the_first_body_that_has_such_a_form_is_drawn(
        self, house: House, operator: Actor, numbers: Sequence[str]
    ) -> None:
        wanted = Wanted(suffix="pdf", rendering="certificate")

        assert house.access.draw(operator, numbers[1], wanted).suffix == "pdf"
        with pytest.raises(NotFound):
            house.access.draw(operator, numbers[1], Wanted(suffix="docx"))

    def test_what_cannot_be_drawn_whole_is_refused_with_its_reason(
        self, house: House, operator: Actor, numbers: Sequence[str]
    ) -> None:
        with pytest.raises(InvalidInput) as caught:
            house.access.draw(operator, numbers[0], Wanted(suffix="png", parameters={"px": 1}))

        assert caught.value.findings[0].code == "qr-bad-size"


class TestBehind:
    def test_the_submitter_gets_the_bodies_in_the_order_of_the_records(
        self,
        house: House,
        operator: Actor,
        outcomes: Sequence[Outcome],
        numbers: Sequence[str],
    ) -> None:
        found = house.access.behind(operator, outcomes)

        assert [(each.credential_id, each.body) for each in found] == [
            (number, body) for number in numbers[:2] for body in BODIES
        ]

    def test_what_was_not_issued_has_none_and_what_comes_twice_is_given_once(
        self, house: House, operator: Actor, outcomes: Sequence[Outcome]
    ) -> None:
        refused = Outcome(position=0, state="refused")

        assert house.access.behind(operator, [refused]) == []
        again = house.access.behind(operator, [outcomes[0], refused, outcomes[0]])
        assert [each.body for each in again] == BODIES


class TestCurrent:
    def test_a_whole_natural_key_finds_what_was_issued_for_it(
        self, house: House, numbers: Sequence[str]
    ) -> None:
        key = {"vaccination.dose": 2, "pre_enrollment_code": CODE}

        found = house.access.current(actor("search:vaccination"), "vaccination", key)

        assert {each.credential_id for each in found} == {numbers[1]}
        assert [each.body for each in found] == BODIES

    def test_a_key_of_nobody_finds_nothing(self, house: House, operator: Actor) -> None:
        key = {"vaccination.dose": 9, "pre_enrollment_code": CODE}

        assert house.access.current(operator, "vaccination", key) == []

    @pytest.mark.parametrize("key", [{}, {"vaccination.dose": 1}, {"a": 1, "b": 2}])
    def test_half_a_key_is_refused_and_not_repeated(
        self, house: House, operator: Actor, key: dict[str, int]
    ) -> None:
        with pytest.raises(InvalidInput, match="give all of it"):
            house.access.current(operator, "vaccination", key)

    def test_permission_comes_before_anything_else(self, house: House, operator: Actor) -> None:
        with pytest.raises(NotPermitted):
            house.access.current(actor("read"), "nothing", {})
        with pytest.raises(NotFound):
            house.access.current(operator, "nothing", {})


class TestRevisionsOf:
    def test_each_number_leads_to_all_revisions_of_what_it_is_one_of(
        self, house: House, numbers: Sequence[str]
    ) -> None:
        asked = [numbers[0], "10000000000", "no\x00number", numbers[1]]
        found = house.access.revisions_of(actor("search:vaccination"), "vaccination", asked)

        told = [[each.credential_id for each in revisions] for revisions in found]
        assert told == [[numbers[0]], [], [], [numbers[1]]]

    def test_who_may_neither_search_nor_change_learns_nothing(
        self, house: House, operator: Actor, numbers: Sequence[str]
    ) -> None:
        with pytest.raises(NotPermitted):
            house.access.revisions_of(actor("read"), "vaccination", numbers)
        with pytest.raises(NotFound):
            house.access.revisions_of(operator, "nothing", numbers)
