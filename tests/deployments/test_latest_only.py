"""Where only the latest credential of a person may be corrected, an earlier one is not."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mohar.access.correct import CorrectionRefused
from mohar.assembly.house import House, build_house
from mohar.domain.access import Actor
from mohar.domain.correction import Correction
from mohar.domain.record import Message
from mohar.testing.deployments import sample_messages

OFFICER = Actor(actor_id="officer", name="test", scopes=frozenset({"*"}))
KIND = "vaccination"


@pytest.fixture
def house(deployed: Callable[..., Path]) -> Iterator[House]:
    folder = deployed("india")
    file = folder / "deployment.yaml"
    policy = "      limit: 1\n      only_latest: vaccination.dose\n"
    file.write_text(file.read_text().replace("      limit: 1\n", policy, 1))
    with build_house(folder) as house:
        yield house


@pytest.fixture
def doses(house: House, samples: Path) -> tuple[str, str]:
    """The credentials of the first and the second dose of one person."""
    first = next(each for each in sample_messages(samples) if each.variant == "v3").content
    second = copy.deepcopy(first)
    first["vaccination"] |= {"dose": 1, "totalDoses": 2, "date": "2021-06-01T09:30:00+05:30"}
    second["vaccination"] |= {"dose": 2, "totalDoses": 2, "date": "2021-09-01T09:30:00+05:30"}
    messages = [Message(content=each, variant="v3") for each in (first, second)]
    receipt = house.submit(OFFICER, KIND, messages, formats=["domestic"])
    one, two = (str(each.credential_id) for each in house.issue_now(OFFICER, receipt).outcomes)
    return one, two


def correct(house: House, number: str) -> str:
    """Return what came of a correction: its state, or the codes that spoke against it."""
    wish = Correction(
        credential_id=number,
        reason="a test",
        actor_id=OFFICER.actor_id,
        changes={"recipient.name": "Asha Namuna"},
    )
    message = Message(content={}, variant="v3", correction=wish)
    try:
        return house.corrections.correct(OFFICER, message).outcomes[0].state
    except CorrectionRefused as refused:
        return " ".join(sorted({each.code for each in refused.findings if each.is_error}))


def test_what_a_later_one_has_completed_is_not_corrected(house: House, doses: tuple[str, str]):
    first, second = doses

    assert correct(house, first) == "not-the-latest"
    assert correct(house, second) == "issued"


def test_once_the_later_one_is_revoked_the_earlier_one_is_the_latest(
    house: House, doses: tuple[str, str]
):
    first, second = doses
    house.changes.revoke_all(OFFICER, KIND, [second], "a test")

    assert correct(house, first) == "issued"
