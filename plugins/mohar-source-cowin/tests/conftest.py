"""The source over the real value set, a right message, and an intake that keeps what it gets."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from mohar.domain.access import Actor
from mohar.domain.credential import Outcome
from mohar.domain.record import Message, Record
from mohar.domain.values import JsonObject
from mohar.plugin import Receipt
from mohar.testing.tools import tools_for
from mohar_source_cowin.source import CowinSource, Settings

ROOT = Path(__file__).parents[3]
VALUE_SET = ROOT / "schemas/vaccination/value-sets/vaccines.yaml"


class KeepingIntake:
    """Accepts everything, and remembers it."""

    def __init__(self) -> None:
        self.submitted: list[tuple[Actor, str, Sequence[Message]]] = []

    def submit(self, actor: Actor, kind: str, messages: Sequence[Message]) -> Receipt:
        self.submitted.append((actor, kind, messages))
        outcomes = [Outcome(position=at, state="waiting") for at in range(len(messages))]
        return Receipt(submission_id="s1", outcomes=tuple(outcomes))


@pytest.fixture(scope="session")
def open_source() -> Callable[..., CowinSource]:
    """Open the source over a value set, with settings of one's own."""

    def opened(vaccines: Path = VALUE_SET, **settings: Any) -> CowinSource:
        tools = tools_for(vaccines.parent)
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
