"""The shape of a mapping. These docs become its reference."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal

import msgspec

from mohar_source_declared._converters import Converter
from mohar_source_declared._part import InRecord, Name, Part, Scalar, Upstream


class Origin(Part, frozen=True, kw_only=True):
    """
    Where a value comes from: a path into the message (`pupil.names.0`) or a constant.

    `with` is a chain of converters, applied from left to right. A value that is absent, null, an
    empty text or an empty list is no value.
    """

    from_: Upstream | None = msgspec.field(default=None, name="from")
    const: Scalar | msgspec.UnsetType = msgspec.UNSET
    with_: tuple[Converter, ...] = msgspec.field(default=(), name="with")


class Member(Origin, frozen=True, kw_only=True):
    """
    One value of the record, at its dotted `path`.

    `or` are further origins, tried in order; `default` is what stands where none has a value.
    `required` refuses a message without one, and `pattern` a text that it does not match as a
    whole. `variants` are those in which the member is read; none named means all.

    With `each`, `from` leads to a list of objects, and the record gets a list with these members
    of each of them; their `from` begins at the object.
    """

    path: InRecord
    or_: tuple[Origin, ...] = msgspec.field(default=(), name="or")
    default: Scalar | msgspec.UnsetType = msgspec.UNSET
    required: bool = False
    pattern: str | None = None
    variants: tuple[str, ...] = ()
    each: tuple[Member, ...] = ()

    def origins(self) -> list[Origin]:
        """Return where its value may come from, the first choice first."""
        return [self, *self.or_]


class SetFile(Part, frozen=True, kw_only=True):
    """A value set, by the name that this mapping calls it; `file` is relative to the mapping."""

    name: Name
    file: str


class Beside(Part, frozen=True, kw_only=True):
    """A constant that goes into the message together with a cell."""

    to: Upstream
    value: Scalar


class Column(Part, frozen=True, kw_only=True):
    """
    A column of a CSV file, and where its cells go in the message; without `to`, under its name.

    `also` is set only where the cell is not empty: that turns a column for each subject into a
    list of subjects with their grades.
    """

    column: Annotated[str, msgspec.Meta(min_length=1)]
    to: Upstream | None = None
    also: tuple[Beside, ...] = ()

    @property
    def goes_to(self) -> str:
        """Return the path in the message."""
        return self.column if self.to is None else self.to


class Csv(Part, frozen=True, kw_only=True):
    """
    How a row of a CSV file becomes a message: it has all these columns, and may have others.

    Messages that were rows come as this `variant`, so that findings can name columns. Name one
    that no other messages have.
    """

    variant: Name = "csv"
    columns: Annotated[tuple[Column, ...], msgspec.Meta(min_length=1)]


class Mapping(Part, frozen=True, kw_only=True):
    """
    One upstream format.

    `variants` are the versions of the message that there are; a message that names none is the
    first. Without them any will do. `unmapped` says what happens to members of a message that
    nothing here reads, beside those that are `ignored` by name.
    """

    mapping: Name
    about: Annotated[str, msgspec.Meta(min_length=1)]
    variants: tuple[Name, ...] = ()
    unmapped: Literal["ignore", "warn", "refuse"] = "warn"
    ignored: tuple[Upstream, ...] = ()
    value_sets: tuple[SetFile, ...] = ()
    record: Annotated[tuple[Member, ...], msgspec.Meta(min_length=1)]
    csv: Csv | None = None

    def members_in(self, variant: str) -> list[Member]:
        """Return what is read of messages of one variant."""
        return list(_of_variant(self.record, variant))


def _of_variant(members: Sequence[Member], variant: str) -> Iterator[Member]:
    for member in members:
        if not member.variants or variant in member.variants:
            yield msgspec.structs.replace(member, each=tuple(_of_variant(member.each, variant)))
