"""A house that comes back to a long queue: it works at once, and takes no more memory for it."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa

from mohar.assembly.house import House, build_house
from mohar.assembly.keys import generate_missing
from mohar.domain.access import Actor
from mohar.domain.record import Message
from mohar.store.database import open_engine
from mohar.store.tables import credential
from mohar.testing.benches.programs import free_port, wait_for
from mohar.testing.deployments import copy_deployment
from mohar.testing.postgres import PostgresServer

pytestmark = [pytest.mark.postgres, pytest.mark.long]
ROOT = Path(__file__).parents[2]
MOHAR = Path(sys.executable).with_name("mohar")
FIRST_SECONDS = 5.0
MOST_MEGABYTES = 400
PATIENCE_SECONDS = 120
AT_ONCE = 1_000
WAITING = 100_000
ENOUGH = 1_000


@pytest.fixture
def url(postgres: PostgresServer) -> str:
    return postgres.database()


@pytest.fixture
def deployed(tmp_path: Path, url: str) -> Path:
    """India as it is deployed, with all that its plugins load."""
    folder = copy_deployment(ROOT, "india", tmp_path, database=url)
    generate_missing(folder)
    return folder


@contextmanager
def running(*arguments: object) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(
        [MOHAR, *map(str, arguments)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as program:
        try:
            yield program
        finally:
            program.kill()


def let_wait(house: House, actor: Actor, message: Message, number: int) -> None:
    """Keep records of so many people, and issue none."""
    for start in range(0, number, AT_ONCE):
        records = [
            msgspec.structs.replace(
                message, content={**message.content, "preEnrollmentCode": f"{10**13 + n}"}
            )
            for n in range(start, min(start + AT_ONCE, number))
        ]
        house.submit(actor, "vaccination", records)


def seconds_until(engine: sa.Engine, number: int) -> float:
    """Return how long it takes until so many credentials are current."""
    query = sa.select(sa.func.count()).select_from(
        sa.select(1).where(credential.c.state == "current").limit(number).subquery()
    )
    began = time.monotonic()
    while time.monotonic() < began + PATIENCE_SECONDS:
        with engine.connect() as connection:
            if connection.execute(query).scalar_one() >= number:
                return time.monotonic() - began
        time.sleep(0.02)
    raise AssertionError("nothing was issued")


def seconds_kept_waiting(program: subprocess.Popen[bytes]) -> float:
    """Return how long a program could have run and did not, since others had the processor."""
    told = Path(f"/proc/{program.pid}/schedstat")
    return int(told.read_text(encoding="ascii").split()[1]) / 1e9 if told.exists() else 0.0


def most_megabytes(program: subprocess.Popen[bytes]) -> float:
    """Return the most memory a program has had at once, and not only what it has now."""
    status = Path(f"/proc/{program.pid}/status").read_text(encoding="ascii")
    line = next(each for each in status.splitlines() if each.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


def test_a_restart_with_a_long_queue_issues_at_once_and_in_little_memory(
    deployed: Path,
    url: str,
    messages: list[Message],
    operator: Actor,
):
    """
    The first credential comes within five seconds, and no process takes more than 400 MB.

    What other programs of the machine take is not counted.
    """
    with build_house(deployed) as house:
        house.store.upgrade()
        let_wait(house, operator, messages[0], WAITING)
    engine, port = open_engine(url), free_port()

    with running("serve", "--deployment", deployed, "--port", port) as server:
        wait_for(port, "/health/ready")
        with running("worker", "--deployment", deployed) as worker:
            first = seconds_until(engine, 1) - seconds_kept_waiting(worker)
            seconds_until(engine, ENOUGH)
            megabytes = {"worker": most_megabytes(worker), "serve": most_megabytes(server)}
    engine.dispose()

    assert first < FIRST_SECONDS
    assert max(megabytes.values()) < MOST_MEGABYTES
