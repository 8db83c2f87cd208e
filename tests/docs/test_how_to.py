"""Every how-to leads to where it says it leads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def wanted(page: Any) -> bool:
    """How-tos but for those about a running house, which are with the other pages."""
    return page.name.startswith("docs/how-to/") and page.path.stem not in {"deploy", "operate"}


class TestHowTo:
    def test_a_how_to_does_what_it_shows(self, page: Any, show: Callable[[Any], None]) -> None:
        """
        Every block of a page runs, in order, and prints what the page says.
        """
        show(page)
