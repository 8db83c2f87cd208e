"""
Nothing is lost and nothing is issued twice, whatever dies.

`make chaos` sends 20,000 records; `make test` few, in less than a minute. A run that fails prints
its seed: `MOHAR_CHAOS_SEED=… make chaos` lets the same things happen again, as near as processes
allow.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from importlib import util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import sqlalchemy as sa

from mohar.assembly.house import House, build_house
from mohar.assembly.opening import silent_telemetry
from mohar.auditing.examine import Examiner
from mohar.domain.access import Actor
from mohar.domain.clock import utc_now
from mohar.store.tables import credential
from mohar.testing.postgres import PostgresMissing, PostgresServer, postgres_server

OPERATOR = Actor(actor_id="operator", name="test", scopes=frozenset({"*"}))
RECORDS = int(os.environ.get("MOHAR_CHAOS_RECORDS") or 600)
# Room for what is kept and for the write-ahead log; the storm fills the rest of it.
TMPFS_BYTES = 400_000_000 + 60_000 * RECORDS


def loaded(name: str) -> ModuleType:
    """The harness beside this file; folders of tests are no packages."""
    spec = util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


storm = loaded("storm")


@pytest.fixture
def small_disk() -> Iterator[Path | None]:
    """A disk of its own that can be filled, where this user may make one."""
    place = Path(tempfile.mkdtemp(prefix="mohar-disk-"))
    size = f"size={TMPFS_BYTES}"
    command = ["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(place)]
    if shutil.which("mount") and not subprocess.run(command, check=False).returncode:
        place.chmod(0o777)
        yield place
        subprocess.run(["umount", "--lazy", str(place)], check=True)
    else:
        yield None
    place.rmdir()


@contextmanager
def database(within: Path | None) -> Iterator[PostgresServer]:
    try:
        with postgres_server(durable=True, within=within) as server:
            yield server
    except PostgresMissing as missing:
        pytest.skip(str(missing))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def later() -> datetime:
    """A clock after every lease, those of a clock that was ahead as well."""
    return utc_now() + timedelta(hours=3)


@pytest.mark.postgres
def test_every_accepted_record_ends_as_one_credential_or_one_visible_refusal(
    tmp_path: Path, small_disk: Path | None
):
    seed = storm.seed_of_environment()
    with database(small_disk) as server:
        house = storm.deployed(tmp_path, server.database(), free_port())
        more = [storm.full_disk(small_disk, server)] if small_disk else []
        weather = storm.Weather(house, server, seed, more)
        senders = storm.Senders(house, seed, RECORDS)
        with house.running(), weather.around():
            sent = senders.run()
            storm.until_done(house, seconds=10 + RECORDS / 100)
        wrong = Ended(house.folder, sent).wrong()

    told = f"MOHAR_CHAOS_SEED={seed} MOHAR_CHAOS_RECORDS={RECORDS}: {Counter(weather.happened)}"
    assert weather.happened, told
    assert wrong == [], f"{told}\n{storm.log_of(house, 'worker')}"


class Ended:
    """What a storm came to, once everything that waited was done."""

    def __init__(self, folder: Path, sent: Sequence[Any]) -> None:
        self._folder = folder
        self._sent = sent

    def wrong(self) -> list[str]:
        """Return everything that should not be."""
        with build_house(self._folder, clock=later, telemetry=silent_telemetry()) as house:
            house.store.upgrade()
            while house.drain.run_once():
                pass
            chain = self._broken_chain(house)
            outcomes = {
                number: {
                    each.position: each for each in house.submissions.outcomes(number, OPERATOR)
                }
                for number in {each.submission_id for each in self._sent}
            }
            with house.store.read() as work:
                waiting = work.intake.waiting_count()
                states = Counter(
                    work.intake._unit.connection.execute(sa.select(credential.c.state)).scalars()
                )
        return [
            *([f"{waiting} items wait"] if waiting else []),
            *chain,
            *self._unexpected(outcomes),
            *self._not_once(outcomes, states),
        ]

    def _broken_chain(self, house: House) -> list[str]:
        """Seal what no worker has sealed yet, and look through the log of who did what."""
        with house.store.begin() as work:
            while work.audit.seal(1_000):
                pass
        examined = Examiner(house.store, later).examine()
        return [f"audit: {each.code} {each.where}" for each in examined.findings]

    def _unexpected(self, outcomes: Any) -> list[str]:
        return [
            f"{each.key} became {found}, not {sorted(each.expects)}"
            for each in self._sent
            if (found := _state(outcomes, each)) not in each.expects
        ]

    def _not_once(self, outcomes: Any, states: Counter[str]) -> list[str]:
        numbers: dict[str, set[str]] = {}
        issued: Counter[str] = Counter()
        for each in self._sent:
            outcome = outcomes[each.submission_id].get(each.position)
            if outcome and outcome.credential_id:
                numbers.setdefault(each.key, set()).add(outcome.credential_id)
                issued[each.key] += outcome.state == "issued"
        twice = [
            f"{key} has {len(ids)} credentials" for key, ids in numbers.items() if len(ids) != 1
        ]
        told = [f"{key} was issued {count} times" for key, count in issued.items() if count != 1]
        if states["current"] != len(numbers):
            told.append(f"{states['current']} credentials are current, for {len(numbers)} persons")
        return twice + told


def _state(outcomes: Any, each: Any) -> str:
    outcome = outcomes[each.submission_id].get(each.position)
    return outcome.state if outcome else "gone"
