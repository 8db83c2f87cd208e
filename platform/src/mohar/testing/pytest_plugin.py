"""For pytest: readable assertions in the contracts, and what a plugin is tried out with."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from mohar.plugin import Tools

pytest.register_assert_rewrite("mohar.testing.contracts")


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
