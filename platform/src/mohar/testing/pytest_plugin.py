"""For pytest: readable assertions in the contracts, and the tools a plugin is opened with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from mohar.plugin import Tools

pytest.register_assert_rewrite("mohar.testing.contracts")


@pytest.fixture
def mohar_tools(tmp_path: Path) -> Tools:
    """Tools over an empty folder, at noon of 31 January 2026; nothing outside answers."""
    from mohar.testing.tools import tools_for

    return tools_for(tmp_path)
