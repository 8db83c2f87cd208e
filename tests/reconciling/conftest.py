"""The India deployment on each database, with the plugin that compares doses."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mohar.assembly.house import House, build_house
from mohar.assembly.keys import generate_missing
from mohar.assembly.opening import silent_telemetry
from mohar.domain.access import Actor
from mohar.domain.clock import utc_now
from mohar.domain.credential import Outcome
from mohar.domain.record import Message
from mohar.testing.deployments import copy_deployment
from mohar.testing.postgres import PostgresMissing, PostgresServer, postgres_server
from mohar.testing.stores import StandingClock, make_schema

ROOT = Path(__file__).parents[2]
DOSE = {
    "preEnrollmentCode": "12346",
    "recipient": {
        "name": "Asha Namuna",
        "dob": "1994-11-30",
        "gender": "Female",
        "contact": ["tel:5550000001"],
    },
    "vaccination": {
        "name": "COVISHIELD",
        "batch": "SAMPLE1",
        "manufacturer": "Serum Institute of India",
        "date": "2021-03-03T18:00:00Z",
        "dose": 1,
        "totalDoses": 2,
    },
    "facility": {"name": "Centre", "address": {"district": "Pune", "state": "Maharashtra"}},
    "vaccinator": {"name": "Vaccinator Namuna"},
}


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
    """Return a function that sets the deployment up, with one body and more plugins perhaps."""

    def set_up(*plugins: str, database: str | None = None) -> Path:
        folder = copy_deployment(ROOT, "india", tmp_path / "deployed", database=database)
        generate_missing(folder)
        file = folder / "deployment.yaml"
        text = file.read_text(encoding="utf-8").replace("  - renderer-pdf\n", "")
        named = "".join(f"  - {plugin}\n" for plugin in plugins)
        text = text.replace("plugins:\n", f"plugins:\n{named}", 1)
        head, _, rest = text.partition("    renderings:\n")
        after = re.search(r"^verifying:", rest, re.MULTILINE)
        assert after
        head = re.sub(r"      # Without a full date.*?(?=    status: )", "", head, flags=re.DOTALL)
        file.write_text(head + rest[after.start() :], encoding="utf-8")
        return folder

    return set_up


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def open_house(clock: StandingClock) -> Iterator[Callable[[Path], House]]:
    """Return a function that opens a house on a folder, as another process would."""
    opened = []

    def open_one(folder: Path) -> House:
        clock.now = max(clock.now, utc_now())  # keys are not valid before they are made
        built = build_house(folder, clock=clock, telemetry=silent_telemetry())
        house = built.__enter__()
        opened.append(built)
        house.store.upgrade()
        return house

    yield open_one
    for built in opened:
        built.__exit__(None, None, None)


@pytest.fixture
def house(
    deployed: Callable[..., Path], open_house: Callable[[Path], House], database: str | None
) -> House:
    return open_house(deployed(database=database))


@pytest.fixture(scope="session")
def operator() -> Actor:
    return Actor(actor_id="operator", name="test", scopes=frozenset({"*"}))


@pytest.fixture
def dose() -> Callable[..., dict[str, Any]]:
    """Return a function that makes the message of a dose; `said` is about the doses before."""

    def made(number: int, *said: dict[str, Any], **more: Any) -> dict[str, Any]:
        message = copy.deepcopy(DOSE)
        message["vaccination"] |= {"dose": number, "date": f"2021-0{3 + 2 * number}-10T18:00:00Z"}
        message["vaccination"] |= {} if number > 1 else {"date": DOSE["vaccination"]["date"]}
        message["vaccination"] |= more.pop("vaccination", {})
        if said:
            message["meta"] = {"vaccinations": list(said)}
        return message | more

    return made


@pytest.fixture
def issue(operator: Actor, clock: StandingClock) -> Callable[..., list[Outcome]]:
    """Return a function that has a house issue messages, and nothing more; a second passes."""

    def issued(house: House, *messages: dict[str, Any]) -> list[Outcome]:
        sent = [Message(content=each, variant="v3") for each in messages]
        kept = house.submit(operator, "vaccination", sent)
        outcomes = house.issue_now(operator, kept).outcomes
        clock.move(2)
        return list(outcomes)

    return issued


@pytest.fixture
def newest() -> Callable[..., Any]:
    """Return a function that gives the content of the current record of a dose, and its revision."""

    def found(house: House, number: int, code: str = "12346") -> tuple[dict[str, Any], int]:
        with house.store.read() as work:
            key = f'["{code}",{number}]'
            stored = work.credentials.newest_of_keys("vaccination", [key])[key]
            records = work.credentials.record_of([stored.credential_id])
        assert stored.state == "current"
        return records[stored.credential_id].content, stored.revision

    return found
