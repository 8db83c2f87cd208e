"""Every command, program and configuration that a page shows is run, here and now."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


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


class TestItself:
    @pytest.mark.parametrize(
        "text",
        [
            "```console\n$ echo one\ntwo\n```\n",
            "```console\n$ echo one\n```\n",
            "```console\n$ true\none\n```\n",
            "```console\n$ echo one\none\n$ false\n```\n",
            "```sh\nfalse\n```\n",
            "```python\nassert 1 == 2\n```\n",
            "```python\nx = 1\n```\n\nand\n\n```python\nassert x == 2\n```\n",
        ],
    )
    def test_a_page_that_is_not_true_is_caught(
        self, text: str, page_of: Callable[[str], Any], show: Callable[[Any], None]
    ) -> None:
        with pytest.raises(AssertionError):
            show(page_of(text))

    def test_what_is_true_passes(
        self, page_of: Callable[[str], Any], show: Callable[[Any], None]
    ) -> None:
        """
        Output may be shortened, files are written, and what runs goes on where it was.
        """
        text = (
            "<!-- file: a/b.txt -->\n```text\none\ntwo\nthree\n```\n\n"
            "```sh\ncd a\n```\n\n```console\n$ cat b.txt\none\n…\n$ echo 12 \\\n  13\n1… 13\n```\n\n"
            "<!-- not run: it would never end -->\n```sh\nsleep 1000\n```\n"
        )

        show(page_of(text))
