"""The India deployment on each database, with bodies that may be added later and a retention."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mohar.assembly.house import House, build_house
from mohar.assembly.keys import generate_missing
from mohar.assembly.opening import silent_telemetry
from mohar.domain.access import Actor
from mohar.domain.clock import utc_now
from mohar.domain.record import Message
from mohar.testing.deployments import copy_deployment, sample_messages
from mohar.testing.postgres import PostgresMissing, PostgresServer, postgres_server
from mohar.testing.stores import StandingClock, make_schema

ROOT = Path(__file__).parents[2]
RETENTION_DAYS = 30


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One PostgreSQL for all tests of this process."""
    try:
        with postgres_server() as server:
            yield server
    except PostgresMissing as missing:
        pytest.skip(str(missing))


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest) -> str | None:
    """The URL of a new database with its schema; None stands for the deployment's own SQLite file."""
    if request.param == "sqlite":
        return None
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.copy(make_schema)


@pytest.fixture(autouse=True)
def quick_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep status lists short: putting a whole one in order takes a tenth of a second."""
    monkeypatch.setattr("mohar.store.status.LIST_SIZE", 1024)


@pytest.fixture
def deployed(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that sets the deployment up, without printing; `later` names bodies."""

    def set_up(
        database: str | None = None,
        later: tuple[str, ...] = ("international", "eu", "ddcc"),
        retention: str = f"    retention: {{record_days: {RETENTION_DAYS}}}\n",
    ) -> Path:
        folder = copy_deployment(ROOT, "india", tmp_path, database=database)
        generate_missing(folder)
        file = folder / "deployment.yaml"
        text = file.read_text(encoding="utf-8").replace("  - renderer-pdf\n", "")
        text = text.replace("        later: true\n", "")
        head, _, rest = text.partition("    renderings:\n")
        after = re.search(r"^verifying:", rest, re.MULTILINE)
        assert after
        for name in later:
            head = head.replace(f"- name: {name}\n", f"- name: {name}\n        later: true\n")
        head = re.sub(r"^    retention: .*\n", "", head, flags=re.MULTILINE)
        file.write_text(head + retention + rest[after.start() :], encoding="utf-8")
        return folder

    return set_up


@pytest.fixture
def folder(deployed: Callable[..., Path], database: str | None) -> Path:
    return deployed(database)


@pytest.fixture
def clock() -> StandingClock:
    made = StandingClock()
    made.now = utc_now()  # the keys are made now, and are not valid before
    return made


@pytest.fixture
def house(folder: Path, clock: StandingClock) -> Iterator[House]:
    with build_house(folder, clock=clock, telemetry=silent_telemetry()) as house:
        house.store.upgrade()
        yield house


@pytest.fixture(scope="session")
def messages() -> list[Message]:
    """Records that are all issued: the first three in the EU's form, the next one not."""
    return sample_messages(ROOT / "config" / "india" / "samples" / "records.jsonl")[:4]


@pytest.fixture(scope="session")
def operator() -> Actor:
    return Actor(actor_id="operator", name="test", scopes=frozenset({"*"}))


@pytest.fixture
def issue(house: House, operator: Actor) -> Callable[..., list[str]]:
    """Return a function that issues messages and returns the numbers of their credentials."""

    def issued(messages: list[Message], *formats: str) -> list[str]:
        kept = house.submit(operator, "vaccination", messages, formats=formats)
        outcomes = house.issue_now(operator, kept).outcomes
        return [each.credential_id or "" for each in outcomes]

    return issued
