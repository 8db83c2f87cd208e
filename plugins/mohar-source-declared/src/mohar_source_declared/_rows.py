"""Rows of a CSV file → messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mohar.domain.values import JsonObject
from mohar_source_declared._mapping import Csv
from mohar_source_declared._part import Scalar
from mohar_source_declared._values import is_index


def content_of(row: Mapping[str, str], csv: Csv) -> JsonObject:
    """Return the message a row stands for; empty cells leave nothing behind."""
    content: JsonObject = {}
    for column in csv.columns:
        cell = row.get(column.column, "").strip()
        if cell:
            _put(content, column.goes_to, cell)
            for beside in column.also:
                _put(content, beside.to, beside.value)
    return {name: _with_lists(value) for name, value in content.items()}


def _put(tree: JsonObject, path: str, value: Scalar) -> None:
    *steps, last = path.split(".")
    for step in steps:
        tree = tree.setdefault(step, {})
    tree[last] = value


def _with_lists(tree: Any) -> Any:
    """Make a list of what has numbers for names; a gap is null, so that places stay as named."""
    if not isinstance(tree, dict):
        return tree
    inside = {name: _with_lists(value) for name, value in tree.items()}
    if not all(is_index(name) for name in inside):
        return inside
    numbered = {int(name): value for name, value in inside.items()}
    return [numbered.get(place) for place in range(max(numbered) + 1)]
