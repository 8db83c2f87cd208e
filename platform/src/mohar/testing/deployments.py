"""A deployment folder copied aside, so that keys and data of a trial stay out of the checkout."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, Final

import msgspec

from mohar.domain.record import Message

_LEFT_BEHIND: Final = ("keys", "secrets", "data")


def copy_deployment(
    root: Path, name: str, to: Path, *, database: str | None = None, processes: int = 0
) -> Path:
    """
    Copy the deployments and schemas of a checkout, without secrets; return the folder of one.

    Deployments may share files, so all of them come along.
    `database` replaces the URL of a store that is a SQLite file, and `processes` lets that many
    sign; all else stays as it is deployed.
    """
    if not (to / "config").exists():
        shutil.copytree(root / "schemas", to / "schemas")
        ignore = shutil.ignore_patterns(*_LEFT_BEHIND)
        shutil.copytree(root / "config", to / "config", ignore=ignore)
    folder = to / "config" / name
    if database is not None:
        _use_database(folder / "deployment.yaml", database)
    if processes:
        with (folder / "deployment.yaml").open("a", encoding="utf-8") as file:
            file.write(f"\nissuing: {{processes: {processes}}}\n")
    return folder


def sample_messages(file: Path) -> list[Message]:
    """Return the messages of a samples file, one `{"variant", "message", …}` a line."""
    lines: list[dict[str, Any]] = [
        msgspec.json.decode(line) for line in file.read_bytes().splitlines()
    ]
    return [Message(content=line["message"], variant=line["variant"]) for line in lines]


def _use_database(file: Path, url: str) -> None:
    lines = file.read_text(encoding="utf-8").splitlines()
    changed = [
        f"  url: {url}" if line.strip().startswith("url: sqlite:") else line for line in lines
    ]
    file.write_text("\n".join(changed) + "\n", encoding="utf-8")
