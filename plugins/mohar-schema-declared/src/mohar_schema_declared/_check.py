"""Check records before anything is reserved: what the file declares, and what nobody may send."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any, TypeAlias

import cel

from mohar.domain.findings import Finding
from mohar_schema_declared import _dates
from mohar_schema_declared import _rules as rules
from mohar_schema_declared._fit import holds_no_unsafe_text, is_unsafe
from mohar_schema_declared._frame import (
    ISSUE,
    Frame,
    Kit,
    Reader,
    entry_member,
    is_empty,
    reader,
)
from mohar_schema_declared._schedules import allows, schedule_on
from mohar_schema_declared._sources import paths_of
from mohar_schema_declared._typefile import Term

CEL_ERRORS = (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError)
Test: TypeAlias = Callable[[Any, Frame], bool]


class Checker:
    """All checks of one type for one profile."""

    def __init__(
        self,
        checks: Sequence[rules.RecordRule],
        members: Sequence[Term],
        profile: str,
        kit: Kit,
    ) -> None:
        asked = [rule for rule in checks if not rule.profiles or profile in rule.profiles]
        self._asked = [(reader(rule.path), _test(rule, kit), _finding(rule)) for rule in asked]
        paths = [*used_paths(members, profile), *(rule.path for rule in asked)]
        self._texts = [(path, reader(path)) for path in dict.fromkeys(paths) if not _issued(path)]

    def findings(self, frame: Frame) -> list[Finding]:
        """Return everything that is wrong or odd with one record."""
        return [*self._unsafe(frame), *self._declared(frame)]

    def _declared(self, frame: Frame) -> Iterator[Finding]:
        for read, passes, finding in self._asked:
            if not passes(read(frame), frame):
                yield finding

    def _unsafe(self, frame: Frame) -> Iterator[Finding]:
        if holds_no_unsafe_text(frame.tree):
            return
        for path, read in self._texts:
            value = read(frame)
            if isinstance(value, str) and is_unsafe(value):
                yield Finding(
                    code="control-character",
                    message=f"{path} holds a control character (such as a line break or a tab); "
                    "send the text without it",
                    where=path,
                )


def used_paths(members: Sequence[Term], profile: str) -> Iterator[str]:
    """Return every path that the documents of a profile are made from."""
    for term in members:
        if term.appears(profile):
            for source in term.sources():
                yield from paths_of(source)
            yield from used_paths(term.members, profile)


def _issued(path: str) -> bool:
    return path.startswith(f"{ISSUE}.")


def _finding(rule: rules.Rule) -> Finding:
    return Finding(
        code=rule.code,
        message=rule.message,
        where=rule.path,
        severity="error" if rule.does == "refuse" else "warning",
    )


def _test(rule: rules.RecordRule, kit: Kit) -> Test:
    if isinstance(rule, rules.Required):
        return _required(rule)
    passes = value_test(rule, kit)
    return lambda value, frame: is_empty(value) or passes(value, frame)


def _required(rule: rules.Required) -> Test:
    others = [reader(path) for path in rule.or_]
    return lambda value, frame: (
        not is_empty(value) or any(not is_empty(read(frame)) for read in others)
    )


def value_test(rule: rules.RecordRule, kit: Kit) -> Test:  # noqa: PLR0911 -- one return for each rule of the language
    """Return a function that says whether a value that is there passes a rule."""
    match rule:
        case rules.Range():
            return lambda value, _: _within(value, rule)
        case rules.Pattern():
            pattern = re.compile(rule.pattern)
            return lambda value, _: isinstance(value, str) and bool(pattern.fullmatch(value))
        case rules.Length():
            return lambda value, _: isinstance(value, str) and _is_long_enough(value, rule)
        case rules.WellFormed():
            return lambda value, _: has_form(value, rule.form)
        case rules.OneOf():
            return lambda value, _: value in rule.values
        case rules.InSet():
            return lambda value, _: _is_in_set(value, rule, kit)
        case rules.InSchedule():
            return _in_schedule(rule, kit)
        case rules.Expression():
            return _expression(rule.expression)
        case _:
            return _date_test(rule, kit)


def _date_test(rule: rules.RecordRule, kit: Kit) -> Test:
    match rule:
        case rules.NotBefore():
            first = date.fromisoformat(rule.date)
            return lambda value, _: _not_before(value, first, kit)
        case rules.BeforeOrEqual():
            return _before_or_equal(reader(rule.other), kit)
        case _:
            return lambda value, _: _has_begun(value, kit)


def _within(value: Any, rule: rules.Range) -> bool:
    if isinstance(value, str) and value.isascii() and value.isdecimal():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        return False
    return (rule.min is None or value >= rule.min) and (rule.max is None or value <= rule.max)


def _is_long_enough(value: str, rule: rules.Length) -> bool:
    return rule.min <= len(value) and (rule.max is None or len(value) <= rule.max)


def has_form(value: Any, form: rules.Form) -> bool:
    """Say whether a value is text of that form."""
    match form:
        case "date" | "full-date":
            return _dates.day(value) is not None
        case "date-time":
            return isinstance(value, str) and _dates.moment(value) is not None
        case "partial-date":
            return _dates.partial(value) is not None


def _is_in_set(value: Any, rule: rules.InSet, kit: Kit) -> bool:
    entry = kit.entry(rule.set, value)
    return entry is not None and (rule.has is None or not is_empty(entry_member(entry, rule.has)))


def _not_before(value: Any, first: date, kit: Kit) -> bool:
    found = _dates.local_day(value, kit.zone)
    return found is not None and found >= first


def _has_begun(value: Any, kit: Kit) -> bool:
    now, at = kit.clock(), _dates.moment(value)
    if at is not None:
        return at <= now
    # A partial date is written in one way only.
    return _dates.partial(value) is not None and _dates.not_after(
        value, now.astimezone(kit.zone).date().isoformat()
    )


def _before_or_equal(read_other: Reader, kit: Kit) -> Test:
    def ordered(value: Any, frame: Frame) -> bool:
        first, second = _known(value, kit), _known(read_other(frame), kit)
        return first is None or second is None or _dates.not_after(first, second)

    return ordered


def _known(value: Any, kit: Kit) -> str | None:
    found = _dates.local_day(value, kit.zone)
    if found is not None:
        return found.isoformat()
    return value if _dates.partial(value) is not None else None


def _in_schedule(rule: rules.InSchedule, kit: Kit) -> Test:
    by, at, of = reader(rule.by), reader(rule.at), reader(rule.of)

    def fits(value: Any, frame: Frame) -> bool:
        on = _dates.local_day(at(frame), kit.zone)
        schedule = schedule_on(kit.entry(rule.set, by(frame)), on)
        if schedule is None:
            return True
        total = of(frame)
        if is_empty(total):
            total = schedule["doses"] if rule.assumed is None else rule.assumed
        return allows(schedule, value, total)

    return fits


def _expression(expression: str) -> Test:
    program = cel.compile(expression)

    def holds(value: Any, frame: Frame) -> bool:
        try:
            return program.execute({"record": frame.tree, "value": value}) is True
        except CEL_ERRORS:
            return False

    return holds
