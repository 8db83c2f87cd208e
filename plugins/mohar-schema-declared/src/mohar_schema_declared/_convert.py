"""Compile a value's source and converters into one function."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from functools import partial as bind
from typing import Any, TypeAlias

import msgspec

from mohar.domain.clock import rfc3339
from mohar.domain.valueset import normalised
from mohar_schema_declared import _dates
from mohar_schema_declared._converters import (
    AgeAt,
    AtLeast,
    Band,
    Converter,
    Course,
    DaysAfter,
    Join,
    Lookup,
    Map,
)
from mohar_schema_declared._countries import alpha_3
from mohar_schema_declared._frame import (
    Frame,
    Kit,
    Reader,
    Unfit,
    entry_member,
    in_force,
    is_empty,
    reader,
)
from mohar_schema_declared._schedules import Given, schedule_on
from mohar_schema_declared._typefile import Value

_MAX_DIGITS = 15
Step: TypeAlias = Callable[[Any, Frame], Any]


def first_of(sources: Sequence[Value], kit: Kit) -> Reader:
    """Return a function that gives the first source's value that is there, converted, or None."""
    readers = [value_of(source, kit) for source in sources]
    if len(readers) == 1:
        return readers[0]

    def read(frame: Frame) -> Any:
        for each in readers:
            value = each(frame)
            if value is not None:
                return value
        return None

    return read


def value_of(source: Value, kit: Kit) -> Reader:
    """
    Return a function that reads and converts one source.

    The function raises Unfit where a converter cannot take what it gets.
    """
    steps = [step_of(each, kit) for each in source.with_]
    read = origin_of(source)
    if not steps:
        return lambda frame: None if (value := read(frame)) == "" else value

    def converted(frame: Frame) -> Any:
        value = read(frame)
        for step in steps:
            if is_empty(value):
                return None
            value = step(value, frame)
        return None if is_empty(value) else value

    return converted


def origin_of(source: Value) -> Reader:
    """Return a function that reads a source before any converter."""
    if source.from_ is not None:
        return reader(source.from_)
    const = None if source.const is msgspec.UNSET else source.const
    return (lambda _: list(const)) if isinstance(const, list) else (lambda _: const)


def step_of(converter: Converter, kit: Kit) -> Step:  # noqa: PLR0911 -- one return for each converter of the language
    """Return a function of a value and its frame. It raises Unfit where it cannot take the value."""
    if isinstance(converter, Lookup):
        return _lookup(converter, kit)
    if isinstance(converter, Course):
        return _course(converter, kit)
    if isinstance(converter, AgeAt):
        return _age(converter, kit)
    if isinstance(converter, Join):
        return _join(converter)
    if isinstance(converter, Map):
        return _map(converter)
    if isinstance(converter, Band):
        return bind(_band, sorted(converter.edges))
    if isinstance(converter, DaysAfter):
        return _days_after(converter.days, kit)
    if isinstance(converter, AtLeast):
        return _at_least(converter)
    return _plain(converter, kit)


def shortcut(converter: Converter, kit: Kit) -> Mapping[str, Any] | None:
    """
    Return what a converter makes of each text that its own list writes out; None without a list.

    It is what the step itself says of them, so that looking a text up saves comparing it.
    """
    if isinstance(converter, Map):
        texts = [each.is_ for each in converter.values]
    elif isinstance(converter, Lookup) and converter.at is None:
        entries = kit.sets[converter.set].entries
        texts = [text for each in entries for text in (each.code, each.name, *each.aliases)]
    else:
        return None
    step, nothing = step_of(converter, kit), Frame({})
    made = {text: step(text, nothing) for text in texts}
    # Lists and objects are copied for each document.
    return {text: value for text, value in made.items() if isinstance(value, str | int | None)}


def _plain(name: str, kit: Kit) -> Step:
    plain: dict[str, Callable[[Any], Any]] = {
        "text": text,
        "integer": _integer,
        "upper": lambda value: text(value).upper(),
        "lower": lambda value: text(value).lower(),
        "local-date": lambda value: _local_date(value, kit),
        "month": lambda value: _local_date(value, kit)[:7],
        "partial-date": lambda value: str(_partial(value)),
        "full-date": lambda value: str(value) if _partial(value).is_full else None,
        "instant": lambda value: rfc3339(_moment(value)),
        "instant-ms": lambda value: rfc3339(_moment(value), milliseconds=True),
        "country-alpha-3": _country,
    }
    convert = plain[name]
    return lambda value, _: convert(value)


