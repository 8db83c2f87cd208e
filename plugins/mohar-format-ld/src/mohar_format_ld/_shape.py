"""
Safe mode: did all of the JSON survive expansion?

PyLD drops what no context defines and what it cannot place, and says little. So the JSON and its
expanded form are reduced to the same outline, values counted node by node, and compared. Anything
dropped, merged or moved changes the outline; nothing that happens in expansion can mend it.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, TypeAlias

from mohar.domain.values import JsonObject
from mohar_format_ld._expand import Expanded
from mohar_format_ld._problems import Problem, Unsafe

Outline: TypeAlias = tuple[int, tuple[Any, ...]]

_ONE_VALUE: Final[Outline] = (1, ())
# To name a place costs an expansion; a stranger's document gets no more of them than this.
_MOST_TRIES: Final = 20


def is_kept(document: JsonObject, expanded: JsonObject) -> bool:
    """Say whether each value of the document has its counterpart in the expanded node."""
    top = {key: value for key, value in document.items() if key != "@context"}
    return _of_json(top) == _of_node(expanded)


def losses(
    document: JsonObject, expanded: Expanded, expand: Callable[[JsonObject], Expanded]
) -> Sequence[Problem]:
    """Return where the document says something that its expanded form does not."""
    if not expanded.dropped and is_kept(document, expanded.node):
        return []
    found = [
        Problem(code="ld-undefined-term", message="no context defines this member", path=path)
        for path in _dropped_paths(document, expanded, expand)
    ]
    return found or [Problem(code="ld-not-kept", message="not all of it is kept as RDF")]


def _dropped_paths(
    document: JsonObject, expanded: Expanded, expand: Callable[[JsonObject], Expanded]
) -> Iterator[str]:
    """A member is dropped when its absence changes nothing."""
    names = set(expanded.dropped)
    places = [place for place in _places(document, ()) if place[-1] in names]
    for place in places[:_MOST_TRIES]:
        if _changes_nothing(_without(document, place), expanded, expand):
            yield ".".join(str(step) for step in place)


def _changes_nothing(
    shorter: JsonObject, expanded: Expanded, expand: Callable[[JsonObject], Expanded]
) -> bool:
    try:
        return expand(shorter).node == expanded.node
    except Unsafe:
        return False


def _places(value: Any, place: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    if isinstance(value, dict):
        for key, member in value.items():
            yield (*place, key)
            yield from _places(member, (*place, key))
    elif isinstance(value, list):
        for position, member in enumerate(value):
            yield from _places(member, (*place, position))


def _without(document: JsonObject, place: Sequence[str | int]) -> JsonObject:
    changed = copy.deepcopy(document)
    holder: Any = changed
    for step in place[:-1]:
        holder = holder[step]
    del holder[place[-1]]
    return changed


def _of_json(value: Any) -> Outline:
    """Return the outline of a JSON value: how many plain values it holds, and which nodes."""
    if not isinstance(value, dict) or "@value" in value:
        return _ONE_VALUE
    return _outline(
        _of_json(each)
        for member in value.values()
        for each in (member if isinstance(member, list) else [member])
    )


def _of_node(node: JsonObject) -> Outline:
    """Return the outline of an expanded node, or of a value in it."""
    match node:
        case {"@value": value, "@type": "@json"}:
            return _of_json(value)
        case {"@value": _}:
            return _ONE_VALUE
        case {"@graph": [inner], **rest} if not rest:
            return _of_node(inner)
        case _:
            return _outline(_of_members(node))


def _of_members(node: JsonObject) -> Iterator[Outline]:
    for name, member in node.items():
        for each in member if isinstance(member, list) else [member]:
            if isinstance(each, dict) and "@list" in each:
                yield from (_of_node(item) for item in each["@list"])
            elif isinstance(each, dict) and name[0] != "@":
                yield from _values(each)
            else:
                yield _ONE_VALUE


def _values(value: JsonObject) -> Iterator[Outline]:
    """A JSON literal that is a list stands in the JSON as several values of one member."""
    inner = value.get("@value")
    if value.get("@type") == "@json" and isinstance(inner, list):
        yield from (_of_json(each) for each in inner)
    else:
        yield _of_node(value)


def _outline(parts: Iterator[Outline]) -> Outline:
    """A node with one plain value looks like that value: `{"id": …}` is how RDF writes a link."""
    plain, nodes = 0, []
    for part in parts:
        if part == _ONE_VALUE:
            plain += 1
        else:
            nodes.append(part)
    return plain, tuple(sorted(nodes))
