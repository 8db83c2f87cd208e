"""A scope that is limited by what records say: reads, searches, changes and submissions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from mohar.assembly.house import House
from mohar.domain.access import Actor, Grant, Limit
from mohar.domain.errors import NotFound, NotPermitted
from mohar.domain.record import Message
from mohar.testing.deployments import sample_messages

ROOT = Path(__file__).resolve().parents[2]
KIND = "vaccination"
SINGLE = frozenset({"issue", "revoke", "read", "search"})


def facility(house: House, number: str) -> str:
    with house.store.read() as work:
        content = work.credentials.record_of([number])[number].content
    return str(content["facility"]["name"])


def staff(*names: str, may: frozenset[str] = SINGLE) -> Actor:
    limits = (Limit(path="facility.name", values=frozenset(names)),)
    return Actor(actor_id="staff", name="staff", grants=(Grant(may=may),), limits=limits)


class TestReading:
    def test_one_reads_what_is_within_and_finds_nothing_else(
        self, house: House, numbers: Sequence[str]
    ) -> None:
        own = facility(house, numbers[0])

        assert house.access.bodies(staff(own), numbers[0])
        for stranger in (staff("Elsewhere"), staff()):
            with pytest.raises(NotFound):
                house.access.bodies(stranger, numbers[0])

    def test_a_scope_without_limits_beside_it_opens_more(
        self, house: House, numbers: Sequence[str]
    ) -> None:
        limited = Grant(may=SINGLE, where=(Limit(path="facility.name", values=frozenset()),))
        actor = Actor(actor_id="a", name="a", scopes=frozenset({"read"}), grants=(limited,))

        assert house.access.bodies(actor, numbers[0])

    def test_limits_hold_for_text_scopes_and_for_everything(
        self, house: House, numbers: Sequence[str]
    ) -> None:
        limits = (Limit(path="facility.name", values=frozenset({"Elsewhere"})),)
        for scope in ("*", "read", f"read:{KIND}"):
            actor = Actor(actor_id="a", name="a", scopes=frozenset({scope}), limits=limits)

            with pytest.raises(NotFound):
                house.access.bodies(actor, numbers[0])

    def test_what_is_done_to_no_single_record_is_not_permitted_within_limits(self) -> None:
        everything = staff("Anywhere", may=frozenset({"*"}))

        assert not everything.may("operate")
        assert not everything.anywhere("operate").may("operate")
        assert everything.anywhere("read").may("read")


class TestChanging:
    def test_what_is_outside_cannot_be_revoked_and_looks_as_if_it_were_not_there(
        self, house: House, numbers: Sequence[str]
    ) -> None:
        with pytest.raises(NotFound):
            house.changes.revoke_all(staff("Elsewhere"), KIND, [numbers[0]], "a mistake")


class TestSubmitting:
    @pytest.fixture
    def messages(self) -> Sequence[Message]:
        return sample_messages(ROOT / "config" / "india" / "samples" / "records.jsonl")[10:12]

    def test_one_sends_its_own_records_and_a_strangers_refuses_the_submission(
        self, house: House, messages: Sequence[Message]
    ) -> None:
        own = [str(each.content["facility"]["name"]) for each in messages]

        with pytest.raises(NotPermitted, match="nothing of the submission was kept"):
            house.submit(staff("Elsewhere", own[0]), KIND, [*messages, _moved(messages[0])])
        receipt = house.submit(staff(*own), KIND, messages)

        assert len(receipt.outcomes) == 2

    def test_a_file_is_looked_through_before_it_is_kept(
        self, house: House, messages: Sequence[Message]
    ) -> None:
        lines = b"\n".join(msgspec.json.encode(each.content) for each in messages)

        with pytest.raises(NotPermitted):
            house.upload(staff("Elsewhere"), KIND, "records.jsonl", lines)


def _moved(message: Message) -> Message:
    content = {**message.content, "facility": {**message.content["facility"], "name": "Nowhere"}}
    return msgspec.structs.replace(message, content=content)
