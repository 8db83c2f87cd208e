from collections.abc import Iterator
from pathlib import Path

import pytest

from mohar.plugin import Tools
from mohar.testing.partner import Partner, partner_outside
from mohar.testing.tools import tools_for


@pytest.fixture
def partner() -> Iterator[Partner]:
    """A real HTTP server of somebody else."""
    with partner_outside() as partner:
        yield partner


@pytest.fixture
def tools(tmp_path: Path) -> Tools:
    return tools_for(tmp_path, with_network=True)
