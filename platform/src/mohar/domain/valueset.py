"""A value set: coded things with their names and aliases, one dated file each."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence

import msgspec

from mohar.domain.values import JsonObject


def normalised(name: str) -> str:
    """Return a name as it is compared: NFKC, case-folded, only letters, their marks and digits."""
    if name.isascii():
        return "".join(filter(str.isalnum, name.lower()))
    folded = unicodedata.normalize("NFKC", name).casefold()
    # Marks (category M) are the vowels of Indic scripts: without them different words are one.
    return "".join(each for each in folded if unicodedata.category(each)[0] in "LMN")


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One coded thing. `more` holds whatever else the file says about it, by its own names."""

    code: str
    name: str
    aliases: tuple[str, ...] = ()
    more: JsonObject = {}


class ValueSet:
    """
    Entries found by their code or by a normalised name, never by part of one.

    Raises:
        ValueError: two entries answer to the same code or name.
    """

    def __init__(self, name: str, version: str, entries: Sequence[Entry]) -> None:
        self.name = name
        self.version = version
        self.entries = tuple(entries)
        self._by_name = self._named(entries)
        # As they are written, so that most texts need not be compared loosely.
        self._written = {
            text: entry for entry in entries for text in (entry.code, entry.name, *entry.aliases)
        }

    def find(self, text: str) -> Entry | None:
        """Return the entry with this code, or else with this name or alias, or None."""
        return self._written.get(text) or self._by_name.get(normalised(text))

    def _named(self, entries: Sequence[Entry]) -> Mapping[str, Entry]:
        named: dict[str, Entry] = {}
        for entry in entries:
            for name in {normalised(each) for each in (entry.code, entry.name, *entry.aliases)}:
                if named.setdefault(name, entry) is not entry:
                    raise ValueError(
                        f"value set {self.name}: {entry.code!r} and {named[name].code!r} "
                        f"both answer to {name!r}"
                    )
        return named
