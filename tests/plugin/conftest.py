"""India's deployment as small as it issues, with throw-away plugins beside its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mohar.assembly.keys import generate_missing
from mohar.domain.access import Actor
from mohar.domain.record import Message
from mohar.testing.deployments import copy_deployment, sample_messages

ROOT = Path(__file__).parents[2]


@pytest.fixture
def deployed(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that sets up a deployment which enables some more plugins."""

    def set_up(*plugins: str, name: str = "india", to: str = "deployed", more: str = "") -> Path:
        folder = copy_deployment(ROOT, name, tmp_path / to)
        generate_missing(folder)
        file = folder / "deployment.yaml"
        text = file.read_text(encoding="utf-8").replace("  - renderer-pdf\n", "")
        head, _, rest = text.partition("    renderings:\n")
        text = head + rest[rest.index("\nsinks:") :] if rest else text
        named = "".join(f"  - {plugin}\n" for plugin in plugins)
        text = text.replace("plugins:\n", f"plugins:\n{named}", 1)
        file.write_text(text + more, encoding="utf-8")
        return folder

    return set_up


@pytest.fixture
def messages() -> list[Message]:
    """Three records that are issued, in both bodies."""
    return sample_messages(ROOT / "config" / "india" / "samples" / "records.jsonl")[:3]


@pytest.fixture
def operator() -> Actor:
    """Somebody who may do everything."""
    return Actor(actor_id="operator", name="test", scopes=frozenset({"*"}))
