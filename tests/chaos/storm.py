"""A house of real processes under a storm: whatever it is made of dies at any moment."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from typing import Any, Final

import httpx
import msgspec

from mohar.assembly.keys import generate_missing
from mohar.assembly.opening import open_store
from mohar.domain.errors import Unavailable
from mohar.testing.deployments import copy_deployment
from mohar.testing.postgres import PostgresServer

ROOT: Final = Path(__file__).resolve().parents[2]
KIND: Final = "vaccination"
_WORKER: Final = Path(__file__).with_name("jumping_worker.py")
_SENDERS: Final = 4
_AT_ONCE: Final = 20
_GIVE_UP_SECONDS: Final = 120.0


class Sent(msgspec.Struct, frozen=True):
    """One record that was sent, what is to become of it, and where its answer is."""

    key: str
    expects: frozenset[str]
    submission_id: str
    position: int


class Process:
    """One process of the house, started again whenever it was killed."""

    def __init__(self, command: Sequence[str], log: Path) -> None:
        self._command = list(command)
        self._log = log
        self._running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it."""
        with self._log.open("ab") as log:
            self._running = subprocess.Popen(
                self._command, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def kill(self) -> None:
        """Kill it as a power cut does, and start it again."""
        self.stop(signal.SIGKILL)
        self.start()

    def ensure(self) -> None:
        """Start it where it has ended by itself."""
        if self._running is None or self._running.poll() is not None:
            self.start()

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it and wait until it is gone."""
        if self._running is None:
            return
        with suppress(ProcessLookupError):
            self._running.send_signal(how)
        try:
            self._running.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self._running.kill()
            self._running.wait()


class House:
    """The processes of one deployment on one database, and the folder they run from."""

    def __init__(self, folder: Path, port: int, key: str, logs: Path) -> None:
        self.folder = folder
        self.url = f"http://127.0.0.1:{port}"
        self.key = key
        self.wrong_by = logs / "wrong-by"
        self.wrong_by.write_text("0")
        mohar = str(Path(sys.executable).with_name("mohar"))
        deployed = ("--deployment", str(folder))
        self.web = Process([mohar, "serve", *deployed, "--port", str(port)], logs / "web.log")
        self.workers = [
            Process([mohar, "worker", *deployed], logs / "worker.log"),
            Process(
                [sys.executable, str(_WORKER), str(folder), str(self.wrong_by)],
                logs / "jumping.log",
            ),
        ]

    def serves(self) -> bool:
        """Say whether the web process answers: one that never did is not killed again."""
        with suppress(httpx.HTTPError):
            return httpx.get(f"{self.url}/health/live", timeout=2).is_success
        return False

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run all processes for the length of a block."""
        for each in (self.web, *self.workers):
            each.start()
        try:
            yield
        finally:
            for each in (self.web, *self.workers):
                each.stop(signal.SIGKILL)


def deployed(to: Path, database: str, port: int) -> House:
    """Set up the deployment, its keys, its schema and a caller's key."""
    folder = copy_deployment(ROOT, "india", to, database=database)
    generate_missing(folder)
    with open_store(folder) as store:
        store.upgrade()
        with store.begin() as work:
            scopes = frozenset({f"issue:{KIND}", f"read:{KIND}"})
            key, _ = work.api_keys.create("storm", scopes)
    logs = to / "logs"
    logs.mkdir()
    return House(folder, port, key, logs)


class Senders:
    """Callers who send until every record was answered, as often as that takes."""

    def __init__(self, house: House, seed: int, records: int) -> None:
        self._house = house
        self._records = records
        self._rng = random.Random(seed)  # noqa: S311 -- a storm that can be repeated
        self._told: list[Sent] = []
        self.retries = 0
        self._failed: list[str] = []

    def run(self) -> Sequence[Sent]:
        """Send everything; return what was accepted. Raises RuntimeError where it never was."""
        plans = list(self._plans())
        threads = [
            Thread(target=self._send_all, args=[plans[number::_SENDERS], number])
            for number in range(_SENDERS)
        ]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        if self._failed:
            raise RuntimeError(self._failed[0])
        return self._told

    def _plans(self) -> Iterator[list[tuple[dict[str, Any], frozenset[str]]]]:
        """Batches of records: mostly new, some again, some contradicting, some wrong."""
        numbers = iter(range(self._records))
        known: list[int] = []
        while batch := [n for n, _ in zip(numbers, range(_AT_ONCE), strict=False)]:
            plan = [(record(number), frozenset({"issued", "known"})) for number in batch]
            again = self._rng.sample(known, min(len(known), 3))
            plan += [(record(number), frozenset({"issued", "known"})) for number in again]
            if self._rng.random() < 0.3:
                plan.append((record(batch[0], name=""), frozenset({"refused"})))
            self._rng.shuffle(plan)
            known += batch
            yield plan

    def _send_all(self, plans: Sequence[Any], sender: int) -> None:
        headers = {"Authorization": f"Bearer {self._house.key}"}
        with httpx.Client(base_url=self._house.url, headers=headers, timeout=20) as client:
            for number, plan in enumerate(plans):
                try:
                    self._send(client, plan, f"{sender}-{number}")
                except RuntimeError as error:
                    self._failed.append(str(error))
                    return

    def _send(self, client: httpx.Client, plan: Any, key: str) -> None:
        """The same key until there is an answer: whatever dies, a record is accepted once."""
        until = time.monotonic() + _GIVE_UP_SECONDS
        while time.monotonic() < until:
            with suppress(httpx.HTTPError):
                answer = client.post(
                    f"/v1/kinds/{KIND}/records?formats=domestic",
                    json=[content for content, _ in plan],
                    headers={"Idempotency-Key": key},
                )
                if answer.is_success:
                    number = answer.json()["submission_id"]
                    self._told += [
                        Sent(content["preEnrollmentCode"], expects, number, position)
                        for position, (content, expects) in enumerate(plan)
                    ]
                    return
                if answer.status_code not in {429, 503}:
                    raise RuntimeError(f"{answer.status_code}: {answer.text[:300]}")
            self.retries += 1
            time.sleep(0.1)
        raise RuntimeError(f"no answer to {key} in {_GIVE_UP_SECONDS} seconds")


class Weather:
    """Things that happen at random moments, by a seed, until the senders are done."""

    def __init__(
        self, house: House, database: PostgresServer, seed: int, more: Sequence[Callable[[], None]]
    ) -> None:
        self._house = house
        self._database = database
        self._rng = random.Random(seed)  # noqa: S311 -- a storm that can be repeated
        self._more = list(more)
        self._stop = Event()
        self.happened: list[str] = []

    @contextmanager
    def around(self) -> Iterator[None]:
        """Let it storm for the length of a block; in the end everything runs."""
        thread = Thread(target=self._blow)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join()

    def _blow(self) -> None:
        events = [
            self._kill_web,
            self._kill_worker,
            self._kill_worker,
            self._kill_jumping_worker,
            self._kill_database,
            self._jump,
            *self._more,
        ]
        while not self._stop.wait(self._rng.uniform(0.3, 4.0)):
            happens = self._rng.choice(events)
            if happens == self._kill_web and not self._house.serves():
                continue
            happens()
            self.happened.append(getattr(happens, "__name__", "other"))
            for each in (self._house.web, *self._house.workers):
                each.ensure()

    def _kill_web(self) -> None:
        self._house.web.kill()

    def _kill_worker(self) -> None:
        self._house.workers[0].kill()

    def _kill_jumping_worker(self) -> None:
        self._house.workers[1].kill()

    def _kill_database(self) -> None:
        self._database.kill()
        time.sleep(self._rng.uniform(0.0, 1.0))
        self._database.start()

    def _jump(self) -> None:
        self._house.wrong_by.write_text(str(self._rng.choice([0, 200, -200, 3_700, -3_700])))


def until_done(house: House, seconds: float) -> None:
    """Let it storm on until the workers have done everything, or for so long."""
    until = time.monotonic() + seconds
    with open_store(house.folder) as store:
        while time.monotonic() < until:
            with suppress(Unavailable), store.read() as work:
                if not work.intake.waiting_count(up_to=1):
                    return
            time.sleep(0.5)


def full_disk(folder: Path, database: PostgresServer) -> Callable[[], None]:
    """Return what fills the disk a database is on for a moment; a server that gave up is restarted."""

    def fill_disk() -> None:
        ballast = folder / "ballast"
        with suppress(OSError), ballast.open("wb") as file:
            while True:
                file.write(b"\0" * 1_000_000)
                file.flush()
        time.sleep(1.0)
        ballast.unlink(missing_ok=True)
        with suppress(OSError, ValueError, TimeoutError):
            database.kill()
        database.start()

    return fill_disk


def record(number: int, *, name: str = "Asha Namuna") -> dict[str, Any]:
    """Return a record of a person who has no other."""
    address = {
        "addressLine1": "1",
        "district": "Pune",
        "state": "Maharashtra",
        "pincode": 411001,
    }
    return {
        "preEnrollmentCode": str(66_000_000_000_000 + number),
        "recipient": {
            "name": name,
            "dob": "1988-12-02",
            "gender": "Female",
            "nationality": "Indian",
            "identity": "",
            "contact": ["tel:5550000001"],
            "address": address,
        },
        "vaccinator": {"name": "Vaccinator Namuna"},
        "facility": {"name": "Sample Health Centre", "address": address},
        "vaccination": {
            "name": "COVISHIELD",
            "batch": "SAMPLE8975",
            "manufacturer": "Serum Institute of India",
            "date": "2021-06-01T09:30:00+05:30",
            "effectiveStart": "2021-06-01",
            "effectiveUntil": "2031-06-01",
            "dose": 1,
            "totalDoses": 2,
        },
    }


def log_of(house: House, name: str) -> str:
    """Return the end of what a process of the house wrote."""
    path = house.wrong_by.with_name(f"{name}.log")
    return path.read_text(errors="replace")[-2_000:] if path.exists() else ""


def seed_of_environment() -> int:
    """Return the seed that `MOHAR_CHAOS_SEED` names, or a new one."""
    return int(os.environ.get("MOHAR_CHAOS_SEED") or random.SystemRandom().randrange(10**9))
