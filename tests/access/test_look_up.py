"""Doors look credentials up by what a holder knows, and give no picture of what is not valid."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from mohar.access.pages import NoLongerValid
from mohar.assembly.house import House
from mohar.domain.access import Actor
from mohar.domain.correction import Correction
from mohar.domain.credential import Outcome
from mohar.domain.errors import InvalidInput, NotFound, NotPermitted
from mohar.domain.lifecycle import LifecycleAction
from mohar.domain.record import Message
from mohar.domain.rendition import Wanted
from mohar.plugin import Lookup, Match
from mohar.revoking.change import Wish
from mohar.testing.deployments import sample_messages

KIND = "vaccination"
QR = Wanted(suffix="png", body="domestic")
ROOT = Path(__file__).resolve().parents[2]
Find = Callable[..., Sequence[Match]]
Issue = Callable[[str], str]


@pytest.fixture
def find(house: House, operator: Actor) -> Find:
    """Look up in the kind that is issued here."""

    def look_up(**known: Any) -> Sequence[Match]:
        return house.access.look_up(operator, Lookup(kind=KIND, **known))

    return look_up


@pytest.fixture(scope="session")
def person() -> Message:
    """The first record of the samples, as it came."""
    return sample_messages(ROOT / "config" / "india" / "samples" / "records.jsonl")[0]


@pytest.fixture
def issue(house: House, operator: Actor, person: Message) -> Callable[[str], str]:
    """Issue a record like the first one to somebody else, and return its number."""

    def issued(code: str) -> str:
        message = Message(
            variant=person.variant, content={**person.content, "preEnrollmentCode": code}
        )
        receipt = house.issue_now(operator, house.submit(operator, KIND, [message]))
        return _issued(receipt.outcomes[0])

    return issued


class TestLookUp:
    def test_a_group_finds_all_current_credentials_of_it(
        self, find: Find, numbers: Sequence[str], person: Message
    ) -> None:
        found = find(group=person.content["preEnrollmentCode"])

        assert {each.credential_id for each in found} == set(numbers)
        assert {body.body for body in found[0].secured} >= {"domestic"}

    def test_a_handle_must_be_that_of_the_credential(
        self, find: Find, numbers: Sequence[str], person: Message
    ) -> None:
        group, mobile = person.content["preEnrollmentCode"], _mobile(person)

        right = find(group=group, handles={"mobile": mobile})
        wrong = find(group=group, handles={"mobile": "0000000000"})
        unknown = find(group="nobody", handles={"mobile": mobile})

        assert {each.credential_id for each in right} == set(numbers)
        assert (wrong, unknown) == ([], [])

    @pytest.mark.usefixtures("numbers")
    def test_what_is_masked_is_told_and_no_more(self, find: Find, person: Message) -> None:
        mobile = _mobile(person)

        (first, *_) = find(handles={"mobile": mobile})

        assert first.masked["mobile"].endswith(mobile[-4:])
        assert mobile not in first.masked["mobile"]

    def test_a_number_finds_itself_and_with_a_wrong_handle_nothing(
        self, find: Find, numbers: Sequence[str]
    ) -> None:
        (found,) = find(credential_id=numbers[0])

        assert found.credential_id == numbers[0]
        assert find(credential_id=numbers[0], handles={"mobile": "0000000000"}) == []
        assert find(credential_id="1\x00") == find(credential_id="1") == []

    @pytest.mark.usefixtures("numbers")
    def test_every_question_is_as_many_statements_whether_anything_is_there_or_not(
        self, house: House, find: Find, person: Message
    ) -> None:
        def statements(**known: Any) -> list[str]:
            seen: list[str] = []

            def note(_c: Any, _r: Any, statement: str, *_more: Any) -> None:
                seen.append(statement)

            engine = house.store._engine
            sa.event.listen(engine, "before_cursor_execute", note)
            find(**known)
            sa.event.remove(engine, "before_cursor_execute", note)
            return seen

        mismatch = statements(
            group=person.content["preEnrollmentCode"], handles={"mobile": "0000000000"}
        )
        unknown = statements(group="nobody", handles={"mobile": _mobile(person)})

        assert mismatch == unknown

    def test_nothing_at_all_and_half_a_key_are_told(self, find: Find) -> None:
        with pytest.raises(InvalidInput, match="names an id, a group"):
            find()
        with pytest.raises(InvalidInput, match="give all of it"):
            find(key={"pre_enrollment_code": "1"})

    def test_who_may_not_search_learns_nothing(self, house: House) -> None:
        reader = Actor(actor_id="a", name="a", scopes=frozenset({f"read:{KIND}"}))

        with pytest.raises(NotPermitted):
            house.access.look_up(reader, Lookup(kind=KIND, group="1"))
        with pytest.raises(NotFound):
            house.access.look_up(reader, Lookup(kind="nothing", group="1"))


class TestLife:
    """What became of a credential since it was handed out."""

    def test_a_corrected_one_is_drawn_and_found_as_its_successor(
        self, house: House, operator: Actor, find: Find, issue: Issue
    ) -> None:
        old = issue("99000000000101")
        wish = Correction(
            credential_id=old,
            reason="misspelt",
            actor_id=operator.actor_id,
            changes={"recipient.name": "Bina Parikshaa"},
        )
        receipt = house.corrections.correct(operator, Message(content={}, correction=wish))
        new = _issued(receipt.outcomes[0])

        (found,) = find(credential_id=old)

        assert found.credential_id == new
        assert (
            house.access.draw(operator, old, QR).content
            == house.access.draw(operator, new, QR).content
        )

    @pytest.mark.parametrize(
        ("action", "code"), [("revoke", "99000000000102"), ("suspend", "99000000000103")]
    )
    def test_a_revoked_or_suspended_one_is_neither_found_nor_drawn(
        self,
        house: House,
        operator: Actor,
        find: Find,
        issue: Issue,
        action: LifecycleAction,
        code: str,
    ) -> None:
        number = issue(code)
        wish = Wish(action=action, actor_id=operator.actor_id, reason="lost")
        house.changes.change(operator, wish, number)

        assert find(credential_id=number) == []
        with pytest.raises(NoLongerValid):
            house.access.draw(operator, number, QR)
        assert house.access.bodies(operator, number)


def _mobile(message: Message) -> str:
    contact: str = message.content["recipient"]["contact"][0]
    return contact.removeprefix("tel:")


def _issued(outcome: Outcome) -> str:
    assert outcome.credential_id is not None, outcome.state
    return outcome.credential_id
