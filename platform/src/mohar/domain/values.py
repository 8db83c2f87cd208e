"""Values as they come from the world: JSON trees, dates of known precision, personal data."""

from __future__ import annotations

import re
from datetime import date
from typing import Any, TypeAlias

import msgspec

JsonObject: TypeAlias = dict[str, Any]


class Personal(msgspec.Struct, frozen=True, kw_only=True):
    """Something about a person. It prints as its own name, so that no log can hold it."""

    def __repr__(self) -> str:
        return f"‹{type(self).__name__}›"

    __str__ = __repr__


class PartialDate(msgspec.Struct, frozen=True, order=True):
    """A date whose precision is known: a birth year stays a year (FHIR R4 `date`)."""

    year: int
    month: int | None = None
    day: int | None = None

    @classmethod
    def parse(cls, text: str) -> PartialDate:
        """
        Read `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.

        Raises:
            ValueError: the text is none of the three, or names a day that does not exist.
        """
        match = re.fullmatch(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", text, re.ASCII)
        if match is None:
            raise ValueError("not a date of the form YYYY, YYYY-MM or YYYY-MM-DD")
        year, month, day = (int(part) if part else None for part in match.groups())
        assert year is not None
        date(year, 1 if month is None else month, 1 if day is None else day)
        return cls(year, month, day)

    @property
    def is_full(self) -> bool:
        """Say whether the day is known."""
        return self.day is not None

    def __str__(self) -> str:
        parts = [f"{self.year:04d}"]
        parts += [f"{part:02d}" for part in (self.month, self.day) if part is not None]
        return "-".join(parts)


def _is_index(step: str) -> bool:
    return step.isascii() and step.isdecimal()


def at_path(tree: Any, path: str) -> Any:
    """Return what stands at a dotted path of a JSON tree (`recipient.address.state`), or None."""
    for step in path.split("."):
        if isinstance(tree, dict):
            tree = tree.get(step)
        elif isinstance(tree, list) and _is_index(step) and int(step) < len(tree):
            tree = tree[int(step)]
        else:
            return None
    return tree
