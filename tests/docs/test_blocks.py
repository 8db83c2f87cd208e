"""Every command, program and configuration that a page shows is run, here and now."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def wanted(page: Any) -> bool:
    """Pages that show something; some how-tos have a file of their own, to share the work."""
    in_how_to = page.name.startswith("docs/how-to/") and page.path.stem not in {"deploy", "operate"}
    return bool(page.shown) and not in_how_to


class TestBlocks:
    def test_a_page_does_what_it_shows(self, page: Any, show: Callable[[Any], None]) -> None:
        """
        Every block of a page runs, in order, and prints what the page says.
        """
        show(page)
