"""What every compiled plan does alike: values that are not the usual one text, and the labels."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NoReturn, TypeAlias

from mohar_format_ld._canonical import Hash

_LARGEST_INTEGER: Final = 2**53 - 1
_MOST_LINES: Final = 300
# What every reading of IRIs agrees to: absolute, and no white space of any sort in it.
_IRI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[^\s\x00-\x20\x7f<>\"{}|^`\\]*").fullmatch

Written: TypeAlias = tuple[str, str]
"""What stands before a value and what after it, predicate and end of line included."""

Slot: TypeAlias = tuple[int, int]
"""The position of a line that ends in a node without an id, and the number of that node."""


class Fallback(Exception):
    """The plan does not cover this document; the careful path must take it."""


class Node:
    """
    The lines of one node, without their subject, which is known only when all are hashed.

    `subject` is empty for a node without an id, `link` is the start of the line that leads to it.
    """

    __slots__ = ("lines", "link", "slots", "subject")

    def __init__(self, lines: list[str], slots: list[Slot], subject: str, link: str) -> None:
        self.lines = lines
        self.slots = slots
        self.subject = subject
        self.link = link


def fall_back() -> NoReturn:
    """Leave the document to the careful path."""
    raise Fallback


def iri(value: Any, terms: frozenset[str]) -> str:
    """Return an IRI that no context can turn into another one."""
    if value.__class__ is not str or _IRI(value) is None:
        raise Fallback
    if value.partition(":")[0] in terms or value in terms:
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
        slots.append((len(lines), child))
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
    targets = dict(slots)
    plain = [line for at, line in enumerate(lines[since:], since) if at not in targets]
    blank = [(lines[at], node) for at, node in slots if at >= since]
    if len(set(plain)) < len(plain):
        raise Fallback
    plain.sort()
    first = since + len(plain)
    lines[since:] = [*plain, *(line for line, _ in blank)]
    earlier = [slot for slot in slots if slot[0] < since]
    return [*earlier, *((first + at, node) for at, (_, node) in enumerate(blank))]


def finish(nodes: Sequence[Node], hashed_by: Callable[[bytes], Hash]) -> str:
    """Label the nodes that have no id by their hashes, and return all lines in order."""
    if not nodes[-1].lines or sum(len(node.lines) for node in nodes) > _MOST_LINES:
        raise Fallback
    blanks = [number for number, node in enumerate(nodes) if not node.subject]
    labels = _labels(nodes, blanks, hashed_by)
    for node in nodes:
        if node.slots:
            _fill(node, labels)
    named = sorted((node.subject, node.lines) for node in nodes if node.subject)
    subjects = [subject for subject, _ in named]
    # One id in two places is for the careful path to judge.
    if len(set(subjects)) < len(subjects):
        raise Fallback
    named += sorted((labels[number], nodes[number].lines) for number in blanks)
    return "".join(f"{subject} " + f"{subject} ".join(lines) for subject, lines in named if lines)


def _labels(
    nodes: Sequence[Node], blanks: Sequence[int], hashed_by: Callable[[bytes], Hash]
) -> Mapping[int, str]:
    if len(blanks) == 1:
        return {blanks[0]: "_:c14n0"}
    hashed = sorted(
        (hashed_by(_told(nodes[number]).encode()).digest(), number) for number in blanks
    )
    # Nodes that look alike take the long algorithm.
    if len({each for each, _ in hashed}) < len(hashed):
        raise Fallback
    return {number: f"_:c14n{at}" for at, (_, number) in enumerate(hashed)}


def _told(node: Node) -> str:
    """RDFC-1.0 §4.6: the lines of a node, itself `_:a` and any other `_:z`, and those to it."""
    own = "_:a " + "_:a ".join(node.lines) if node.lines else ""
    link = node.link and f"{node.link}_:a .\n"
    return own + link if node.link[:1] == "_" else link + own


def _fill(node: Node, labels: Mapping[int, str]) -> None:
    lines = node.lines
    by_predicate: dict[str, list[int]] = {}
    for at, target in node.slots:
        start = lines[at][:-6]
        by_predicate.setdefault(start, []).append(at)
        lines[at] = f"{start}{labels[target]} .\n"
    for places in by_predicate.values():
        if len(places) > 1:
            for at, line in zip(places, sorted(lines[at] for at in places), strict=True):
                lines[at] = line


def _literal(value: Any, forms: Mapping[type, Written], escapes: Mapping[int, str] | None) -> str:
    before, after = forms.get(value.__class__) or fall_back()
    if value.__class__ is str:
        return before + (value if escapes is None else value.translate(escapes)) + after
    if value.__class__ is int and not -_LARGEST_INTEGER <= value <= _LARGEST_INTEGER:
        raise Fallback
    return before + (str(value) if value.__class__ is int else str(value).lower()) + after
