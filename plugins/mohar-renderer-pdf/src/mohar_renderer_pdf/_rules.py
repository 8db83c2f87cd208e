"""Wording by rule: CEL expressions of the deployment, compiled once, judged for each document."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Final

import cel

from mohar.domain.errors import ConfigError, InvalidInput
from mohar.domain.findings import Finding
from mohar_renderer_pdf._settings import Rule, Value

KNOWN: Final = ("document", "latest", "rows", "this")
# The macros of CEL that give a name to each element: `rows.all(row, …)`.
_BINDING: Final = re.compile(r"\.\s*(?:all|exists|exists_one|filter|map)\(\s*(\w+)\s*,")


class Rules:
    """
    The rules of one rendering.

    An expression sees `latest` (the last row), `this` (the row of the credential itself), `rows`
    and `document` (the signed document).

    Raises:
        ConfigError: an expression is no CEL, or names something else.
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = [
            (rule, [_compiled(rule, number) for number in range(len(rule.cases))]) for rule in rules
        ]

    def evaluate(self, context: Mapping[str, Any]) -> dict[str, Value]:
        """
        Return the value of each rule by its name.

        Raises:
            InvalidInput: a rule cannot be judged, or none of its cases holds.
        """
        known = dict(context)
        return {rule.name: _judged(rule, programs, known) for rule, programs in self._rules}


def _compiled(rule: Rule, number: int) -> Any:
    expression = rule.cases[number].when
    where = f"rule {rule.name}, case {number + 1}"
    try:
        program = cel.compile(expression)
    except ValueError as error:
        raise ConfigError(f"{where}: {expression!r} is no CEL expression: {error}") from error
    bound = set(_BINDING.findall(expression))
    for name in program.variables():
        if name not in KNOWN and name not in bound:
            near = get_close_matches(name, KNOWN, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else f"; known are {', '.join(KNOWN)}"
            raise ConfigError(f"{where}: {expression!r} names {name!r}{hint}")
    return program


def _judged(rule: Rule, programs: Sequence[Any], known: dict[str, Any]) -> Value:
    for number, program in enumerate(programs, start=1):
        try:
            answer = program.execute(known)
        except (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError) as error:
            raise _refused(
                f"rule {rule.name}, case {number} cannot be judged ({type(error).__name__}); "
                "test with has() what a credential may lack"
            ) from error
        if answer is True:
            return rule.cases[number - 1].value
    if rule.otherwise is None:
        raise _refused(f"no case of rule {rule.name} holds; add one, or `otherwise`")
    return rule.otherwise


def _refused(message: str) -> InvalidInput:
    return InvalidInput(message, [Finding(code="pdf-rule-failed", message=message)])
