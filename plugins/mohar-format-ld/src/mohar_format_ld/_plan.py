"""One compiled way from documents of an outline to their canonical form."""

from __future__ import annotations

import re
from typing import Any, Final

from mohar.domain.values import JsonObject
from mohar_format_ld import _lines
from mohar_format_ld._canonical import Dialect
from mohar_format_ld._emitter import compiled
from mohar_format_ld._lines import Fallback
from mohar_format_ld._outline import Outline
from mohar_format_ld._probe import Described

_BEYOND_16_BITS: Final = re.compile("[\U00010000-\U0010ffff]")
_AFTER_SURROGATES: Final = re.compile("[\ue000-\uffff]")


class Plan:
    """Writes canonical N-Quads of documents of one outline, and leaves all others alone."""

    def __init__(
        self,
        outline: Outline,
        described: Described,
        contexts: Any,
        *,
        terms: frozenset[str],
        dialect: Dialect,
    ) -> None:
        self.outline = outline
        self.described = described
        self._by_code_points = dialect.order is str
        self._hash = dialect.hash
        self._plain = compiled(described, contexts, terms=terms, escapes=None)
        self._escaping = compiled(described, contexts, terms=terms, escapes=dialect.escapes)

    def nquads(self, document: JsonObject, *, is_plain: bool) -> str:
        """
        Return the canonical form; `is_plain` says that no text in it needs an escape.

        Raises:
            Fallback: the careful path must take this document.
        """
        nodes: list[_lines.Node] = []
        (self._plain if is_plain else self._escaping)(document, "", nodes)
        try:
            text = _lines.finish(nodes, self._hash)
        except UnicodeEncodeError:
            raise Fallback from None
        if not (self._by_code_points or text.isascii()):
            _refuse_two_orders(text)
        return text


def _refuse_two_orders(text: str) -> None:
    """Code points and UTF-16 units sort alike until both of these are there."""
    if _BEYOND_16_BITS.search(text) and _AFTER_SURROGATES.search(text):
        raise Fallback
