"""What a message may hold, as far as a mapping reads it: the rest is told, and never read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from mohar_source_declared._converters import Join
from mohar_source_declared._mapping import Member, Origin
from mohar_source_declared._notes import Notes
from mohar_source_declared._values import is_index

ANY: Final = "*"
_MOST_ITEMS: Final = 1000


class Shape:
    """One place in a message: read as a `whole`, or only the members below it, or both."""

    def __init__(self) -> None:
        self.whole = False
        self.below: dict[str, Shape] = {}

    def grow(self, steps: Iterable[str]) -> Shape:
        """Return the place that steps lead to, made where it is not there yet."""
        place = self
        for step in steps:
            place = place.below.setdefault(step, Shape())
        return place

    def reads(self, steps: Iterable[str]) -> bool:
        """Say whether what stands where steps lead to is read, or known to be left out."""
        place: Shape | None = self
        for step in steps:
            if place is None or place.whole:
                break
            place = place.below.get(step) or (place.below.get(ANY) if is_index(step) else None)
        return place is not None and place.whole

    def look(self, value: Any, notes: Notes, path: str = "") -> None:
        """Note what stands in a message and is not read, and what cannot be walked through."""
        if self.whole or value is None or value == "":
            return
        if isinstance(value, dict) and not self._is_list:
            notes.unknown(path, (name for name in value if name not in self.below))
            for name, place in self.below.items():
                place.look(value.get(name), notes, _joined(path, name))
        elif isinstance(value, list) and self._may_be_list:
            self._look_at_list(value, notes, path)
        else:
            notes.unfit(path, f"must be {'a list' if self._is_list else 'an object'}")

    def _look_at_list(self, items: Sequence[Any], notes: Notes, path: str) -> None:
        if len(items) > _MOST_ITEMS:
            notes.unfit(path, f"must be a list of at most {_MOST_ITEMS}")
            return
        unread = []
        for place, item in enumerate(items):
            shape = self.below.get(ANY) or self.below.get(str(place))
            if shape is not None:
                shape.look(item, notes, _joined(path, str(place)))
            elif item is not None:
                unread.append(str(place))
        notes.unknown(path, unread)

    @property
    def _is_list(self) -> bool:
        return ANY in self.below

    @property
    def _may_be_list(self) -> bool:
        return self._is_list or any(is_index(step) for step in self.below)


def may_be_read(item: Any, items: Sequence[Any]) -> bool:
    """Say whether an item of a list is read; what is not has been noted by its shape."""
    return isinstance(item, dict) and len(items) <= _MOST_ITEMS


def shape_of(members: Sequence[Member], ignored: Sequence[str]) -> Shape:
    """Return what a message may hold so that all of it is read or known to be left out."""
    shape = Shape()
    _grow(shape, members)
    for path in ignored:
        shape.grow(path.split(".")).whole = True
    return shape


def _grow(shape: Shape, members: Sequence[Member]) -> None:
    for member in members:
        if member.each:
            steps = member.from_.split(".") if member.from_ else []
            _grow(shape.grow([*steps, ANY]), member.each)
            continue
        for origin in member.origins():
            for path in paths_of(origin):
                shape.grow(path.split(".")).whole = True


def paths_of(origin: Origin) -> Iterator[str]:
    """Yield every path that one origin reads."""
    if origin.from_ is not None:
        yield origin.from_
    for step in origin.with_:
        if isinstance(step, Join):
            yield from step.after


def _joined(path: str, step: str) -> str:
    return f"{path}.{step}" if path else step
