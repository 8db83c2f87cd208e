"""Sixteen clients correct, revoke, suspend and restore one person's credential at the same time."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from threading import Barrier, Thread
from time import sleep
from typing import Any

import pytest

from mohar.access.correct import CorrectionOutdated, CorrectionRefused
from mohar.assembly.house import House, build_house
from mohar.assembly.opening import silent_telemetry
from mohar.domain.access import Actor
from mohar.domain.clock import utc_now
from mohar.domain.correction import Correction
from mohar.domain.errors import LimitReached
from mohar.domain.lifecycle import LifecycleAction, goal_of, may_start_from
from mohar.domain.record import Message
from mohar.revoking.change import NotChangeable, Wish
from mohar.store.rows import KeptChange, StoredCredential
from mohar.testing.deployments import sample_messages

OFFICER = Actor(actor_id="officer", name="test", scopes=frozenset({"*"}))
KIND = "vaccination"
CLIENTS = 16
ACTIONS_EACH = 16
MOST_CORRECTIONS = 40
LIFE: tuple[LifecycleAction, ...] = ("revoke", "suspend", "restore")


class Client(Thread):
    """Does something to the newest credential it knows of, again and again."""

    def __init__(self, house: House, key: dict[str, Any], number: int, start: Barrier) -> None:
        super().__init__()
        self._house = house
        self._key = key
        self._rng = random.Random(number)  # noqa: S311 -- a run that can be repeated
        self._start = start
        self._number = number
        self.issued: list[str] = []
        self.trouble: list[BaseException] = []

    def run(self) -> None:
        self._start.wait()
        for each in range(ACTIONS_EACH):
            # Everybody was busy at once; a moment later somebody is first.
            sleep(self._rng.uniform(0.0, 0.1))
            try:
                self._act(each)
            except (CorrectionOutdated, CorrectionRefused, LimitReached, NotChangeable):
                continue
            except BaseException as error:  # noqa: BLE001 -- told by the test, whatever it is
                self.trouble.append(error)
                return

    def _act(self, each: int) -> None:
        newest = self._house.access.revisions(OFFICER, KIND, [self._key])[0][-1].credential_id
        # Revoking ends it all, so two of them do it, and last.
        is_end = self._number in {0, 1} and each == ACTIONS_EACH - 1
        others = ["correct"] * 8 + ["suspend"] + ["restore"] * 4
        action = "revoke" if is_end else self._rng.choice(others)
        if action == "correct":
            self.issued += self._correct(newest, f"Asha Namuna {self._number} {each}")
            return
        wish = Wish(action=action, actor_id=OFFICER.actor_id, reason="a test")
        self._house.changes.change(OFFICER, wish, newest)

    def _correct(self, number: str, name: str) -> list[str]:
        wish = Correction(
            credential_id=number,
            reason="a test",
            actor_id=OFFICER.actor_id,
            changes={"recipient.name": name.translate(str.maketrans("0123456789", "abcdefghij"))},
        )
        message = Message(content={}, variant="v3", correction=wish)
        outcomes = self._house.corrections.correct(OFFICER, message).outcomes
        return [str(each.credential_id) for each in outcomes if each.state == "issued"]


def later() -> datetime:
    """A clock after everything that was to be tried again."""
    return utc_now() + timedelta(hours=1)


def no_serial_order(
    revisions: Sequence[StoredCredential], history: dict[str, Sequence[KeptChange]]
) -> list[str]:
    """Return what no order of the same actions, one after the other, could have led to."""
    wrong = []
    for each in revisions:
        state = "current"
        for change in history[each.credential_id]:
            if change.before != state or not _is_possible(change):
                wrong.append(f"{change.cause} of {each.revision} from {state}")
            state = change.after
        if state != each.state:
            wrong.append(f"{each.revision} is {each.state} after {state}")
    for before, after in pairwise(revisions):
        if (before.superseded_by, after.supersedes) != (after.credential_id, before.credential_id):
            wrong.append(f"{before.revision} and {after.revision} are not linked")
        if before.state != "superseded":
            wrong.append(f"{before.revision} is {before.state} under a later one")
    return wrong


def _is_possible(change: KeptChange) -> bool:
    if change.after == "superseded":
        return change.before == "current"
    action = next((each for each in LIFE if goal_of(each) == change.after), None)
    return action is not None and may_start_from(action, change.before)


@pytest.mark.postgres
def test_they_end_in_a_state_that_some_serial_order_explains(
    deployed: Callable[..., Path], postgres: Any, samples: Path
):
    folder = deployed("india", postgres.database())
    file = folder / "deployment.yaml"
    text = file.read_text().replace("      limit: 1\n", f"      limit: {MOST_CORRECTIONS}\n", 1)
    file.write_text(text)
    message = next(each for each in sample_messages(samples) if each.variant == "v3")
    key = {
        "pre_enrollment_code": message.content["preEnrollmentCode"],
        "vaccination.dose": message.content["vaccination"]["dose"],
    }
    with build_house(folder) as house:
        house.issue_now(OFFICER, house.submit(OFFICER, KIND, [message], formats=["domestic"]))
        start = Barrier(CLIENTS)
        clients = [Client(house, key, number, start) for number in range(CLIENTS)]
        for each in clients:
            each.start()
        for each in clients:
            each.join()
    with build_house(folder, clock=later, telemetry=silent_telemetry()) as house:
        while house.drain.run_once():
            pass
        revisions = house.access.revisions(OFFICER, KIND, [key])[0]
        with house.store.read() as work:
            history = dict(work.lifecycle.history([each.credential_id for each in revisions]))
            waiting = work.intake.waiting_count()

    told = {number for each in clients for number in each.issued}
    assert [repr(error) for each in clients for error in each.trouble] == []
    assert waiting == 0
    assert no_serial_order(revisions, history) == []
    assert told <= {each.credential_id for each in revisions[1:]}
    assert sum(map(len, history.values())) > 1
