"""A person with many certificates finds on each line what that one says, and nothing of another."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from mohar.access.own import Chosen, OwnCertificates
from mohar.assembly.house import House
from mohar.domain.access import Actor
from mohar.domain.correction import Correction
from mohar.domain.record import Message
from mohar.domain.rendition import Wanted
from mohar.revoking.change import Wish
from mohar.testing.deployments import sample_messages

ROOT = Path(__file__).resolve().parents[2]
KIND = "vaccination"
MOBILE = "5550004242"
BORN = {"birth-year": "1988"}
MIXED = (4, 1, 6, 3, 5, 2)


@pytest.fixture(scope="module")
def of_dose(house: House, operator: Actor) -> Mapping[int, str]:
    """The numbers of the certificates of six doses of one person, issued in a mixed order."""
    first = sample_messages(ROOT / "config" / "india" / "samples" / "records.jsonl")[0]
    messages = [_dose(first, dose) for dose in MIXED]
    receipt = house.issue_now(operator, house.submit(operator, KIND, messages))
    assert {each.state for each in receipt.outcomes} == {"issued"}
    return {
        dose: each.credential_id or "" for dose, each in zip(MIXED, receipt.outcomes, strict=True)
    }


@pytest.fixture(scope="module")
def current(house: House, operator: Actor, of_dose: Mapping[int, str]) -> Mapping[int, str]:
    """The same after two were corrected, one was revoked and one suspended."""
    numbers = dict(of_dose)
    for dose, name in ((3, "Bina A"), (5, "Bina B")):
        wish = Correction(
            credential_id=numbers[dose],
            reason="misspelt",
            actor_id=operator.actor_id,
            changes={"recipient.name": name},
        )
        receipt = house.corrections.correct(operator, Message(content={}, correction=wish))
        numbers[dose] = receipt.outcomes[0].credential_id or ""
    house.changes.change(operator, Wish(action="revoke", actor_id="o", reason="x"), numbers.pop(1))
    house.changes.change(operator, Wish(action="suspend", actor_id="o", reason="x"), numbers.pop(6))
    return numbers


@pytest.fixture
def own(house: House) -> OwnCertificates:
    assert house.holders is not None
    return house.holders.own


@pytest.fixture
def token(house: House, monkeypatch: pytest.MonkeyPatch) -> str:
    """The token of the person's session."""
    assert house.holders is not None
    to, codes = house.holders, []
    monkeypatch.setattr(to.rooms._codes, "_send", codes.append)
    transaction = to.rooms.send_code(to.actor, MOBILE, "192.0.2.9")
    return to.rooms.confirm(to.actor, transaction, codes[0].code, "192.0.2.9")


def test_each_line_shows_its_own_detail(
    house: House, own: OwnCertificates, token: str, current: Mapping[int, str]
) -> None:
    assert house.holders is not None
    (member,) = house.holders.rooms.members(house.holders.actor, token)
    listed = own.choose(token, member.handle, BORN)

    shown = [(int(each.details["dose"]), each.credential_id) for each in listed]
    assert shown == sorted(current.items())
    assert [each["dose"] for each in member.details] == [str(dose) for dose, _ in shown]
    drawn = Wanted(suffix="png")
    for each in listed:
        picture = own.draw(Chosen(token, member.handle, each.handle), drawn)
        assert picture == house.access.draw(house.holders.actor, each.credential_id, drawn)


def _dose(message: Message, dose: int) -> Message:
    content: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(message.content))
    content["preEnrollmentCode"] = "99000000004242"
    content["recipient"]["contact"] = [f"tel:{MOBILE}"]
    content["vaccination"] |= {"dose": dose, "totalDoses": 2}
    return msgspec.structs.replace(message, content=content)
