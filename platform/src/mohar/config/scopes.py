"""What is wrong with a scope written as text: a misspelt one opens nothing, and nobody knows why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, get_args

from mohar.config.words import choices, did_you_mean, quoted
from mohar.domain.access import Action

ACTIONS: Final[Sequence[str]] = get_args(Action)
# Whole credentials are of no kind.
_WITHOUT_KIND: Final = "sign"


def scope_fault(scope: str, kinds: Sequence[str]) -> tuple[str, str]:
    """Return what is wrong with `action` or `action:kind`, and a hint; empty texts for a good one."""
    action, colon, kind = scope.partition(":")
    if scope != "*" and action not in ACTIONS:
        return unknown(action, ACTIONS)
    if colon and action == _WITHOUT_KIND:
        return "whole credentials are of no kind", f"write {quoted(action)} alone"
    if colon and kind not in kinds:
        return unknown(kind, kinds)
    return "", ""


def unknown(name: str, known: Sequence[str]) -> tuple[str, str]:
    """Say that a name is not known, and which one may be meant."""
    hint = did_you_mean(name, known) or f"known are {choices(known, 'and') or 'none'}"
    return f"{quoted(name)} is not known", hint
