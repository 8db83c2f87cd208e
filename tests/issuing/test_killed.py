"""Killing the process while a body is added leaves nothing half, and costs one more try."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from mohar.assembly.house import House, build_house
from mohar.assembly.opening import silent_telemetry
from mohar.domain.record import Message
from mohar.store.tables import outbox

KILLED = 9


class Deadly:
    """Telemetry that ends the process, like a power cut, at the edge of one step."""

    def __init__(self, step: str, edge: str) -> None:
        self._step = f"add.{step}"
        self._edge = edge

    @contextmanager
    def span(self, name: str, **_: str | int) -> Iterator[None]:
        """Die at the edge that was named."""
        if (name, self._edge) == (self._step, "before"):
            os._exit(KILLED)
        yield
        if (name, self._edge) == (self._step, "after"):
            os._exit(KILLED)

    def count(self, name: str, amount: int = 1, **_: str | int) -> None:
        """Count nothing."""

    def log(self, event: str, **_: str | float) -> None:
        """Write nothing."""


def add_and_die(folder: Path, number: str, step: str, edge: str) -> None:
    with build_house(folder, telemetry=Deadly(step, edge)) as house:
        house.adder.add(number, ["eu"])


def events(house: House) -> int:
    is_one = outbox.c.type == "credential.body-added"
    query = sa.select(sa.func.count()).select_from(outbox).where(is_one)
    with house.store.read() as work:
        count: int = work.outbox._unit.connection.execute(query).scalar_one()
    return count


@pytest.mark.parametrize(
    ("step", "edge", "added"),
    [("secure", "before", []), ("commit", "before", []), ("commit", "after", ["eu"])],
)
def test_a_killed_process_leaves_the_whole_body_or_none(
    house: House,
    folder: Path,
    issue: Callable[..., list[str]],
    messages: list[Message],
    step: str,
    edge: str,
    added: list[str],
) -> None:
    [number] = issue(messages[:1], "domestic")
    process = subprocess.run([sys.executable, __file__, folder, number, step, edge], check=False)
    with house.store.read() as work:
        after = work.credentials.body_names([number])[number]
    announced = events(house)

    with build_house(folder, telemetry=silent_telemetry()) as other:
        again = other.adder.add(number, ["eu"])

    assert process.returncode == KILLED
    assert (after, announced) == ({"domestic", *added}, len(added))
    assert again.is_new == (not added)
    assert events(house) == 1


if __name__ == "__main__":
    add_and_die(Path(sys.argv[1]), *sys.argv[2:])
