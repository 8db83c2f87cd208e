"""Take named values out of a document: for a screen, or for counting."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mohar.domain.values import JsonObject
from mohar_schema_declared._convert import first_of
from mohar_schema_declared._frame import Frame, Kit, Reader, Unfit
from mohar_schema_declared._typefile import Extract


class Extractor:
    """A list of public names and where their values stand. What does not fit is left out."""

    def __init__(self, extracts: Sequence[Extract], kit: Kit) -> None:
        self._readers = [(extract.name, first_of(extract.sources(), kit)) for extract in extracts]

    def values(self, document: JsonObject) -> JsonObject:
        """Return the values that are there, by name, in the list's order."""
        frame = Frame(document)
        taken = ((name, _taken(read, frame)) for name, read in self._readers)
        return {name: value for name, value in taken if value is not None}


def _taken(read: Reader, frame: Frame) -> Any:
    try:
        return read(frame)
    except Unfit:
        return None
