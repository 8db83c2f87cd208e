"""
RDF datasets in canonical form: RDFC-1.0, and the older dialect of it that legacy proofs need.

Both label blank nodes by the same rules (W3C RDF Dataset Canonicalization §4). The older stack,
rdf-canonize 1.x, escapes four characters only and sorts by UTF-16 code units; both differences
reach the labels, because lines are hashed to find them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final, Protocol, TypeAlias

import msgspec

from mohar.domain.errors import Unreadable

Quad: TypeAlias = tuple[str, str, str, str]
"""Subject, predicate, object and graph as N-Quads terms; no graph is the empty text."""

Labels: TypeAlias = dict[str, str]

# A document of a citizen needs none of this, and many of them together need some each; a graph
# made to be slow needs factorials.
_MOST_ATTEMPTS: Final = 2_000
_DEEPEST: Final = 100


class TooTangled(Unreadable):
    """Nodes without ids that look alike in so many ways that labelling them would take ages."""

    code = "ld-too-tangled"


class Hash(Protocol):
    """What the standard library makes of bytes that are hashed."""

    def digest(self) -> bytes:
        """Return the hash as bytes."""
        ...

    def hexdigest(self) -> str:
        """Return the hash as hexadecimal digits."""
        ...


class Dialect(msgspec.Struct, frozen=True, kw_only=True):
    """How literals are escaped, lines are sorted, and both are hashed."""

    name: str
    escapes: Mapping[int, str]
    order: Callable[[str], str | bytes]
    hash: Callable[[bytes], Hash] = hashlib.sha256

    def literal(self, text: str) -> str:
        """Return text between quotes, escaped."""
        return f'"{text.translate(self.escapes)}"'


def _utf16(line: str) -> bytes:
    return line.encode("utf-16-be")


_NAMED: Final = {8: "\\b", 9: "\\t", 10: "\\n", 12: "\\f", 13: "\\r", 34: '\\"', 92: "\\\\"}
_UNNAMED: Final = {code: f"\\u{code:04X}" for code in (*range(32), 127)}

RDFC: Final = Dialect(name="rdfc", escapes={**_UNNAMED, **_NAMED}, order=str)
RDFC_384: Final = Dialect(name="rdfc-384", escapes=RDFC.escapes, order=str, hash=hashlib.sha384)
LEGACY: Final = Dialect(
    name="legacy", escapes={code: _NAMED[code] for code in (10, 13, 34, 92)}, order=_utf16
)


def canonical(quads: Iterable[Quad], dialect: Dialect) -> str:
    """
    Return a dataset as canonical N-Quads.

    Raises:
        TooTangled: labelling its blank nodes would take too long.
    """
    return _Labelling(quads, dialect).text()


def is_blank(term: str) -> bool:
    """Say whether a term is a blank node."""
    return term.startswith("_:")


class _Labelling:
    """One run of the algorithm over one dataset."""

    def __init__(self, quads: Iterable[Quad], dialect: Dialect) -> None:
        self._quads = list(dict.fromkeys(quads))
        self._order = dialect.order
        self._hash = dialect.hash
        self._mentions: dict[str, list[Quad]] = {}
        self._hashes: dict[str, str] = {}
        self._canonical: Labels = {}
        self._attempts_left = _MOST_ATTEMPTS + len(self._quads)
        for quad in self._quads:
            for term in {quad[0], quad[2], quad[3]}:
                if is_blank(term):
                    self._mentions.setdefault(term, []).append(quad)

    def text(self) -> str:
        self._label_all()
        labels = self._canonical
        lines = [_line(quad, lambda term: labels[term]) for quad in self._quads]
        return "".join(sorted(lines, key=self._order))

    def _label_all(self) -> None:
        alike: dict[str, list[str]] = {}
        for node in self._mentions:
            alike.setdefault(self._first_degree(node), []).append(node)
        groups = [group for _, group in sorted(alike.items())]
        for group in groups:
            if len(group) == 1:
                _issue(self._canonical, group[0], "_:c14n")
        for group in groups:
            self._label_alike(group)

    def _label_alike(self, group: Sequence[str]) -> None:
        open_nodes = [node for node in group if node not in self._canonical]
        results = [self._n_degree(node, {node: "_:b0"}) for node in open_nodes]
        for _, labels in sorted(results, key=lambda result: result[0]):
            for node in labels:
                _issue(self._canonical, node, "_:c14n")

    def _first_degree(self, node: str) -> str:
        """§4.6: the node as the lines that mention it tell it."""
        if node not in self._hashes:
            lines = [
                _line(quad, lambda term: "_:a" if term == node else "_:z")
                for quad in self._mentions[node]
            ]
            self._hashes[node] = self._digest("".join(sorted(lines, key=self._order)))
        return self._hashes[node]

    def _related(self, node: str, labels: Labels) -> Mapping[str, list[str]]:
        """§4.7: the blank nodes beside this one, by what ties them to it."""
        related: dict[str, list[str]] = {}
        for subject, predicate, target, graph in self._mentions[node]:
            for position, term in (("s", subject), ("o", target), ("g", graph)):
                if is_blank(term) and term != node:
                    label = self._canonical.get(term) or labels.get(term)
                    tie = "" if position == "g" else predicate
                    known_as = label or self._first_degree(term)
                    related.setdefault(self._digest(position + tie + known_as), []).append(term)
        return related

    def _n_degree(self, node: str, labels: Labels) -> tuple[str, Labels]:
        """§4.8: the node as its surroundings tell it, however far they reach."""
        if len(labels) > _DEEPEST:
            raise TooTangled("too many nodes without an id hang together")
        told: list[str] = []
        for tie, nodes in sorted(self._related(node, labels).items()):
            told.append(tie)
            best: tuple[str, Labels] | None = None
            for arrangement in _arrangements(nodes):
                attempt = self._path(arrangement, dict(labels), best[0] if best else "")
                if attempt is not None and (best is None or attempt[0] < best[0]):
                    best = attempt
            assert best is not None
            told.append(best[0])
            labels = best[1]
        return self._digest("".join(told)), labels

    def _path(
        self, arrangement: Sequence[str], labels: Labels, chosen: str
    ) -> tuple[str, Labels] | None:
        """§4.8.5.4: one order of alike nodes; None as soon as it cannot be the least."""
        self._spend()
        path = ""
        fresh: list[str] = []
        for node in arrangement:
            if node not in self._canonical and node not in labels:
                fresh.append(node)
            path += self._canonical.get(node) or _issue(labels, node, "_:b")
            if _is_beaten(path, chosen):
                return None
        for node in fresh:
            digest, further = self._n_degree(node, labels)
            path += _issue(labels, node, "_:b") + f"<{digest}>"
            labels = further
            if _is_beaten(path, chosen):
                return None
        return path, labels

    def _digest(self, text: str) -> str:
        return self._hash(text.encode("utf-8")).hexdigest()

    def _spend(self) -> None:
        self._attempts_left -= 1
        if self._attempts_left < 0:
            raise TooTangled("too many nodes without an id look alike")


def _issue(labels: Labels, node: str, prefix: str) -> str:
    return labels.setdefault(node, f"{prefix}{len(labels)}")


def _arrangements(nodes: Sequence[str]) -> Iterator[Sequence[str]]:
    """
    Yield each order of these nodes once, the least first.

    One node can stand there many times: a node in a graph without a name is tied to it by each line.
    """
    order = sorted(nodes)
    while True:
        yield tuple(order)
        rises = [at for at in range(len(order) - 1) if order[at] < order[at + 1]]
        if not rises:
            return
        last = rises[-1]
        larger = max(at for at in range(last + 1, len(order)) if order[at] > order[last])
        order[last], order[larger] = order[larger], order[last]
        order[last + 1 :] = reversed(order[last + 1 :])


def _is_beaten(path: str, chosen: str) -> bool:
    return bool(chosen) and len(path) >= len(chosen) and path > chosen


def _line(quad: Quad, name: Callable[[str], str]) -> str:
    subject, predicate, target, graph = quad
    parts = [
        name(subject) if is_blank(subject) else subject,
        predicate,
        name(target) if is_blank(target) else target,
    ]
    if graph:
        parts.append(name(graph) if is_blank(graph) else graph)
    return " ".join((*parts, ".\n"))
