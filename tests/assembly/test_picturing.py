"""A house that draws in processes of its own draws the same, and by the same files."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from mohar.assembly.blueprint import Blueprint
from mohar.assembly.house import House, build_house
from mohar.assembly.keys import generate_missing
from mohar.assembly.opening import open_store
from mohar.assembly.picturing import renderers_of_folder
from mohar.domain.access import Actor
from mohar.domain.errors import Unavailable
from mohar.domain.record import Message
from mohar.domain.rendition import Wanted
from mohar.plugin import PreparingRenderer
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


def test_a_process_that_draws_has_all_at_hand_before_it_is_given_anything(folder: Path) -> None:
    """
    What a first picture would wait for is no part of the time that a picture may take.
    """
    with build_house(folder) as house:
        ready = renderers_of_folder(folder, {})
        waiting = dict(house._resolved.renderers)

    printing = [each for each in ready.values() if isinstance(each, PreparingRenderer)]
    assert printing
    assert all(vars(each)["_printer"] is not None for each in printing)
    assert not any(vars(each).get("_printer") for each in waiting.values())


def test_what_a_stylesheet_takes_in_belongs_to_what_the_house_was_built_from(
    folder: Path, tmp_path: Path
) -> None:
    """
    Only reading a stylesheet shows what the sheets that it takes in take in themselves.
    """
    shutil.copytree(folder.parents[1], tmp_path / "copied")
    copied = tmp_path / "copied" / "config" / folder.name
    templates = copied / "templates"
    with (templates / "certificate.css").open("r+") as file:
        text = file.read()
        file.seek(0)
        file.write(f"@import 'first.css';\n{text}")
    (templates / "first.css").write_text("@import 'second.css';\n")
    (templates / "second.css").write_text("p { color: black }\n")

    blueprint = Blueprint(copied)
    blueprint.renderers()

    assert {"templates/first.css", "templates/second.css"} <= set(blueprint.loaded.files.digests())
