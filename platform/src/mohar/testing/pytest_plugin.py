"""For pytest: readable assertions in the contracts, what a plugin is tried out with, conformance."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mohar.plugin import Tools
    from mohar.testing.conformance import Conformance

pytest.register_assert_rewrite("mohar.testing.contracts")

_MARK = "mohar_vectors"


@pytest.fixture
def mohar_tools(tmp_path: Path) -> Tools:
    """Tools over an empty folder, at noon of 31 January 2026; nothing outside answers."""
    from mohar.testing.tools import tools_for

    return tools_for(tmp_path)


@pytest.fixture
def mohar_throwaway(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., str]]:
    """Return a function that installs a plugin from its name and code until the test ends."""
    from mohar.testing.throwaway import throwaway_plugin

    modules: list[str] = []

    def install(name: str, code: str, *, distribution: str | None = None) -> str:
        folder = tmp_path / "installed" / f"{len(modules)}"
        modules.append(throwaway_plugin(folder, name, code, distribution=distribution))
        monkeypatch.syspath_prepend(folder)
        return name

    yield install
    for module in modules:
        sys.modules.pop(module, None)


@pytest.fixture
def mohar_conformance(request: pytest.FixtureRequest) -> Conformance:
    """Return what notes which cases of published suites a test ran."""
    from mohar.testing.conformance import Conformance

    return Conformance(request.node.user_properties)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the cases of published suites be written to a file."""
    parser.getgroup("mohar").addoption(
        "--mohar-conformance",
        metavar="FILE",
        help="write what the cases of published suites came to, as JSON",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Gather what is noted where the tests' reports come together."""
    config.addinivalue_line("markers", f"{_MARK}: runs cases of published suites (set by mohar)")
    if not hasattr(config, "workerinput"):
        run = ConformanceOfRun(config.getoption("--mohar-conformance"))
        config.pluginmanager.register(run, "mohar-conformance")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that run published cases, so that `-m mohar_vectors` chooses them."""
    for item in items:
        if "mohar_conformance" in getattr(item, "fixturenames", ()):
            item.add_marker(_MARK)


class ConformanceOfRun:
    """Gathers what the tests that passed noted, and writes it if a file is named."""

    def __init__(self, file: str | None) -> None:
        from mohar.testing.conformance import Collected

        self.collected = Collected()
        self._file = file

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take the notes of a test that passed."""
        if report.when == "call" and report.passed:
            self.collected.add(report.user_properties)

    def pytest_sessionfinish(self) -> None:
        """Write what was gathered."""
        if self._file is not None:
            self.collected.write(Path(self._file))
