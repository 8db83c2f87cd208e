"""CEL expressions of a deployment: compiled once, with every mistake found before the first page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, Final

import cel

from mohar.domain.errors import ConfigError, InvalidInput
from mohar.domain.findings import Finding

KNOWN: Final = ("document", "latest", "rows", "tables", "this", "today")
# The macros of CEL that give a name to each element: `rows.all(row, …)`.
_BINDING: Final = re.compile(r"\.\s*(?:all|exists|exists_one|filter|map)\(\s*(\w+)\s*,")


class Expression:
    """
    One expression. It sees `document` (as signed), `rows`, `latest`, `this`, `tables` and `today`.

    Raises:
        ConfigError: it is no CEL, or names something else. `where` tells which it is.
    """

    def __init__(self, expression: str, where: str) -> None:
        self._where = where
        try:
            self._program = cel.compile(expression)
        except ValueError as error:
            raise ConfigError(f"{where}: {expression!r} is no CEL expression: {error}") from error
        names = self._program.variables()
        _only_known(names, expression, where)
        # To hand over a document takes longer than to judge it.
        self._names = [name for name in KNOWN if name in names]

    def holds(self, known: Mapping[str, Any]) -> bool:
        """
        Say whether it is true. What is neither true nor false is not.

        Raises:
            InvalidInput: it cannot be judged for this document.
        """
        try:
            answer = self._program.execute({name: known[name] for name in self._names})
        except (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError) as error:
            message = (
                f"{self._where} cannot be judged ({type(error).__name__}); "
                "test with has() what a credential may lack"
            )
            finding = Finding(code="pdf-rule-failed", message=message)
            raise InvalidInput(message, [finding]) from error
        return answer is True


def _only_known(names: list[str], expression: str, where: str) -> None:
    bound = set(_BINDING.findall(expression))
    for name in names:
        if name not in KNOWN and name not in bound:
            near = get_close_matches(name, KNOWN, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else f"; known are {', '.join(KNOWN)}"
            raise ConfigError(f"{where}: {expression!r} names {name!r}{hint}")
