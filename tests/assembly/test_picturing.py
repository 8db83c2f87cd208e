"""A house that draws in processes of its own draws the same, and by the same files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from mohar.assembly.house import House, build_house
from mohar.assembly.keys import generate_missing
from mohar.assembly.opening import open_store
from mohar.domain.access import Actor
from mohar.domain.errors import Unavailable
from mohar.domain.record import Message
from mohar.domain.rendition import Wanted
from mohar.testing.deployments import copy_deployment

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = copy_deployment(ROOT, "school", tmp_path_factory.mktemp("apart"))
    generate_missing(folder)
    with open_store(folder) as store:
        store.upgrade()
    return folder


@pytest.fixture(scope="module")
def number(folder: Path, operator: Actor) -> str:
    """The number of a credential."""
    with build_house(folder) as house:
        kind = next(iter(house.plans))
        record = (folder / "samples" / "registry.jsonl").read_bytes().splitlines()[0]
        message = Message(content=msgspec.json.decode(record))
        (outcome,) = house.issue_now(operator, house.submit(operator, kind, [message])).outcomes
        return str(outcome.credential_id)


@pytest.fixture
def house(folder: Path) -> Iterator[House]:
    with build_house(folder, draws_apart=True) as house:
        yield house


def test_a_page_is_the_same_wherever_it_is_drawn(
    folder: Path, house: House, operator: Actor, number: str
) -> None:
    wanted = Wanted(suffix="pdf")

    apart = house.access.draw(operator, number, wanted)
    with build_house(folder) as here:
        assert here.access.draw(operator, number, wanted) == apart


def test_pages_are_never_drawn_by_other_files_than_the_house_has(
    folder: Path, house: House, operator: Actor, number: str
) -> None:
    """
    Somebody edits a template before the first picture, and the process reads it anew.
    """
    (template,) = folder.glob("templates/*.html")
    before = template.read_bytes()
    template.write_bytes(before + b"<p>another</p>")
    try:
        with pytest.raises(Unavailable, match="changed since the start"):
            house.access.draw(operator, number, Wanted(suffix="pdf"))
    finally:
        template.write_bytes(before)
