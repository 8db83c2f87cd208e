"""
The life of credentials against a model: whatever is asked for, in whatever order.

The model knows the rules and nothing of stores, slots or documents; the house must come to the same
states, and its verifier, its status lists and its history must agree with them.
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from mohar.access.correct import CorrectionOutdated, CorrectionRefused
from mohar.assembly.house import House, build_house
from mohar.domain.access import Actor
from mohar.domain.correction import Cause, Correction
from mohar.domain.errors import LimitReached
from mohar.domain.lifecycle import LifecycleAction
from mohar.domain.record import Message
from mohar.revoking.change import NotChangeable, Wish
from mohar.verifying.verify import Presented

OFFICER = Actor(actor_id="officer", name="test", scopes=frozenset({"*"}))
KIND = "vaccination"
NAMES = ("Asha Namuna", "Asha Rao", "Asha Devi")
MOST_CORRECTIONS = 1
VERDICTS = {
    "current": "valid",
    "revoked": "revoked",
    "suspended": "suspended",
    "superseded": "superseded",
}


@dataclass
class Revision:
    """What the model knows of one credential."""

    number: str
    name: str
    state: str = "current"
    changes: int = 0


@dataclass
class Person:
    """One natural key, and the credentials issued for it, the oldest first."""

    code: str
    revisions: list[Revision] = field(default_factory=list)
    corrections: int = 0


class Life(RuleBasedStateMachine):
    """The rules; `house` and `message` are set before it runs."""

    house: ClassVar[House]
    message: ClassVar[Message]
    codes: ClassVar[Iterator[int]] = itertools.count(55_000_000_000_000)

    persons = Bundle("persons")

    @initialize(target=persons, name=st.sampled_from(NAMES))
    def issue(self, name: str) -> Any:
        """One person: what matters happens to the same one, again and again."""
        person = Person(str(next(self.codes)))
        outcome = self._submit(person, name)

        assert outcome.state == "issued"
        person.revisions.append(Revision(outcome.credential_id, name))
        return multiple(person)

    @rule(person=persons, name=st.sampled_from(NAMES))
    def send_again(self, person: Person, name: str) -> None:
        latest = person.revisions[-1]
        outcome = self._submit(person, name)

        if latest.name == name:
            assert (outcome.state, outcome.credential_id) == ("known", latest.number)
        elif latest.state == "revoked":
            assert outcome.state == "issued"
            person.revisions.append(Revision(outcome.credential_id, name))
        else:
            assert outcome.state == "conflict"
            assert "recipient.name" in {each.where for each in outcome.findings}

    @rule(person=persons, name=st.sampled_from(NAMES), back=st.integers(0, 2))
    def correct(self, person: Person, name: str, back: int) -> None:
        target = person.revisions[max(0, len(person.revisions) - 1 - back)]
        expected = self._expected_of_correction(person, target, name)
        came = self._superseding(target, "correction", {"recipient.name": name})

        assert came[0] == expected
        if expected == "issued":
            person.corrections += 1
            self._superseded(person, target, came[1], name)

    @rule(person=persons)
    def reissue(self, person: Person) -> None:
        target = person.revisions[-1]
        came = self._superseding(target, "reissue", {})

        if target.state == "current":
            assert came[0] == "issued"
            self._superseded(person, target, came[1], target.name)
        else:
            assert came[0] == "outdated"

    @rule(person=persons, name=st.sampled_from(NAMES))
    def reconcile(self, person: Person, name: str) -> None:
        """What another record contradicts is corrected, and nobody's limit is used up."""
        target = person.revisions[-1]
        came = self._superseding(target, "reconciliation", {"recipient.name": name})

        if target.name == name:
            assert came[0] == "known"
        elif target.state == "current":
            assert came[0] == "issued"
            self._superseded(person, target, came[1], name)
        else:
            assert came[0] == "outdated"

    @rule(
        person=persons,
        action=st.sampled_from(["revoke", "suspend", "restore"]),
        back=st.integers(0, 2),
    )
    def change(self, person: Person, action: LifecycleAction, back: int) -> None:
        target = person.revisions[max(0, len(person.revisions) - 1 - back)]
        goal, starts = {
            "revoke": ("revoked", {"current", "suspended"}),
            "suspend": ("suspended", {"current"}),
            "restore": ("current", {"suspended"}),
        }[action]
        wish = Wish(action=action, actor_id=OFFICER.actor_id, reason="a test")
        try:
            result = self.house.changes.change(OFFICER, wish, target.number).result
        except NotChangeable:
            result = "impossible"

        if target.state in starts:
            assert result == "changed"
            target.state, target.changes = goal, target.changes + 1
        else:
            assert result == ("unchanged" if target.state == goal else "impossible")

    @rule(person=persons)
    def everybody_agrees(self, person: Person) -> None:
        numbers = [each.number for each in person.revisions]
        with self.house.store.read() as work:
            stored = work.credentials.find(numbers)
            history = work.lifecycle.history(numbers)
            bodies = work.credentials.bodies(numbers)
        for each in person.revisions:
            slot = stored[each.number].slot
            assert slot is not None
            with self.house.store.read() as work:
                flagged = work.status.sheet(slot.list_id).flagged
            assert stored[each.number].state == each.state
            assert flagged.get(slot.index, "current") == each.state
            assert len(history[each.number]) == each.changes
            inputs = [Presented(name="x", data=body.content) for body in bodies[each.number]]
            told = {verdict.verdict for verdict in self.house.verifier.verify(inputs)}
            assert told == {VERDICTS[each.state]}

    @rule(person=persons)
    def no_two_hold_at_once(self, person: Person) -> None:
        holding = [each for each in person.revisions if each.state in {"current", "suspended"}]

        assert len(holding) <= 1
        assert holding in ([], [person.revisions[-1]])

    @invariant()
    def nothing_waits(self) -> None:
        with self.house.store.read() as work:
            assert work.intake.waiting_count() == 0

    def _expected_of_correction(self, person: Person, target: Revision, name: str) -> str:
        """A correction that was made before, or that nothing is left of, is no new one."""
        if target.state != "current":
            return "known" if person.revisions[-1].name == name else "outdated"
        if person.corrections >= MOST_CORRECTIONS:
            return "limit"
        return "known" if target.name == name else "issued"

    def _superseded(self, person: Person, target: Revision, number: str, name: str) -> None:
        if target.state == "current":
            target.state, target.changes = "superseded", target.changes + 1
        person.revisions.append(Revision(number, name))

    def _submit(self, person: Person, name: str) -> Any:
        message = Message(content=content(self.message, person.code, name), variant="v3")
        receipt = self.house.submit(OFFICER, KIND, [message], formats=["domestic"])
        return self.house.issue_now(OFFICER, receipt).outcomes[0]

    def _superseding(
        self, target: Revision, cause: Cause, changes: dict[str, Any]
    ) -> tuple[str, str]:
        wish = Correction(
            credential_id=target.number,
            cause=cause,
            reason="a test",
            actor_id=OFFICER.actor_id,
            changes=changes or {"recipient.name": target.name},
        )
        message = Message(content={}, variant="v3", correction=wish)
        try:
            outcome = self.house.corrections.correct(OFFICER, message).outcomes[0]
        except CorrectionOutdated:
            return "outdated", ""
        except LimitReached:
            return "limit", ""
        except CorrectionRefused as refused:
            return ",".join(sorted({each.code for each in refused.findings})), ""
        return outcome.state, str(outcome.credential_id)


def content(message: Message, code: str, name: str) -> dict[str, Any]:
    """The message of one person under a name."""
    made = copy.deepcopy(message.content)
    made["preEnrollmentCode"] = code
    made["recipient"]["name"] = name
    return made


@pytest.fixture(scope="module")
def machine(
    set_up: Callable[..., Path], messages: list[Message], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[type[Life]]:
    with build_house(set_up(tmp_path_factory.mktemp("life"))) as house:
        Life.house = house
        Life.message = next(each for each in messages if each.variant == "v3")
        yield Life


def test_the_house_comes_to_what_the_rules_say(machine: type[Life]):
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=20,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )

    with machine.house.store.read() as work:
        assert work.status.serial() > 0


@pytest.mark.long
def test_the_house_comes_to_what_the_rules_say_at_length(machine: type[Life]):
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=400,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )

    with machine.house.store.read() as work:
        assert work.status.serial() > 0