def text(value: Any) -> str:
    """Return a text as it is, and a whole number in digits. Raises Unfit for anything else."""
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise Unfit("must be text")


def _integer(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if (
        isinstance(value, str)
        and value.isascii()
        and value.isdecimal()
        and len(value) <= _MAX_DIGITS
    ):
        return int(value)
    raise Unfit("must be a whole number")


def _local_date(value: Any, kit: Kit) -> str:
    found = _dates.local_day(value, kit.zone)
    if found is None:
        raise Unfit("must be a day YYYY-MM-DD or a date-time with its offset")
    return found.isoformat()


def _partial(value: Any) -> Any:
    found = _dates.partial(value)
    if found is None:
        raise Unfit("must be a date YYYY, YYYY-MM or YYYY-MM-DD")
    return found


def _moment(value: Any) -> Any:
    found = _dates.moment(value)
    if found is None:
        raise Unfit("must be a date-time with its offset")
    return found


def _country(value: Any) -> str:
    found = alpha_3(text(value))
    if found is None:
        raise Unfit("must be an ISO 3166-1 country code")
    return found


def _lookup(lookup: Lookup, kit: Kit) -> Step:
    at = reader(lookup.at) if lookup.at else None

    def look_up(value: Any, frame: Frame) -> Any:
        entry = kit.entry(lookup.set, value)
        taken = entry_member(entry, lookup.take) if entry else None
        if at is None:
            return taken
        on = _dates.local_day(at(frame), kit.zone)
        chosen = in_force(taken, on.isoformat()) if on else None
        return chosen.get(lookup.member) if chosen and lookup.member else None

    return look_up


def _course(course: Course, kit: Kit) -> Step:
    at, number = reader(course.at), reader(course.number)
    of = reader(course.of) if course.of else bind(_fixed, None)
    reason = reader(course.reason) if course.reason else bind(_fixed, None)

    def judge(value: Any, frame: Frame) -> Any:
        entry, on = kit.entry(course.set, value), _dates.local_day(at(frame), kit.zone)
        schedule = schedule_on(entry, on, reason(frame))
        if schedule is None or on is None:
            return None
        return Given(schedule=schedule, on=on, number=number(frame), of=of(frame)).told(course.take)

    return judge


def _age(converter: AgeAt, kit: Kit) -> Step:
    read = reader(converter.date)

    def age(value: Any, frame: Frame) -> int | None:
        birth, on = _partial(value), _dates.local_day(read(frame), kit.zone)
        if on is None or (converter.born_after and birth.year <= converter.born_after):
            return None
        return _dates.age_at(birth, on, year_only=converter.year_only)

    return age


def _join(converter: Join) -> Step:
    pieces = [
        reader(piece.from_) if piece.from_ else bind(_fixed, piece.text)
        for piece in converter.after
    ]

    def join(value: Any, frame: Frame) -> str:
        return "".join(
            [converter.before, text(value), *(text(read(frame) or "") for read in pieces)]
        )

    return join


def _days_after(days: int, kit: Kit) -> Step:
    def later(value: Any, _: Frame) -> str:
        return (date.fromisoformat(_local_date(value, kit)) + timedelta(days=days)).isoformat()

    return later


def _at_least(converter: AtLeast) -> Step:
    read = reader(converter.path)

    def raised(value: Any, frame: Frame) -> int:
        number, other = _integer(value), read(frame)
        if number in converter.except_ or is_empty(other):
            return number
        return max(number, _integer(other))

    return raised


def _fixed(text: str | None, _: Frame) -> str | None:
    return text


def _map(converter: Map) -> Step:
    table = {normalised(each.is_): each.to for each in converter.values}
    return lambda value, _: table.get(normalised(text(value)), converter.other)


def _band(edges: Sequence[int], value: Any, _: Frame) -> str | None:
    number = _integer(value)
    reached = [edge for edge in edges if edge <= number]
    if not reached:
        return None
    following = edges[len(reached) : len(reached) + 1]
    return f"{reached[-1]}-{following[0] - 1}" if following else f"{reached[-1]}+"
