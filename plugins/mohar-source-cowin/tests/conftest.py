"""A deployment folder on disk, an intake that keeps what it is given, and the source itself."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest
from ruamel.yaml import YAML

from mohar.domain.access import Actor
from mohar.domain.credential import Outcome
from mohar.domain.record import Message, Record
from mohar.domain.values import JsonObject
from mohar.domain.valueset import Entry, ValueSet
from mohar.plugin import Receipt, Tools
from mohar_source_cowin.source import CowinSource, Settings

ROOT = Path(__file__).parents[3]
VALUE_SET = ROOT / "schemas/vaccination/value-sets/vaccines.yaml"


class Folder:
    """The files of a deployment; of the port only what this plugin uses."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def value_set(self, relative: str) -> ValueSet:
        tree = YAML(typ="safe", pure=True).load((self.root / relative).read_text("utf-8"))
        return ValueSet(
            tree["value_set"], tree["version"], [_entry(each) for each in tree["entries"]]
        )


class KeepingIntake:
    """Accepts everything, and remembers it."""

    def __init__(self) -> None:
        self.submitted: list[tuple[Actor, str, Sequence[Message]]] = []

    def submit(self, actor: Actor, kind: str, messages: Sequence[Message]) -> Receipt:
        self.submitted.append((actor, kind, messages))
        outcomes = [Outcome(position=at, state="waiting") for at in range(len(messages))]
        return Receipt(submission_id="s1", outcomes=tuple(outcomes))


def _entry(tree: JsonObject) -> Entry:
    known = ("code", "name", "aliases")
    more = {name: value for name, value in tree.items() if name not in known}
    return Entry(
        code=tree["code"], name=tree["name"], aliases=tuple(tree.get("aliases", ())), more=more
    )


@pytest.fixture(scope="session")
def open_source() -> Callable[..., CowinSource]:
    """Open the source over a value set, with settings of one's own."""

    def opened(vaccines: Path = VALUE_SET, **settings: Any) -> CowinSource:
        tools = Tools(
            clock=lambda: datetime(2026, 1, 1, tzinfo=UTC),
            files=cast("Any", Folder(vaccines.parent)),
            http=cast("Any", None),
            credentials=cast("Any", None),
            intake=KeepingIntake(),
            telemetry=cast("Any", None),
            time_zone="Asia/Kolkata",
            country="IN",
        )
        return CowinSource.open(Settings(vaccines=vaccines.name, **settings), tools)

    return opened


@pytest.fixture(scope="session")
def source(open_source: Callable[..., CowinSource]) -> CowinSource:
    """Return the source as a deployment has it when it changes no setting."""
    return open_source()


@pytest.fixture(scope="session")
def read(source: CowinSource) -> Callable[..., Record]:
    """Read one message."""

    def read_one(content: JsonObject, variant: str = "v3") -> Record:
        [record] = source.read([Message(content=content, variant=variant)])
        return record

    return read_one


@pytest.fixture
def message() -> JsonObject:
    """Return a message with nothing wrong, that a test may spoil."""
    return {
        "preEnrollmentCode": "12346",
        "recipient": {
            "name": "Asha Namuna",
            "dob": "1994-11-30",
            "gender": "Female",
            "nationality": "Indian",
            "identity": "did:Passport:Z0000001",
            "contact": ["tel:5550000001", "mailto:sample@example.org"],
            "address": {"addressLine1": "1", "district": "Pune", "state": "M", "pincode": 411001},
        },
        "vaccination": {
            "name": "COVISHIELD",
            "batch": "SAMPLE1",
            "manufacturer": "Serum Institute of India",
            "date": "2021-03-03T18:00:00Z",
            "effectiveStart": "2021-03-03",
            "effectiveUntil": "2031-03-03",
            "dose": 1,
            "totalDoses": 2,
        },
        "vaccinator": {"name": "Vaccinator Namuna"},
        "facility": {"name": "Centre", "address": {"district": "Pune", "pincode": "411001"}},
    }


@pytest.fixture
def intake() -> KeepingIntake:
    """Return an intake that keeps what it is given."""
    return KeepingIntake()


@pytest.fixture(scope="session")
def value_set_file() -> Path:
    """Return the value set that every deployment shares."""
    return VALUE_SET


@pytest.fixture(scope="session")
def repository() -> Path:
    """Return the root of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def vectors() -> Path:
    """Return the third-party vectors, or skip."""
    folder = Path(os.environ.get("MOHAR_VECTORS", ROOT.parent / "shared/vectors"))
    if not folder.is_dir():
        pytest.skip("no third-party vectors here; set MOHAR_VECTORS to their folder")
    return folder
