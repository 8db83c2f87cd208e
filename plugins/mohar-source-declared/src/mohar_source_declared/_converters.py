"""The fixed list of converters: how a value of the message becomes a value of the record."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

import msgspec

from mohar_source_declared._part import Name, Part, Scalar, Upstream

Plain: TypeAlias = Literal[
    "text",
    "trim",
    "integer",
    "number",
    "upper",
    "lower",
    "date",
    "date-time",
    "local-date",
    "join",
]
Formats: TypeAlias = Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]


class Number(Part, frozen=True, kw_only=True, tag_field="use", tag="number"):
    """A number written with this sign before its fraction."""

    decimal: Literal[".", ","] = "."


class Date(Part, frozen=True, kw_only=True, tag_field="use", tag="date"):
    """
    A date written in one of these forms: `DD/MM/YYYY`, `D.M.YYYY`, `MM/YYYY`, `YYYY`.

    No more becomes known than was said: a year stays a year. A text that two of the forms read as
    two different dates is refused.
    """

    formats: Formats


class DateTime(Part, frozen=True, kw_only=True, tag_field="use", tag="date-time"):
    """
    A date and time as RFC 3339 writes it, or in one of `formats` (`DD/MM/YYYY HH:mm:ss`).

    `zone` (an IANA name) is where a time was noted that has no offset of its own; of an hour that
    comes twice it is the first.
    """

    formats: tuple[str, ...] = ()
    zone: str | None = None


class LocalDate(Part, frozen=True, kw_only=True, tag_field="use", tag="local-date"):
    """The day of a date and time in a zone; without one, in the deployment's own."""

    zone: str | None = None


class Mapped(Part, frozen=True, kw_only=True):
    """One value and what it becomes. Letter case and the number of blanks do not count."""

    is_: str = msgspec.field(name="is")
    to: Scalar


class Map(Part, frozen=True, kw_only=True, tag_field="use", tag="map"):
    """Replace a value by another from a list; what is not there becomes `other`, or is refused."""

    values: Annotated[tuple[Mapped, ...], msgspec.Meta(min_length=1)]
    other: Scalar | None = None


class Lookup(Part, frozen=True, kw_only=True, tag_field="use", tag="lookup"):
    """
    Find the value in a value set, by code or name, and take a member of the entry.

    What is not found is refused.
    """

    set: Name
    take: str = "code"


class Split(Part, frozen=True, kw_only=True, tag_field="use", tag="split"):
    """Part a text; `take` is the number of one part, from 0, or from the end: -1 is the last."""

    at: Annotated[str, msgspec.Meta(min_length=1)]
    take: int | None = None


class Join(Part, frozen=True, kw_only=True, tag_field="use", tag="join"):
    """Put the texts of a list, and those at further paths, into one; what is absent is left out."""

    between: str = " "
    after: tuple[Upstream, ...] = ()


Converter: TypeAlias = Plain | Number | Date | DateTime | LocalDate | Map | Lookup | Split | Join
