"""Find what a page will fetch by reading it, so that a wrong address is found before printing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Final

_FETCHING: Final = frozenset({"embed", "image", "img", "link", "object", "source", "use"})
_ATTRIBUTES: Final = frozenset({"data", "href", "src", "xlink:href"})
_IN_CSS: Final = re.compile(r"url\(\s*['\"]?([^'\")\s]+)|@import\s+['\"]([^'\"]+)")


def literal_addresses(source: str) -> Iterator[tuple[str, int]]:
    """Give each address that is written out in HTML or CSS, and its line. Computed ones are not."""
    finder = _Finder()
    finder.feed(source)
    for match in _IN_CSS.finditer(source):
        finder.found.append((match[1] or match[2], source.count("\n", 0, match.start()) + 1))
    return (each for each in finder.found if not _is_computed(each[0]))


class _Finder(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, int]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _FETCHING:
            line, _ = self.getpos()
            self.found += [(value, line) for name, value in attrs if value and name in _ATTRIBUTES]


def _is_computed(address: str) -> bool:
    return "{{" in address or "{%" in address or address.startswith("#")
