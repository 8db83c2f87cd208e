"""The India deployment without printing, with keys and a store of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from mohar.assembly.keys import generate_missing
from mohar.domain.access import Actor
from mohar.domain.record import Message
from mohar.testing.deployments import copy_deployment, sample_messages

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = copy_deployment(ROOT, "india", tmp_path)
    generate_missing(folder)
    file = folder / "deployment.yaml"
    text = file.read_text(encoding="utf-8").replace("  - renderer-pdf\n", "")
    head, _, rest = text.partition("    renderings:\n")
    file.write_text(head + rest[rest.index("\nsinks:") :], encoding="utf-8")
    return folder


@pytest.fixture
def messages() -> list[Message]:
    return sample_messages(ROOT / "config" / "india" / "samples" / "records.jsonl")[:5]


@pytest.fixture
def operator() -> Actor:
    return Actor(actor_id="operator", name="test", scopes=frozenset({"*"}))
