"""What is wrong with a mapping that its shape alone cannot tell."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

import msgspec

from mohar.domain.valueset import ValueSet
from mohar_source_declared import _converters as converters
from mohar_source_declared._convert import entry_member, folded
from mohar_source_declared._dates import Form
from mohar_source_declared._mapping import Csv, Mapping, Member, Origin
from mohar_source_declared._shape import shape_of
from mohar_source_declared._values import is_index

_LONGEST_LIST = 1000


def mistakes(mapping: Mapping, sets: Sequence[ValueSet]) -> list[str]:
    """Return every mistake, each a sentence that says where and what to do."""
    named = {part.name: found for part, found in zip(mapping.value_sets, sets, strict=True)}
    return [
        *_members(mapping.record, mapping.variants, "record"),
        *(
            each
            for where, origin in _origins(mapping.record)
            for each in _chain(where, origin, named)
        ),
        *(_csv(mapping.csv, mapping) if mapping.csv else ()),
    ]


def _members(members: Sequence[Member], variants: Sequence[str], within: str) -> Iterator[str]:
    yield from _conflicts(members, within)
    for member in members:
        where = f"{within}: {member.path}"
        for variant in set(member.variants) - set(variants):
            yield f"{where}: {variant!r} is not among the mapping's `variants`"
        yield from _pattern(where, member)
        if member.each:
            yield from _list(where, member)
            yield from _members(member.each, variants, where)
        elif not _has_origin(member):
            yield f"{where}: needs `from`, `const` or `default`"


def _conflicts(members: Sequence[Member], within: str) -> Iterator[str]:
    """Two members of one variant neither share a path, nor is one of them inside the other."""
    for place, member in enumerate(members):
        for other in members[:place]:
            short, long = sorted([member.path, other.path], key=len)
            apart = (
                member.variants and other.variants and not {*member.variants} & {*other.variants}
            )
            if not apart and f"{long}.".startswith(f"{short}."):
                yield f"{within}: {short} and {long} cannot stand in one record; keep one"


def _pattern(where: str, member: Member) -> Iterator[str]:
    try:
        re.compile(member.pattern or "")
    except re.error as error:
        yield f"{where}: `pattern` is no regular expression: {error}"


def _list(where: str, member: Member) -> Iterator[str]:
    beside = member.const is not msgspec.UNSET or member.default is not msgspec.UNSET
    if member.from_ is None or beside or member.with_ or member.or_ or member.pattern is not None:
        yield f"{where}: `each` goes with `from`, `required` and `variants`, and nothing else"


def _has_origin(member: Member) -> bool:
    given = [
        origin.from_ is not None or origin.const is not msgspec.UNSET for origin in member.origins()
    ]
    return member.default is not msgspec.UNSET or any(given)


def _origins(members: Sequence[Member]) -> Iterator[tuple[str, Origin]]:
    for member in members:
        yield from ((f"record: {member.path}", origin) for origin in member.origins())
        yield from _origins(member.each)


def _chain(where: str, origin: Origin, sets: dict[str, ValueSet]) -> Iterator[str]:
    if origin.from_ is not None and origin.const is not msgspec.UNSET:
        yield f"{where}: `from` and `const` exclude each other; the second choice belongs into `or`"
    for step in origin.with_:
        yield from (f"{where}: {mistake}" for mistake in _step(step, sets))


def _step(step: converters.Converter, sets: dict[str, ValueSet]) -> Iterator[str]:
    match step:
        case converters.Lookup():
            yield from _lookup(step, sets)
        case converters.Map():
            words = [folded(each.is_) for each in step.values]
            if len(set(words)) < len(words):
                yield "`map` has the same word twice"
        case converters.Date():
            yield from _forms(step.formats, with_time=False)
        case converters.DateTime():
            yield from _forms(step.formats, with_time=True)
            yield from _zone(step.zone)
            if step.formats and step.zone is None:
                yield "`date-time` with `formats` needs the `zone` in which the times were noted"
        case converters.LocalDate():
            yield from _zone(step.zone)


def _lookup(step: converters.Lookup, sets: dict[str, ValueSet]) -> Iterator[str]:
    if step.set not in sets:
        yield f"no value set {step.set!r} is declared in `value_sets`"
    elif all(entry_member(entry, step.take) is None for entry in sets[step.set].entries):
        yield f"no entry of the value set {step.set!r} has {step.take!r}"


def _forms(forms: Sequence[str], *, with_time: bool) -> Iterator[str]:
    for form in forms:
        try:
            has_time = Form(form).has_time
        except (ValueError, re.error) as error:
            yield str(error)
            continue
        if has_time != with_time:
            yield f"{form!r} {'names no time (HH:mm)' if with_time else 'names a time; use date-time'}"


def _zone(name: str | None) -> Iterator[str]:
    try:
        ZoneInfo(name or "UTC")
    except (LookupError, OSError, ValueError):
        yield f"{name!r} is no time zone; write one like Europe/Tallinn"


def _csv(csv: Csv, mapping: Mapping) -> Iterator[str]:
    if mapping.variants and csv.variant not in mapping.variants:
        yield f"csv: `variant` {csv.variant} is not among the mapping's `variants`; add it there"
    yield from _twice("column", [column.column for column in csv.columns])
    paths = [column.goes_to for column in csv.columns]
    paths += [beside.to for column in csv.columns for beside in column.also]
    yield from _twice("path", paths)
    yield from _crossing(paths)
    shape = shape_of(mapping.members_in(csv.variant), mapping.ignored)
    for path in paths:
        if not shape.reads(path.split(".")):
            yield f"csv: nothing in `record` reads {path}; correct it, or name it in `ignored`"


def _twice(what: str, names: Sequence[str]) -> Iterator[str]:
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"csv: the {what} {name} stands there twice; keep one"


def _crossing(paths: Sequence[str]) -> Iterator[str]:
    known = set(paths)
    levels: dict[str, set[bool]] = {}
    for path in known:
        steps = path.split(".")
        for place, step in enumerate(steps):
            above = ".".join(steps[:place])
            levels.setdefault(above, set()).add(is_index(step))
            if above in known:
                yield f"csv: {above} cannot hold a cell and {path} at once"
            if is_index(step) and len(step) >= len(str(_LONGEST_LIST)):
                yield f"csv: {path}: a list has at most {_LONGEST_LIST} members"
    for above in sorted(above for above, kinds in levels.items() if len(kinds) > 1):
        yield f"csv: {above or 'the message'} has both numbers and names below it; it is a list or an object"
