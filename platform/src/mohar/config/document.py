"""One YAML file as it was read: its tree, its text, and a mistake for any place in it."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from mohar.config.mistakes import Mistake
from mohar.config.places import Text
from mohar.config.tree import MapNode, Node, Path, described, nearest


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """A mistake whose place is still an index into the text."""

    index: int
    path: Path
    message: str
    hint: str = ""


class Document:
    """
    A file that is YAML.

    `problems` are the mistakes that did not keep it from being read, such as a duplicate key.
    """

    def __init__(self, text: Text, root: Node, problems: Iterable[Problem] = ()) -> None:
        self.text = text
        self.root = root
        self.problems = tuple(problems)

    def mistake(self, path: Path, message: str, hint: str = "") -> Mistake:
        """Return a mistake at the value of a path, or at the nearest part of it there is."""
        node, _ = nearest(self.root, path)
        return self.located(Problem(index=node.start, path=path, message=message, hint=hint))

    def mistake_at_key(self, path: Path, message: str, hint: str = "") -> Mistake:
        """Return a mistake at the key that ends a path."""
        parent, found = nearest(self.root, path[:-1])
        index = parent.start
        if found and isinstance(parent, MapNode) and path[-1] in parent.members:
            index = parent.members[str(path[-1])].start
        return self.located(Problem(index=index, path=path[:-1], message=message, hint=hint))

    def located(self, problem: Problem) -> Mistake:
        """Return the mistake that a problem is, with its place and excerpt."""
        return located(self.text, problem, described(self.root, problem.path))


def located(text: Text, problem: Problem, path: str = "") -> Mistake:
    """Return the mistake that a problem of this text is; `path` tells it in words."""
    place = text.place(problem.index)
    return Mistake(
        file=text.name,
        line=place.line,
        column=place.column,
        path=path,
        message=problem.message,
        excerpt=text.excerpt(problem.index),
        hint=problem.hint,
    )
