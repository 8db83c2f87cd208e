"""Other values for a page, of the same sort as its own, to try a sheet with."""

from __future__ import annotations

import string
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Final

from mohar_renderer_pdf_compiled._nodes import NotTold
from mohar_renderer_pdf_compiled._plan import PlannedRow
from mohar_renderer_pdf_compiled._sheet import Measure

_TRIES: Final = 8
_LONGEST: Final = 400
# The combining class of signs that join a letter to the next one (UAX #44).
_VIRAMA: Final = 9


class Fillings:
    """Makes values that fill the same lines as those of a page; equal pages get equal ones."""

    def __init__(
        self,
        measures: Sequence[Measure],
        values: Sequence[str],
        seed: bytes,
        rows: Sequence[PlannedRow] = (),
    ) -> None:
        self._measures = measures
        self._rows = rows
        self._values = tuple(values)
        self._random = Random(seed)  # noqa: S311 -- no secret: it only has to be the same again

    def changed(self, sort: Callable[[str, Random], Iterator[str]]) -> tuple[str, ...]:
        """Return other values; where none of a sort fills the same lines, the value itself."""
        values = list(self._values)
        for number in range(len(values)):
            self._change(values, number, sort)
        return tuple(values)

    def _change(
        self, values: list[str], number: int, sort: Callable[[str, Random], Iterator[str]]
    ) -> None:
        concerned = [each for each in self._measures if number in each.pattern.numbers]
        before = values[number]
        wanted = [_shape(each, self._values) for each in concerned]
        tries = sort if not any(each.is_tight for each in concerned) else alike
        for other in tries(before, self._random):
            values[number] = " ".join(other.split())
            if (
                values[number]
                and [_shape(each, values) for each in concerned] == wanted
                and all(self._fits(row, number, values) for row in self._rows)
            ):
                return
        values[number] = before

    def _fits(self, row: PlannedRow, number: int, values: Sequence[str]) -> bool:
        """Say whether what stands in one line still does, if it has this value."""
        measures = [self._measures[spot.measure] for spot in row.spots if spot.measure >= 0]
        if len(row.spots) == 1 or not any(number in each.pattern.numbers for each in measures):
            return True
        widths = [
            self._measures[spot.measure].lines(values)[0].width
            if spot.measure >= 0
            else spot.box.width
            for spot in row.spots
        ]
        return sum(widths) <= row.room


def alike(value: str, random: Random) -> Iterator[str]:
    """Yield values of the same length, of letters and digits of the same sort."""
    for _ in range(_TRIES):
        yield "".join(_other(cluster, random) for cluster in _shuffled(value, random))


def short(value: str, random: Random) -> Iterator[str]:
    """Yield values that are shorter, then such that are as long."""
    for part in (4, 2):
        for cut in alike(value, random):
            clusters = _clusters(cut)
            yield "".join(clusters[: max(1, len(clusters) // part)]).strip()
            break
    yield from alike(value, random)


def long(value: str, random: Random) -> Iterator[str]:
    """Yield values that are longer, the longest first, then such that are as long."""
    for repeats in (24, 12, 8, 6, 4, 3, 2):
        if repeats * len(value) > _LONGEST:
            continue
        yield " ".join(next(alike(value, random)) for _ in range(repeats))
        once = next(alike(value, random))
        yield once + "".join(next(alike(value, random)) for _ in range(repeats - 1))
    for more in range(4, 0, -1):
        yield value + "".join(_clusters(next(alike(value, random)))[:more])
    yield from alike(value, random)


def _shape(measure: Measure, values: Sequence[str]) -> object:
    try:
        lines = measure.lines(values)
    except NotTold:
        return None
    if measure.room is not None and len(lines) == 1 and lines[0].width > measure.room:
        return None
    return measure.shape(values, lines)


def _clusters(text: str) -> list[str]:
    """Cut a text into letters with what belongs to them."""
    found: list[str] = []
    for letter in text:
        joins = unicodedata.category(letter).startswith("M") or letter in "\u200c\u200d"
        follows = found and (
            unicodedata.combining(found[-1][-1]) == _VIRAMA or found[-1][-1] in "\u200c\u200d"
        )
        if found and (joins or follows):
            found[-1] += letter
        else:
            found.append(letter)
    return found


def _shuffled(text: str, random: Random) -> list[str]:
    """Return the clusters of a text with those of letters in another order."""
    clusters = _clusters(text)
    places = [at for at, each in enumerate(clusters) if each[0].isalpha()]
    mixed = [clusters[at] for at in places]
    random.shuffle(mixed)
    for at, cluster in zip(places, mixed, strict=True):
        clusters[at] = cluster
    return clusters


def _other(cluster: str, random: Random) -> str:
    """Return another digit for a digit: by it a value is told from what only looks like it."""
    return (
        random.choice(string.digits.replace(cluster, "")) if cluster in string.digits else cluster
    )
