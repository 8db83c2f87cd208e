"""A store with one credential or more, and what signs lists of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mohar.store import Store
from mohar.testing.stores import Desk, StandingClock, make_schema, new_vault


@pytest.fixture(autouse=True)
def quick_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep status lists short: putting a whole one in order takes a tenth of a second."""
    monkeypatch.setattr("mohar.store.status.LIST_SIZE", 1024)


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def desk(tmp_path: Path, clock: StandingClock) -> Iterator[Desk]:
    url = f"sqlite:///{tmp_path}/mohar.sqlite"
    make_schema(url)
    with Store.open(url, new_vault(), clock) as store:
        yield Desk(store, clock)
