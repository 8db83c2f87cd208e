"""The wheel carries the migrations, whether it is built from a checkout or from an sdist."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MIGRATE = """
import sys
import mohar
from mohar.domain.clock import utc_now
from mohar.store import Store
from mohar.testing.stores import new_vault

assert mohar.__file__.startswith(sys.argv[1]), mohar.__file__
with Store.open(f"sqlite:///{sys.argv[1]}/store.sqlite", new_vault(), utc_now) as store:
    store.upgrade()
    store.check()
"""


def build(source: Path, target: str, to: Path) -> Path:
    """Build one distribution and return its file."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(to)],
        cwd=source,
        check=True,
        capture_output=True,
    )
    return next(to.iterdir())


def checkout(_: Path) -> Path:
    return ROOT


def unpacked_sdist(tmp_path: Path) -> Path:
    archive = build(ROOT, "sdist", tmp_path / "sdist")
    with tarfile.open(archive) as file:
        file.extractall(tmp_path / "source", filter="data")
    return next((tmp_path / "source").iterdir())


@pytest.mark.parametrize("source", [checkout, unpacked_sdist])
def test_a_store_is_made_from_the_wheel_alone(
    tmp_path: Path, source: Callable[[Path], Path]
) -> None:
    """
    Whoever installs the wheel can bring a database up to date.
    """
    wheel = build(source(tmp_path), "wheel", tmp_path / "wheel")
    installed = tmp_path / "installed"
    with zipfile.ZipFile(wheel) as file:
        file.extractall(installed)  # noqa: S202 -- our own archive, made a line above
    done = subprocess.run(
        [sys.executable, "-c", MIGRATE, str(installed)],
        env={**os.environ, "PYTHONPATH": str(installed)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert (installed / "store.sqlite").exists()
