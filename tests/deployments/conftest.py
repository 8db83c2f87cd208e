"""A private copy of each India deployment, with keys, on SQLite or PostgreSQL."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mohar.assembly.keys import generate_missing
from mohar.assembly.opening import open_store
from mohar.testing.deployments import copy_deployment
from mohar.testing.postgres import PostgresMissing, PostgresServer, postgres_server
from mohar.testing.stores import make_schema

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One server for the session."""
    try:
        with postgres_server() as server:
            yield server
    except PostgresMissing as missing:
        pytest.skip(str(missing))


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> str | None:
    """The URL of a new database with its schema; None stands for the deployment's own SQLite file."""
    if request.param == "sqlite":
        return None
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.copy(make_schema)


@pytest.fixture
def deployed(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that sets up a deployment by its name and returns its folder."""

    def set_up(name: str = "india", database: str | None = None) -> Path:
        folder = copy_deployment(ROOT, name, tmp_path, database=database)
        generate_missing(folder)
        with open_store(folder) as store:
            store.upgrade()
        return folder

    return set_up


@pytest.fixture(scope="session")
def samples() -> Path:
    """The bundled records."""
    return ROOT / "config" / "india" / "samples" / "records.jsonl"


@pytest.fixture(autouse=True)
def _leave_no_data(tmp_path: Path) -> Iterator[None]:
    yield
    shutil.rmtree(tmp_path, ignore_errors=True)
