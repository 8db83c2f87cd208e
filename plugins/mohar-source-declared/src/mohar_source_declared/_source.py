"""The Source that a mapping declares."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
from zoneinfo import ZoneInfo

import msgspec

from mohar.domain.errors import ConfigError
from mohar.domain.record import Message, Record
from mohar.plugin import Tools
from mohar_source_declared import _rows as rows
from mohar_source_declared._convert import Kit
from mohar_source_declared._lint import mistakes
from mohar_source_declared._mapping import Mapping
from mohar_source_declared._notes import Notes
from mohar_source_declared._plan import Filler
from mohar_source_declared._shape import Shape, shape_of


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`mapping` is the file, relative to the deployment folder."""

    mapping: str


class DeclaredSource:
    """Reads the messages of one upstream; what does not fit is a finding, and nothing is raised."""

    def __init__(self, mapping: Mapping, kit: Kit) -> None:
        self._mapping = mapping
        self._plans = {name: _plan(mapping, name, kit) for name in mapping.variants or ("",)}
        columns = mapping.csv.columns if mapping.csv else ()
        self._columns = {column.goes_to: column.column for column in columns}

    @classmethod
    def open(cls, settings: Settings, tools: Tools) -> DeclaredSource:
        """
        Read the mapping and its value sets.

        Raises:
            ConfigError: every mistake of a file, with its place.
        """
        mapping = tools.files.load(settings.mapping, Mapping)
        folder = posixpath.dirname(settings.mapping)
        sets = [
            tools.files.value_set(posixpath.normpath(posixpath.join(folder, part.file)))
            for part in mapping.value_sets
        ]
        found = mistakes(mapping, sets)
        if found:
            raise ConfigError("\n".join(f"{settings.mapping}: {mistake}" for mistake in found))
        named = {part.name: each for part, each in zip(mapping.value_sets, sets, strict=True)}
        return cls(mapping, Kit(sets=named, zone=ZoneInfo(tools.time_zone)))

    def read(self, messages: Sequence[Message]) -> Sequence[Record]:
        """Return one record for each message, in order."""
        return [self._read(message) for message in messages]

    def columns(self) -> Sequence[str]:
        """Return the CSV headers that the mapping names, or nothing where it reads no CSV."""
        return list(self._columns.values())

    def from_row(self, row: AnyMapping[str, str]) -> Message:
        """
        Return the message a row stands for.

        Raises:
            ConfigError: the mapping reads no CSV.
        """
        csv = self._mapping.csv
        if csv is None:
            raise ConfigError(f"mapping {self._mapping.mapping}: add `csv` to read CSV files")
        return Message(content=rows.content_of(row, csv), variant=csv.variant)

    def _read(self, message: Message) -> Record:
        notes = Notes(self._columns_of(message), self._mapping.unmapped)
        variant = message.variant or next(iter(self._plans))
        if self._mapping.variants and variant not in self._plans:
            notes.unknown_variant(self._mapping.variants)
        filler, shape = self._plans.get(variant) or next(iter(self._plans.values()))
        content = filler.fill(message.content, notes)
        shape.look(message.content, notes)

        return Record(variant=variant, content=content, findings=tuple(notes.findings))

    def _columns_of(self, message: Message) -> AnyMapping[str, str]:
        csv = self._mapping.csv
        return self._columns if csv and message.variant == csv.variant else {}


def _plan(mapping: Mapping, variant: str, kit: Kit) -> tuple[Filler, Shape]:
    members = mapping.members_in(variant)
    return Filler(members, kit), shape_of(members, mapping.ignored)
