"""One India house for the session, with two credentials of one person in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from mohar.assembly.house import House, build_house
from mohar.assembly.keys import generate_missing
from mohar.assembly.opening import open_store
from mohar.domain.access import Actor
from mohar.domain.credential import Outcome
from mohar.testing.deployments import copy_deployment, sample_messages

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house on a private copy of the deployment."""
    folder = copy_deployment(ROOT, "india", tmp_path_factory.mktemp("access"))
    generate_missing(folder)
    with open_store(folder) as store:
        store.upgrade()
    with build_house(folder) as house:
        yield house


@pytest.fixture(scope="session")
def operator() -> Actor:
    """Somebody who may do everything."""
    return Actor(actor_id="operator", name="test", scopes=frozenset({"*"}))


@pytest.fixture(scope="session")
def outcomes(house: House, operator: Actor) -> Sequence[Outcome]:
    """What became of the first two records of the samples: two doses of one person."""
    messages = sample_messages(ROOT / "config" / "india" / "samples" / "records.jsonl")[:2]
    receipt = house.issue_now(operator, house.submit(operator, "vaccination", messages))
    assert [outcome.state for outcome in receipt.outcomes] == ["issued", "issued"]
    return receipt.outcomes


@pytest.fixture(scope="session")
def numbers(outcomes: Sequence[Outcome]) -> Sequence[str]:
    """The ids of the two credentials."""
    return [outcome.credential_id for outcome in outcomes if outcome.credential_id]
