from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def vectors() -> Path:
    """Third-party test vectors: beside the checkout, or where MOHAR_VECTORS says."""
    root = Path(__file__).parents[2]
    folder = root / os.environ.get("MOHAR_VECTORS", "../shared/vectors")
    if not folder.is_dir():
        pytest.skip("no third-party vectors here; set MOHAR_VECTORS to their folder")
    return folder
