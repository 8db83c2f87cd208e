"""Read a value set file: coded things with their names and aliases."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import msgspec

from mohar.config.document import Document
from mohar.config.mistakes import Mistake, Mistakes
from mohar.config.shapes import converted
from mohar.config.tree import Path, nearest
from mohar.config.words import quoted
from mohar.domain.valueset import Entry, ValueSet, normalised

_Filled = Annotated[str, msgspec.Meta(min_length=1)]


class ValueSetFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file as a whole. `version` tells one edition of the list from the next."""

    value_set: _Filled
    version: _Filled
    title: str = ""
    entries: list[dict[str, Any]]


class EntryFields(msgspec.Struct, frozen=True, kw_only=True):
    """What every entry has; whatever else it says is kept as it stands."""

    code: _Filled
    name: _Filled
    aliases: tuple[_Filled, ...] = ()


def value_set_of(document: Document) -> ValueSet:
    """
    Return the value set that a document holds.

    Raises:
        ConfigMistakes: every mistake, such as two entries that answer to one name.
    """
    file = converted(document, ValueSetFile)
    mistakes = Mistakes()
    entries: list[Entry] = []
    for index, said in enumerate(file.entries):
        with mistakes.collected():
            entries.append(_entry(document, index, said))
    mistakes.raise_if_any()
    mistakes.add(*_ambiguous(document, entries))
    mistakes.raise_if_any()
    return ValueSet(file.value_set, file.version, entries)


def _entry(document: Document, index: int, said: dict[str, Any]) -> Entry:
    path: Path = ("entries", index)
    node, _ = nearest(document.root, path)
    known = converted(document, EntryFields, node=node, path=path)
    more = {key: value for key, value in said.items() if key not in EntryFields.__struct_fields__}
    return Entry(code=known.code, name=known.name, aliases=known.aliases, more=more)


def _ambiguous(document: Document, entries: list[Entry]) -> Iterator[Mistake]:
    """Tell every name that could not be found, or would find two entries."""
    owners: dict[str, int] = {}
    for index, entry in enumerate(entries):
        for path, name in _names(index, entry):
            compared = normalised(name)
            owner = owners.setdefault(compared, index)
            if not compared:
                yield document.mistake(path, f"{quoted(name)} has no letter and no digit")
            elif owner != index:
                line = document.mistake(("entries", owner), "").line
                message = (
                    f"{quoted(name)} already finds {quoted(entries[owner].code)} of line {line}"
                )
                yield document.mistake(path, message, "names are compared by letters and digits")


def _names(index: int, entry: Entry) -> Iterator[tuple[Path, str]]:
    yield ("entries", index, "code"), entry.code
    yield ("entries", index, "name"), entry.name
    for position, alias in enumerate(entry.aliases):
        yield ("entries", index, "aliases", position), alias
