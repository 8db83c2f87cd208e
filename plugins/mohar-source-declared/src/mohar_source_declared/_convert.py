"""Compile an origin and its converters into one function."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias
from zoneinfo import ZoneInfo

import msgspec

from mohar.domain.valueset import Entry, ValueSet
from mohar_source_declared import _converters as converters
from mohar_source_declared import _dates as dates
from mohar_source_declared._mapping import Origin
from mohar_source_declared._values import Unfit, as_text, bounded, is_empty, plain, walker

# Takes a value, and the tree that paths begin at.
Step: TypeAlias = Callable[[Any, Any], Any]
Reader: TypeAlias = Callable[[Any], Any]

_WHOLE = re.compile(r"[+-]?\d{1,15}", re.ASCII)
_ISO_DAY: Final = ("YYYY-MM-DD", "YYYY-MM", "YYYY")


class Kit(msgspec.Struct, frozen=True, kw_only=True):
    """What converters need beside the mapping: value sets by name, and the deployment's zone."""

    sets: Mapping[str, ValueSet]
    zone: ZoneInfo


def value_of(origin: Origin, kit: Kit) -> Reader:
    """
    Return a function that reads one origin from a tree; None where there is no value.

    The function raises Unfit where a converter cannot take what it gets.
    """
    read = _source(origin)
    steps = [_step(each, kit) for each in origin.with_]

    def converted(tree: Any) -> Any:
        value = read(tree)
        for step in steps:
            if is_empty(value):
                return None
            value = step(value, tree)
        return None if is_empty(value) else plain(value)

    return converted


def _source(origin: Origin) -> Reader:
    if origin.from_ is not None:
        return walker(origin.from_)
    const = None if origin.const is msgspec.UNSET else origin.const
    return lambda _: const


def _step(converter: converters.Converter, kit: Kit) -> Step:
    if converter == "join":
        converter = converters.Join()
    if isinstance(converter, converters.Join):
        return _join(converter)
    convert = _split(converter) if isinstance(converter, converters.Split) else _one(converter, kit)

    def each(value: Any, _tree: Any) -> Any:
        return [convert(one) for one in value] if isinstance(value, list) else convert(value)

    return each


def _one(converter: converters.Converter, kit: Kit) -> Reader:  # noqa: PLR0911 -- one return for each converter
    match converter:
        case converters.Number():
            return _number(converter.decimal)
        case converters.Date():
            return _date([dates.Form(form) for form in converter.formats], converter.formats)
        case converters.DateTime():
            return _date_time(converter)
        case converters.LocalDate():
            return _local_date(ZoneInfo(converter.zone) if converter.zone else kit.zone)
        case converters.Map():
            return _map(converter)
        case converters.Lookup():
            return _lookup(converter, kit.sets[converter.set])
        case _:
            return _named(str(converter), kit)


def _named(name: str, kit: Kit) -> Reader:
    readers: dict[str, Callable[[], Reader]] = {
        "text": lambda: as_text,
        "trim": lambda: _trim,
        "integer": lambda: _integer,
        "number": lambda: _number("."),
        "upper": lambda: lambda value: as_text(value).upper(),
        "lower": lambda: lambda value: as_text(value).lower(),
        "date": lambda: _date([dates.Form(form) for form in _ISO_DAY], _ISO_DAY),
        "date-time": lambda: _date_time(converters.DateTime()),
        "local-date": lambda: _local_date(kit.zone),
    }
    return readers[name]()


def _trim(value: Any) -> str:
    """Blanks at the ends go, and those within become one."""
    return " ".join(as_text(value).split())


def _integer(value: Any) -> int:
    if isinstance(value, float) and math.isfinite(value) and value.is_integer():
        return bounded(int(value))
    if isinstance(value, int) and not isinstance(value, bool):
        return bounded(value)
    if isinstance(value, str) and _WHOLE.fullmatch(value.strip()):
        return int(value)
    raise Unfit("must be a whole number")


def _number(decimal: str) -> Reader:
    written = re.compile(rf"([+-]?\d{{1,15}})(?:{re.escape(decimal)}(\d{{1,15}}))?", re.ASCII)

    def number(value: Any) -> int | float:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return _finite(value)
        match = written.fullmatch(value.strip()) if isinstance(value, str) else None
        if match is None:
            raise Unfit(f"must be a number, written with {decimal!r} before its fraction")
        whole, fraction = match.groups()
        return int(whole) if fraction is None else float(f"{whole}.{fraction}")

    return number


def _finite(number: float) -> int | float:
    if isinstance(number, int):
        return bounded(number)
    if not math.isfinite(number):
        raise Unfit("must be a number")
    return number


def _date(forms: Sequence[dates.Form], spelt: Sequence[str]) -> Reader:
    needed = f"must be a date that exists, written as {' or '.join(spelt)}, and in one way only"

    def date(value: Any) -> str:
        found = dates.one_day(as_text(value).strip(), forms)
        if found is None:
            raise Unfit(needed)
        return found

    return date


def _date_time(converter: converters.DateTime) -> Reader:
    forms = [dates.Form(form) for form in converter.formats]
    zone = ZoneInfo(converter.zone) if converter.zone else None
    spelt = " or ".join(converter.formats) or "YYYY-MM-DDTHH:mm:ss"
    needed = f"must be a date and time written as {spelt}{'' if zone else ', with its offset'}"

    def date_time(value: Any) -> str:
        moment = dates.one_moment(as_text(value).strip(), forms, zone)
        found = dates.written(moment) if moment else None
        if found is None:
            raise Unfit(needed)
        return found

    return date_time


def _local_date(zone: ZoneInfo) -> Reader:
    days = [dates.Form(_ISO_DAY[0])]

    def local_date(value: Any) -> str:
        text = as_text(value).strip()
        moment = dates.one_moment(text, (), None)
        found = dates.local_day(moment, zone) if moment else dates.one_day(text, days)
        if found is None:
            raise Unfit("must be a day YYYY-MM-DD, or a date and time with its offset")
        return found

    return local_date


def _map(converter: converters.Map) -> Reader:
    table = {folded(each.is_): each.to for each in converter.values}

    def mapped(value: Any) -> Any:
        found = table.get(folded(as_text(value)), converter.other)
        if found is None:
            raise Unfit("must be one of the words that the mapping knows")
        return found

    return mapped


def folded(text: str) -> str:
    """Return a word as a map compares it: `A+` stays apart from `A`, unlike in a value set."""
    return " ".join(text.split()).casefold()


def _lookup(converter: converters.Lookup, known: ValueSet) -> Reader:
    def look_up(value: Any) -> Any:
        entry = known.find(as_text(value).strip())
        if entry is None:
            raise Unfit(f"must be a code or a name of the value set {known.name}")
        return entry_member(entry, converter.take)

    return look_up


def entry_member(entry: Entry, path: str) -> Any:
    """Return what an entry of a value set says at a path."""
    return getattr(entry, path) if path in {"code", "name"} else walker(path)(entry.more)


def _split(converter: converters.Split) -> Reader:
    def split(value: Any) -> Any:
        parts = [part.strip() for part in as_text(value).split(converter.at)]
        if converter.take is None:
            return parts
        at = converter.take
        return parts[at] if -len(parts) <= at < len(parts) else None

    return split


def _join(converter: converters.Join) -> Step:
    others = [walker(path) for path in converter.after]

    def join(value: Any, tree: Any) -> str:
        texts = value if isinstance(value, list) else [value]
        every = [*texts, *(read(tree) for read in others)]
        return converter.between.join(as_text(each) for each in every if not is_empty(each))

    return join
