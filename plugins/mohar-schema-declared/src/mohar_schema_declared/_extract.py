"""Take named values out of a document: for a screen, or for counting."""

from __future__ import annotations

from collections.abc import Sequence

from mohar.domain.values import JsonObject
from mohar_schema_declared._frame import Frame, Kit
from mohar_schema_declared._straight import straight_extract
from mohar_schema_declared._typefile import Extract


class Extractor:
    """A list of public names and where their values stand. What does not fit is left out."""

    def __init__(self, extracts: Sequence[Extract], kit: Kit) -> None:
        self._values = straight_extract(extracts, kit)

    def values(self, document: JsonObject) -> JsonObject:
        """Return the values that are there, by name, in the list's order."""
        return self._values(Frame(document))
