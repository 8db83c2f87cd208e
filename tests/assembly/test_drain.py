"""What waits is issued in the end: an outage costs time, and a bad record nobody but itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from mohar.assembly.house import House, build_house
from mohar.domain.access import Actor
from mohar.domain.clock import utc_now
from mohar.domain.credential import Credential
from mohar.domain.errors import MoharError, Unavailable
from mohar.domain.record import Message
from mohar.testing.stores import StandingClock

ROUND_SECONDS = 5
HOUR = 3600


class Faulty:
    """A workshop with a fault that can be mended; it counts how often it was asked."""

    def __init__(self, whole: Any) -> None:
        self._whole = whole
        self.is_down = False
        self.poison: str | None = None
        self.asked = 0

    def secure(self, kind: str, body: str, credentials: Sequence[Credential]) -> Any:
        """Sign, unless something is the matter."""
        self.asked += 1
        if self.is_down:
            raise Unavailable("the key is asleep")
        if any(self.poison in str(each.document) for each in credentials if self.poison):
            raise KeyError(self.poison)
        return self._whole.secure(kind, body, credentials)


@pytest.fixture
def clock() -> StandingClock:
    made = StandingClock()
    made.now = utc_now()  # the keys are made now, and are not valid before
    return made


@pytest.fixture
def house(folder: Path, clock: StandingClock) -> Iterator[House]:
    with build_house(folder, clock=clock) as house:
        yield house


@pytest.fixture
def workshop(house: House) -> Faulty:
    faulty = Faulty(house.workshop)
    house.issuer._workshop = faulty
    return faulty


def work(house: House, clock: StandingClock, seconds: float) -> None:
    """Work as a worker does, which waits a little after trouble, for so long."""
    until = clock.now.timestamp() + seconds
    while clock.now.timestamp() < until:
        try:
            if house.drain.run_once():
                continue
        except MoharError:
            pass
        clock.move(ROUND_SECONDS)


def states(house: House, actor: Actor, submission: str) -> Counter[str]:
    return Counter(each.state for each in house.submissions.outcomes(submission, actor))


class TestOutage:
    def test_two_hours_without_a_key_cost_no_record(
        self,
        house: House,
        clock: StandingClock,
        workshop: Faulty,
        messages: list[Message],
        operator: Actor,
    ) -> None:
        """
        Nothing is set aside for what is not its fault, and the signer is not asked without end.
        """
        receipt = house.submit(operator, "vaccination", messages[:10])
        workshop.is_down = True
        work(house, clock, 2 * HOUR)
        meanwhile, asked = states(house, operator, receipt.submission_id), workshop.asked

        workshop.is_down = False
        work(house, clock, HOUR)

        assert meanwhile == {"waiting": 10}
        assert asked < 400
        assert states(house, operator, receipt.submission_id) == {"issued": 10}


class TestPoison:
    def test_a_record_that_cannot_be_signed_holds_up_nobody_and_is_set_aside(
        self,
        house: House,
        clock: StandingClock,
        workshop: Faulty,
        messages: list[Message],
        operator: Actor,
    ) -> None:
        names = [each.content["recipient"]["name"] for each in messages[:10]]
        bad = next(place for place, name in enumerate(names) if names.count(name) == 1)
        workshop.poison = names[bad]
        receipt = house.submit(operator, "vaccination", messages[:10])

        work(house, clock, 60)
        soon = states(house, operator, receipt.submission_id)
        work(house, clock, 6 * HOUR)
        outcomes = house.submissions.outcomes(receipt.submission_id, operator)

        assert soon == {"issued": 9, "waiting": 1}
        assert [each.position for each in outcomes if each.state == "failed"] == [bad]
        assert [each.code for each in outcomes[bad].findings] == ["tried-too-often"]
