"""An event as a sink stores it: a table has columns, so the tree of facts becomes flat."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mohar.domain.events import Event, Fact
from mohar.domain.values import JsonObject


def fact_of(event: Event) -> Fact:
    """Return the fact that an event stands for: the same values, each under its dotted path."""
    return Fact(
        event_id=event.event_id,
        type=event.type,
        occurred_at=event.occurred_at,
        kind=event.kind,
        facts=flat(event.facts),
    )


def flat(tree: JsonObject) -> JsonObject:
    """Return every leaf of a JSON tree by its dotted path; a list's items go by their place."""
    return dict(_leaves(tree, ""))


def _leaves(node: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(node, dict):
        steps = list(node.items())
    elif isinstance(node, list):
        steps = [(str(place), item) for place, item in enumerate(node)]
    else:
        yield path, node
        return
    for step, below in steps:
        yield from _leaves(below, f"{path}.{step}" if path else step)
