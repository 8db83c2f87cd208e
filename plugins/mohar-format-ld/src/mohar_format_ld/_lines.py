"""What every compiled plan does alike: values that are not the usual one text, and the labels."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NoReturn, TypeAlias

from mohar_format_ld._canonical import Hash

LARGEST_INTEGER: Final = 2**53 - 1
_MOST_LINES: Final = 300
_LABELS_IN_ORDER: Final = 10
# What every reading of IRIs agrees to: absolute, and no white space of any sort in it.
_IRI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[^\s\x00-\x20\x7f<>\"{}|^`\\]*").fullmatch

Written: TypeAlias = tuple[str, str]
"""What stands before a value and what after it, predicate and end of line included."""

Slot: TypeAlias = tuple[int, int, str]
"""The position of a line that ends in a node without an id, its number, and the predicate."""


Node: TypeAlias = tuple[str, list[str], list[Slot], str]
"""
One node: its own term, its lines, its slots, and the start of the line that leads to it.

The lines lack their subject, which is known only when all are hashed; a node without an id has no
term yet. A tuple, because making one takes a tenth of the time of anything with names.
"""


class Fallback(Exception):
    """The plan does not cover this document; the careful path must take it."""


def fall_back() -> NoReturn:
    """Leave the document to the careful path."""
    raise Fallback


def iri(value: Any, terms: frozenset[str]) -> str:
    """Return an IRI that no context can turn into another one."""
    if value.__class__ is not str or _IRI(value) is None:
        raise Fallback
    scheme, _, _ = value.partition(":")
    if scheme in terms or value in terms:
        raise Fallback
    return value


def literals(
    value: Any,
    lines: list[str],
    forms: Mapping[type, Written],
    escapes: Mapping[int, str] | None,
) -> None:
    """Add the lines of a literal that is no text, or of a list of literals."""
    if value.__class__ is not list:
        lines.append(_literal(value, forms, escapes))
        return
    found = [_literal(each, forms, escapes) for each in value]
    # What a list says twice is for the careful path to refuse.
    if not found or len(set(found)) < len(found):
        raise Fallback
    found.sort()
    lines += found


def iris(
    value: Any, lines: list[str], form: Written, meanings: Mapping[str, str], terms: frozenset[str]
) -> None:
    """Add the lines of links, one or a list of them; a term means the IRI it was learnt to mean."""
    before, after = form
    items = value if value.__class__ is list else (value,)
    found = [
        meanings.get(each) or before + iri(each, terms) + after
        if each.__class__ is str
        else fall_back()
        for each in items
    ]
    if not found or len(set(found)) < len(found):
        raise Fallback
    found.sort()
    lines += found


def settle(lines: list[str], since: int) -> None:
    """Sort the lines of one predicate that several members share, each line once: RDF is a set."""
    lines[since:] = sorted(set(lines[since:]))


def link(child: str | int, lines: list[str], slots: list[Slot], predicate: str) -> None:
    """Add the line that leads to another node, by its id or by its number."""
    if child.__class__ is int:
        slots.append((len(lines), child, predicate))
        lines.append(f"{predicate}_:z .\n")
    else:
        lines.append(f"{predicate}{child} .\n")


def type_of(value: Any) -> Any:
    """Return the types of a value that must be a node, to choose how it is written."""
    if value.__class__ is not dict:
        raise Fallback
    types = value.get("type")
    return tuple(types) if types.__class__ is list else types


def settle_links(lines: list[str], slots: list[Slot], since: int) -> list[Slot]:
    """Sort links and texts of one predicate; return the slots, moved along."""
    blank = [slot for slot in slots if slot[0] >= since]
    places = {at for at, _, _ in blank}
    plain = [line for at, line in enumerate(lines[since:], since) if at not in places]
    if len(set(plain)) < len(plain):
        raise Fallback
    plain.sort()
    first = since + len(plain)
    lines[since:] = [*plain, *(lines[at] for at, _, _ in blank)]
    moved = [(first + at, node, start) for at, (_, node, start) in enumerate(blank)]
    return [*slots[: len(slots) - len(blank)], *moved]


def finish(nodes: Sequence[Node], hashed_by: Callable[[bytes], Hash]) -> str:
    """Label the nodes that have no id by their hashes, and return all lines in order."""
    said: list[tuple[str, list[str]]] = []
    hashed: list[tuple[bytes, int]] = []
    for number, node in enumerate(nodes):
        if node[0]:
            said.append(node[:2])
        else:
            hashed.append((hashed_by(_told(node).encode()).digest(), number))
    said.sort()
    hashed.sort()
    labels = {number: f"_:c14n{at}" for at, (_, number) in enumerate(hashed)}
    for node in nodes:
        if node[2]:
            _fill(node, labels)
    told = [(labels[number], nodes[number][1]) for _, number in hashed]
    if len(told) > _LABELS_IN_ORDER:
        told.sort()
    # Nodes that look alike take the long algorithm, and one id in two places is to be judged.
    if len({each for each, _ in hashed}) < len(hashed) or len(dict(said)) < len(said):
        raise Fallback
    said += told
    if not nodes[-1][1] or sum([len(lines) for _, lines in said]) > _MOST_LINES:
        raise Fallback
    return "".join([f"{subject} " + f"{subject} ".join(lines) for subject, lines in said if lines])


def _told(node: Node) -> str:
    """RDFC-1.0 §4.6: the lines of a node, itself `_:a` and any other `_:z`, and those to it."""
    _, lines, _, link = node
    if not lines:
        return link and f"{link}_:a .\n"
    own = "_:a ".join(lines)
    if not link:
        return f"_:a {own}"
    return f"_:a {own}{link}_:a .\n" if link[0] == "_" else f"{link}_:a .\n_:a {own}"


def _fill(node: Node, labels: Mapping[int, str]) -> None:
    _, lines, slots, _ = node
    for at, target, predicate in slots:
        lines[at] = f"{predicate}{labels[target]} .\n"
    if len(slots) > 1:
        predicates = {predicate for _, _, predicate in slots}
        for each in predicates if len(predicates) < len(slots) else ():
            places = [at for at, _, predicate in slots if predicate == each]
            lines[places[0] : places[-1] + 1] = sorted(lines[at] for at in places)


def _literal(value: Any, forms: Mapping[type, Written], escapes: Mapping[int, str] | None) -> str:
    before, after = forms.get(value.__class__) or fall_back()
    if value.__class__ is str:
        return before + (value if escapes is None else value.translate(escapes)) + after
    if value.__class__ is int and not -LARGEST_INTEGER <= value <= LARGEST_INTEGER:
        raise Fallback
    return before + (str(value) if value.__class__ is int else str(value).lower()) + after
