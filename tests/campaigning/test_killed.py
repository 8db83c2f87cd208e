"""A worker that is killed at any edge of a batch has done it whole or not at all."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import datetime, timedelta
from typing import Any

import pytest

from mohar.access.bulk import Proposal
from mohar.assembly.opening import silent_telemetry
from mohar.campaigning.apply import Apply
from mohar.campaigning.run import Campaigner
from mohar.campaigning.select import Select
from mohar.delivering.news import News
from mohar.domain.access import Actor
from mohar.domain.campaign import Selection
from mohar.plugin.tools import Secret
from mohar.store import Store, Vault
from mohar.testing.stores import StandingClock

KILLED = 9
ASHA = Actor(actor_id="asha", name="asha", scopes=frozenset({"revoke"}))
BALA = Actor(actor_id="bala", name="bala", scopes=frozenset({"approve"}))


def dying(step: Any, after: int, edge: str) -> Any:
    """Return a step that ends the process, like a power cut, before or after doing its work."""
    done = 0

    def killed(*arguments: Any) -> int:
        nonlocal done
        done += 1
        if done > after and edge == "before":
            os._exit(KILLED)
        count: int = step(*arguments)
        if done > after:
            os._exit(KILLED)
        return count

    return killed


def work_and_die(url: str, secrets: list[str], now: str, step: str, after: int, edge: str) -> None:
    """Work on what is there, and be killed in the midst of a batch."""
    vault = Vault(*(Secret(bytes.fromhex(each), "test") for each in secrets))
    clock = StandingClock()
    clock.now = datetime.fromisoformat(now)
    for module, name in (("select", "_PAGE"), ("apply", "_AT_ONCE")):
        setattr(sys.modules[f"mohar.campaigning.{module}"], name, 3)
    owner = Select if step == "select" else Apply
    method = {"select": "step", "apply": "step"}.get(step, step)
    setattr(owner, method, dying(getattr(owner, method), after, edge))
    with Store.open(url, vault, clock) as store:
        worker = Campaigner(
            store=store,
            kinds={},
            undo=timedelta(hours=24),
            tell=News({}, {}).tell,
            telemetry=silent_telemetry(),
            clock=clock,
        )
        while worker.run_once():
            pass


@pytest.mark.parametrize(
    ("step", "edge"),
    [("select", "after"), ("apply", "before"), ("apply", "after"), ("undo", "after")],
)
def test_what_a_killed_worker_began_another_ends_and_does_once(
    office: Any, url: str, secrets_of_test: tuple[Secret, Secret], step: str, edge: str
) -> None:
    """
    It is killed in the second batch, with the work of it done and not committed, or not begun.
    """
    numbers = office.badges(8)
    kept = office.bulk.propose(
        ASHA, Proposal(action="revoke", reason="recalled", selection=Selection(key_id="k1"))
    )
    killed = None
    if step == "select":
        killed = killed_in(office, url, secrets_of_test, step, edge)
    office.work()
    office.bulk.approve(BALA, kept.id)
    if step == "apply":
        killed = killed_in(office, url, secrets_of_test, step, edge)
    office.work()
    if step == "undo":
        office.bulk.undo(ASHA, kept.id)
    office.clock.move(86_400)
    if killed is None:
        killed = killed_in(office, url, secrets_of_test, step, edge)
    office.work()

    end = "current" if step == "undo" else "revoked"
    assert killed == KILLED
    assert office.states(numbers) == [end] * 8
    assert {steps(office, number) for number in numbers} == {("suspended", end)}


def steps(office: Any, number: str) -> tuple[str, ...]:
    """Return the states a credential went through."""
    with office.store.read() as work:
        return tuple(each.after for each in work.lifecycle.history([number])[number])


def killed_in(
    office: Any, url: str, secrets_of_test: tuple[Secret, Secret], step: str, edge: str
) -> int:
    """Let another process work, and return what it ended with."""
    secrets = [each.reveal().hex() for each in secrets_of_test]
    now = office.clock().isoformat()
    command = [sys.executable, __file__, url, *secrets, now, step, "1", edge]
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    _, place, key, pepper, moment, name, count, where = sys.argv
    work_and_die(place, [key, pepper], moment, name, int(count), where)
