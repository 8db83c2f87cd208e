"""The India deployment without printing, copied aside, with keys of its own."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from mohar.assembly.keys import generate_missing
from mohar.domain.access import Actor
from mohar.domain.record import Message
from mohar.testing.deployments import copy_deployment, sample_messages

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def set_up() -> Callable[..., Path]:
    """Return a function that copies a deployment to a folder of the test's choice."""

    def copy(to: Path, name: str = "india", *, processes: int = 0) -> Path:
        folder = copy_deployment(ROOT, name, to, processes=processes)
        generate_missing(folder)
        file = folder / "deployment.yaml"
        text = file.read_text(encoding="utf-8").replace("  - renderer-pdf\n", "")
        head, _, rest = text.partition("    renderings:\n")
        after = re.search(r"^(verifying|sinks):", rest, re.MULTILINE)
        assert after
        file.write_text(head + rest[after.start() :], encoding="utf-8")
        return folder

    return copy


@pytest.fixture
def folder(set_up: Callable[..., Path], tmp_path: Path) -> Path:
    return set_up(tmp_path)


@pytest.fixture(scope="session")
def messages() -> list[Message]:
    """Records that are all issued, most of them in two bodies."""
    return sample_messages(ROOT / "config" / "india" / "samples" / "records.jsonl")[:40]


@pytest.fixture(scope="session")
def operator() -> Actor:
    return Actor(actor_id="operator", name="test", scopes=frozenset({"*"}))
