"""The command line, in this process and in one of its own, over deployments copied aside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from mohar.assembly.keys import generate_missing
from mohar.cli.main import main
from mohar.testing.deployments import copy_deployment

ROOT = Path(__file__).parents[2]


class Ran(NamedTuple):
    """What a command ended with and what it printed."""

    status: int
    out: str
    err: str


@pytest.fixture
def mohar(capfd: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Return a function that runs one command in this process."""

    def run(*arguments: object) -> Ran:
        capfd.readouterr()
        try:
            status = main([str(each) for each in arguments])
        except SystemExit as stopped:
            status = stopped.code if isinstance(stopped.code, int) else 1
        captured = capfd.readouterr()
        assert "Traceback" not in captured.err
        return Ran(status, captured.out, captured.err)

    return run


@pytest.fixture
def program() -> Callable[..., subprocess.CompletedProcess[bytes]]:
    """Return a function that runs one command in a process of its own."""

    def run(
        *arguments: object, given: bytes = b"", **more: str
    ) -> subprocess.CompletedProcess[bytes]:
        ran = subprocess.run(
            [Path(sys.executable).with_name("mohar"), *map(str, arguments)],
            input=given,
            capture_output=True,
            check=False,
            env={**os.environ, **more},
        )
        assert b"Traceback" not in ran.stderr
        return ran

    return run


@pytest.fixture
def deployed(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that copies a deployment, with keys or without."""

    def set_up(name: str = "india", *, keys: bool = True, printed: bool = False) -> Path:
        folder = copy_deployment(ROOT, name, tmp_path / "copied")
        if keys:
            generate_missing(folder)
        if not printed:
            _without_pdf(folder / "deployment.yaml")
        return folder

    return set_up


def _without_pdf(file: Path) -> None:
    """Printing pages is slow to set up, and most commands never do it."""
    text = file.read_text(encoding="utf-8").replace("  - renderer-pdf\n", "")
    head, _, rest = text.partition("    renderings:\n")
    if rest:
        pictures = rest[rest.index("      - {name: qr, ") :]
        file.write_text(f"{head}    renderings:\n{pictures}", encoding="utf-8")


@pytest.fixture
def samples() -> Path:
    """The bundled records: 48 to be issued whole, 130 in part, 22 to be refused."""
    return ROOT / "config" / "india" / "samples" / "records.jsonl"


@pytest.fixture
def mixed(samples: Path, tmp_path: Path) -> Path:
    """Twelve records: four are issued, four in part, four are refused."""
    lines = samples.read_bytes().splitlines(keepends=True)
    by_label = {
        label: [line for line in lines if json.loads(line)["expect"] == label][:4]
        for label in ("issued", "partly", "refused")
    }
    path = tmp_path / "mixed.jsonl"
    path.write_bytes(b"".join(line for chosen in by_label.values() for line in chosen))
    return path


@pytest.fixture
def few(samples: Path, tmp_path: Path) -> Path:
    """Two records that are issued."""
    path = tmp_path / "few.jsonl"
    path.write_bytes(b"".join(samples.read_bytes().splitlines(keepends=True)[:2]))
    return path
