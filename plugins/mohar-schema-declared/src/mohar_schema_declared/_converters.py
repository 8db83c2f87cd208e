"""The fixed list of converters: how a value of the record becomes a value of the document."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import msgspec

from mohar_schema_declared._part import Part, Path

Plain: TypeAlias = Literal[
    "text",
    "integer",
    "upper",
    "lower",
    "local-date",
    "month",
    "partial-date",
    "full-date",
    "instant",
    "instant-ms",
    "country-alpha-3",
]


class Lookup(Part, frozen=True, kw_only=True, tag_field="use", tag="lookup"):
    """
    Find the value in a value set, by code or name, and take a member of the entry.

    `take` is a path into the entry (`code`, `name`, `type.code`). Where it leads to a list of
    things dated by `effective_from`, `at` is the path of the day that picks one, and `member` what
    is taken of it. What is not found is absent.
    """

    set: str
    take: Path
    at: Path | None = None
    member: Path | None = None


class Course(Part, frozen=True, kw_only=True, tag_field="use", tag="course"):
    """
    What the dated schedule of an entry says about one step of a course (`schedules` of the entry).

    The value finds the entry in `set`, and `at` is the path of the day whose schedule judges.
    `number` is the path of which step this is and `of` of how many the record tells; without that
    the schedule does. `take` is the `stage` (provisional, final, precaution where a booster was
    provided for, else additional), the `total`, the first or last day on which the next step is
    due (`due-from`, `due-until`) or the day from which the finished course counts (`valid-from`).
    `reason` is the path of why an exception of the entry holds. What is not known is absent.
    """

    set: str
    at: Path
    number: Path
    of: Path | None = None
    reason: Path | None = None
    take: Literal["stage", "total", "due-from", "due-until", "valid-from"]


class AgeAt(Part, frozen=True, kw_only=True, tag_field="use", tag="age-at"):
    """
    The age, in whole years, that someone born on this (partial) date has on another day.

    With `year_only` it is one year minus the other; `born_after` leaves out earlier birth years.
    """

    date: Path
    year_only: bool = False
    born_after: int | None = None


class Piece(Part, frozen=True, kw_only=True):
    """A fixed text, or the text at a path."""

    text: str = ""
    from_: Path | None = msgspec.field(default=None, name="from")


class Join(Part, frozen=True, kw_only=True, tag_field="use", tag="join"):
    """Put a fixed text before the value, and pieces after it."""

    before: str = ""
    after: tuple[Piece, ...] = ()


class Mapped(Part, frozen=True, kw_only=True):
    """One value and what it becomes. Letter case, blanks and punctuation do not count."""

    is_: str = msgspec.field(name="is")
    to: str | int


class Map(Part, frozen=True, kw_only=True, tag_field="use", tag="map"):
    """Replace a value by another from a list; what is not in the list becomes `other`."""

    values: tuple[Mapped, ...]
    other: str | int | None = None


class Band(Part, frozen=True, kw_only=True, tag_field="use", tag="band"):
    """Put a number into a band: with edges 0, 18, 45 it is `0-17`, `18-44` or `45+`."""

    edges: tuple[int, ...]


class DaysAfter(Part, frozen=True, kw_only=True, tag_field="use", tag="days-after"):
    """The day so many days after a day, or after that of a moment in the deployment's time zone."""

    days: int


class AtLeast(Part, frozen=True, kw_only=True, tag_field="use", tag="at-least"):
    """Raise a number to the one at `path` where it is lower, unless it is one of `except`."""

    path: Path
    except_: tuple[int, ...] = msgspec.field(default=(), name="except")


Converter: TypeAlias = Plain | Lookup | Course | AgeAt | Join | Map | Band | DaysAfter | AtLeast
Const: TypeAlias = Any
