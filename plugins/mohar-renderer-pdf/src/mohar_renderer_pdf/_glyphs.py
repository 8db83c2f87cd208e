"""Say where the characters stand that no font can print, without telling what a person's name is."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from mohar.domain.findings import Finding
from mohar.domain.values import JsonObject
from mohar_renderer_pdf._labels import LabelFile

_MEND = "install the fonts that the manual names (fonts-noto-core, fonts-noto-color-emoji)"


class MissingGlyphs(Exception):
    """
    A page has characters for which no installed font has a glyph.

    They may be a person's: the exception has no text, and nobody logs `characters`.
    """

    def __init__(self, code_points: Iterable[int]) -> None:
        super().__init__()
        self.characters = frozenset(map(chr, code_points))


def glyph_findings(
    missing: MissingGlyphs, documents: Sequence[JsonObject], files: Sequence[LabelFile]
) -> tuple[Finding, ...]:
    """
    Return one finding for each field and each label that has such a character.

    A field is named by its path and its characters are counted; a label is nobody's, so its code
    points are told.
    """
    fields = {path: _count(text, missing) for each in documents for path, text in _texts(each)}
    found = [
        *(_of_field(path, number) for path, number in fields.items() if number),
        *(each for file in files for each in _of_labels(file, missing.characters)),
    ]
    return tuple(found) or (_of_page(len(missing.characters)),)


def _of_field(path: str, number: int) -> Finding:
    message = f"no installed font has {number} of the characters of this value; {_MEND}"
    return Finding(code="pdf-missing-glyph", message=message, where=path)


def _of_labels(file: LabelFile, characters: Collection[str]) -> Iterator[Finding]:
    for key, label in file.labels.items():
        text = label if isinstance(label, str) else "".join(label.values())
        lacking = sorted(set(text).intersection(characters))
        if lacking:
            points = ", ".join(f"U+{ord(each):04X}" for each in lacking)
            message = f"no installed font has {points} of label {key} in {file.language}; {_MEND}"
            yield Finding(code="pdf-missing-glyph", message=message)


def _of_page(number: int) -> Finding:
    message = (
        f"no installed font has {number} of the characters that the template itself writes; {_MEND}"
    )
    return Finding(code="pdf-missing-glyph", message=message)


def _count(text: str, missing: MissingGlyphs) -> int:
    return sum(letter in missing.characters for letter in text)


def _texts(tree: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Give each text of a JSON tree with its dotted path."""
    if isinstance(tree, str):
        yield path, tree
        return
    steps = (
        tree.items()
        if isinstance(tree, dict)
        else enumerate(tree)
        if isinstance(tree, list)
        else ()
    )
    for step, below in steps:
        yield from _texts(below, f"{path}.{step}" if path else str(step))
