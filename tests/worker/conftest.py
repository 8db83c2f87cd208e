"""The India deployment without printing, with keys and a store of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mohar.assembly.keys import generate_missing
from mohar.assembly.opening import open_store
from mohar.domain.access import Actor
from mohar.domain.record import Message
from mohar.testing.deployments import copy_deployment, sample_messages
from mohar.testing.postgres import PostgresMissing, PostgresServer, postgres_server

ROOT = Path(__file__).parents[2]


def deployed_to(path: Path, database: str | None = None) -> Path:
    """Set the deployment up in a folder."""
    folder = copy_deployment(ROOT, "india", path, database=database)
    generate_missing(folder)
    file = folder / "deployment.yaml"
    text = file.read_text(encoding="utf-8").replace("  - renderer-pdf\n", "")
    head, _, rest = text.partition("    renderings:\n")
    file.write_text(head + rest[rest.index("\nsinks:") :], encoding="utf-8")
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return deployed_to(tmp_path)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One PostgreSQL for all tests of this process."""
    try:
        with postgres_server() as server:
            yield server
    except PostgresMissing as missing:
        pytest.skip(str(missing))


@pytest.fixture
def on_postgres(tmp_path: Path, postgres: PostgresServer) -> Path:
    """The same over an empty PostgreSQL, in batches of twenty."""
    folder = deployed_to(tmp_path, postgres.database())
    with (folder / "deployment.yaml").open("a", encoding="utf-8") as file:
        file.write("\nissuing: {batch: 20}\n")
    with open_store(folder) as store:
        store.upgrade()
    return folder


@pytest.fixture
def messages() -> list[Message]:
    return sample_messages(ROOT / "config" / "india" / "samples" / "records.jsonl")[:5]


@pytest.fixture
def operator() -> Actor:
    return Actor(actor_id="operator", name="test", scopes=frozenset({"*"}))
