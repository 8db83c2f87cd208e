"""Worker processes on one PostgreSQL: they share the work, take over, and end in order."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest
import sqlalchemy as sa

from mohar.assembly.house import House, build_house
from mohar.domain.access import Actor
from mohar.domain.record import Message
from mohar.store.tables import intake

pytestmark = pytest.mark.postgres
MOHAR = Path(sys.executable).with_name("mohar")
WAIT_SECONDS = 120
NUMBERS = count(88_000_000_000_000)


class Item(NamedTuple):
    """What the database knows of an item."""

    state: str
    leased_by: str | None
    credential_id: str | None


@contextmanager
def workers(folder: Path, number: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Run workers for the length of a block."""
    programs = [
        subprocess.Popen([MOHAR, "worker", "--deployment", folder], stderr=subprocess.PIPE)
        for _ in range(number)
    ]
    try:
        yield programs
    finally:
        for program in programs:
            program.kill()
            program.communicate()


def submit(house: House, actor: Actor, message: Message, number: int) -> None:
    """Keep as many records of as many people."""
    records = [
        msgspec.structs.replace(
            message, content={**message.content, "preEnrollmentCode": str(next(NUMBERS))}
        )
        for _ in range(number)
    ]
    house.submit(actor, "vaccination", records)


def items(house: House) -> list[Item]:
    with house.store.read() as work:
        query = sa.select(intake.c.state, intake.c.leased_by, intake.c.outcome)
        return [
            Item(state, leased_by, outcome and outcome.credential_id)
            for state, leased_by, outcome in work.intake._unit.connection.execute(query)
        ]


def wait_until(house: House, reached: str, number: int) -> None:
    """Wait until so many items are in a state, or are leased."""
    until = time.monotonic() + WAIT_SECONDS
    while True:
        found = items(house)
        leased = sum(each.leased_by is not None for each in found)
        if (leased if reached == "leased" else Counter(f.state for f in found)[reached]) >= number:
            return
        assert time.monotonic() < until, found
        time.sleep(0.005)


def test_two_processes_share_the_work_and_issue_each_record_once(
    on_postgres: Path, messages: list[Message], operator: Actor
) -> None:
    with build_house(on_postgres) as house, workers(on_postgres, 2) as programs:
        worked: set[str] = set()
        sent = 0
        while len(worked) < 2:
            submit(house, operator, messages[0], 40)
            sent += 40
            wait_until(house, "issued", sent)
            worked = {each.leased_by.partition("-")[0] for each in items(house) if each.leased_by}
            assert sent < 4000
        found = items(house)

    assert worked == {str(program.pid) for program in programs}
    assert {each.state for each in found} == {"issued"}
    assert len({each.credential_id for each in found}) == sent


def test_what_a_dead_worker_had_leased_is_taken_by_another(
    on_postgres: Path, messages: list[Message], operator: Actor
) -> None:
    """
    As soon as its lease is over, and not before.
    """
    with build_house(on_postgres) as house:
        submit(house, operator, messages[0], 3)
        with house.store.begin() as work:
            assert len(work.intake.claim(10, 2.0, "gone")) == 3
        meanwhile = house.drain.run_once()
        with workers(on_postgres, 1) as (program,):
            wait_until(house, "issued", 3)
        found = items(house)

    assert meanwhile == 0
    assert {each.leased_by.partition("-")[0] for each in found if each.leased_by} == {
        str(program.pid)
    }


def test_a_worker_that_is_told_to_end_finishes_the_batch_it_is_at(
    on_postgres: Path, messages: list[Message], operator: Actor
) -> None:
    """
    Nothing stays leased to it, and the rest waits for another.
    """
    with build_house(on_postgres) as house:
        submit(house, operator, messages[0], 200)
        with workers(on_postgres, 1) as (program,):
            wait_until(house, "leased", 20)
            program.send_signal(signal.SIGTERM)
            _, told = program.communicate(timeout=WAIT_SECONDS)
        found = items(house)

    counted = Counter(each.state for each in found)
    assert (program.returncode, b"Traceback" in told) == (0, False)
    assert counted["issued"] in range(20, 200, 20)
    assert counted["issued"] + counted["waiting"] == 200
    assert not any(each.leased_by for each in found if each.state == "waiting")
