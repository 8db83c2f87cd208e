"""Killing the process at every step of issuing loses no record and issues none twice."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from mohar.assembly.house import build_house
from mohar.assembly.opening import open_store, silent_telemetry
from mohar.domain.access import Actor
from mohar.domain.clock import utc_now
from mohar.testing.deployments import sample_messages

OPERATOR = Actor(actor_id="operator", name="test", scopes=frozenset({"*"}))
STEPS = ("read", "check", "reserve", "compose", "review", "secure", "commit")
# What happens between reading and signing is kept nowhere: two of these steps stand for the others.
KEEP_NOTHING = {"check", "compose", "review"}
SOME = 24
KILLED = 9


class Deadly:
    """Telemetry that ends the process, like a power cut, at the edge of one step."""

    def __init__(self, step: str, edge: str) -> None:
        self._step = f"issue.{step}"
        self._edge = edge

    @contextmanager
    def span(self, name: str, **_: str | int) -> Iterator[None]:
        if (name, self._edge) == (self._step, "before"):
            os._exit(KILLED)
        yield
        if (name, self._edge) == (self._step, "after"):
            os._exit(KILLED)

    def count(self, name: str, amount: int = 1, **_: str | int) -> None:
        """Count nothing."""

    def log(self, event: str, **_: str | float) -> None:
        """Write nothing."""


def later() -> datetime:
    """A clock after every lease of the killed process has ended."""
    return utc_now() + timedelta(hours=1)


def receive_and_die(folder: Path, samples: Path, step: str, edge: str) -> None:
    """Receive records, and be killed while issuing them."""
    with build_house(folder, telemetry=Deadly(step, edge)) as house:
        receipt = house.submit(OPERATOR, "vaccination", sample_messages(samples)[:SOME])
        house.issue_now(OPERATOR, receipt)


def numbers(folder: Path, samples: Path) -> tuple[Counter[str], list[str]]:
    """Return how many records came to each state, and the ids of all that were issued."""
    with build_house(folder, clock=later, telemetry=silent_telemetry()) as house:
        while house.drain.run_once():
            pass
        messages = sample_messages(samples)[:SOME]
        again = house.issue_now(OPERATOR, house.submit(OPERATOR, "vaccination", messages))
    states = Counter(outcome.state for outcome in again.outcomes)
    return states, [each.credential_id for each in again.outcomes if each.credential_id]


@pytest.mark.parametrize(
    ("step", "edge"),
    [
        *(
            pytest.param(each, "before", marks=[pytest.mark.long] if each in KEEP_NOTHING else [])
            for each in STEPS
        ),
        (STEPS[-1], "after"),
    ],
)
def test_a_killed_process_loses_nothing_and_repeats_nothing(
    deployed: Callable[..., Path], database: str | None, samples: Path, step: str, edge: str
) -> None:
    """
    After the restart every accepted record has one credential, the same one for good.
    """
    folder = deployed("india", database)
    process = subprocess.run(
        [sys.executable, __file__, str(folder), str(samples), step, edge], check=False
    )
    states, issued = numbers(folder, samples)
    waiting, current = left_over(folder, issued)

    assert process.returncode == KILLED
    assert set(states) == {"known", "refused"} or set(states) == {"known"}
    assert len(set(issued)) == len(issued) == states["known"]
    assert (waiting, current) == (0, len(issued))


def left_over(folder: Path, issued: list[str]) -> tuple[int, int]:
    """Return how many items wait, and how many of the issued credentials are current."""
    with open_store(folder) as store, store.read() as work:
        found = work.credentials.find(issued)
        return work.intake.waiting_count(), sum(each.state == "current" for each in found.values())


def test_what_was_issued_is_announced_once(deployed: Callable[..., Path], samples: Path) -> None:
    """
    The outbox holds one event for each credential, born in the same transaction.
    """
    folder = deployed("india")
    _, issued = numbers(folder, samples)
    with build_house(folder, telemetry=silent_telemetry()) as house:
        while house.relay.run_once():
            pass
    lines = (folder / "data" / "facts.jsonl").read_bytes().splitlines()
    events = [msgspec.json.decode(line) for line in lines]
    told = [event for event in events if event["type"] == "credential.issued"]

    assert len(told) == len(issued)
    assert len({event["event_id"] for event in told}) == len(told)


if __name__ == "__main__":
    receive_and_die(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:])
