"""What holds for a run of all tests together."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """
    Fail a run of all tests when `docs/conformance.md` does not say what the run showed.

    No single test can know what all the others noted, and running the published cases a second
    time would only tell the same.
    """
    run = session.config.pluginmanager.get_plugin("mohar-conformance")
    if run is None or exitstatus != pytest.ExitCode.OK or not _is_of_all_tests(session.config):
        return
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "told.json"
        run.collected.write(file)
        checked = subprocess.run(
            [sys.executable, ROOT / "tools" / "conformance.py", "--check", "--from", file],
            capture_output=True,
            text=True,
            check=False,
        )
    if checked.returncode:
        session.config.get_terminal_writer().line(f"\n{checked.stderr.strip()}", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _is_of_all_tests(config: pytest.Config) -> bool:
    """Say whether nothing was left out but the long tier."""
    options = ("keyword", "deselect", "collectonly", "lf", "stepwise")
    return (
        config.args_source is pytest.Config.ArgsSource.TESTPATHS
        and config.option.markexpr in {"", "not long"}
        and not any(getattr(config.option, each, None) for each in options)
    )
