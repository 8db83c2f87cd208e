"""Judge what a signature over a legacy context cannot: passed, failed, or it cannot be told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial as bind
from itertools import pairwise
from typing import Any, TypeAlias

import cel

from mohar.domain.values import JsonObject
from mohar.domain.valueset import normalised
from mohar.domain.verdict import Check, CheckOutcome
from mohar_schema_declared import _dates
from mohar_schema_declared import _rules as rules
from mohar_schema_declared._check import CEL_ERRORS, has_form
from mohar_schema_declared._fit import is_integer
from mohar_schema_declared._frame import Frame, Kit, Reader, entry_member, is_empty, reader
from mohar_schema_declared._schedules import allows, schedule_on

Judge: TypeAlias = Callable[[Frame], CheckOutcome]
# A text where the value fits, an empty one where it does not, None with nothing to go by.
Sense: TypeAlias = Callable[[Any, Frame], str | None]
_DETAILS: dict[CheckOutcome, str] = {
    "failed": "not so: {about}",
    "unknown": "cannot be told: {about}",
}


class Guards:
    """The guards of one type."""

    def __init__(self, guards: Sequence[rules.Guard], kit: Kit) -> None:
        self._judges = [(guard, _judge(guard, kit)) for guard in guards]

    def checks(self, document: JsonObject) -> list[Check]:
        """Return one check for each guard, in the file's order."""
        frame = Frame(document)
        return [_told(guard, judge(frame)) for guard, judge in self._judges]


def _told(guard: rules.GuardRule, outcome: CheckOutcome) -> Check:
    detail = _DETAILS.get(outcome, "").format(about=guard.about)
    return Check(name=f"guard:{guard.name}", outcome=outcome, detail=detail)


def _judge(guard: rules.Guard, kit: Kit) -> Judge:  # noqa: PLR0911 -- one return for each guard of the language
    match guard:
        case rules.IntegersGuard():
            return _integers([reader(path) for path in guard.paths])
        case rules.PatternGuard():
            return _pattern(guard, kit)
        case rules.FormGuard():
            return _form(guard)
        case rules.OrderedGuard():
            return _ordered([reader(path) for path in guard.paths], kit)
        case rules.TogetherGuard():
            return _together([reader(path) for path in guard.paths])
        case rules.SameGuard():
            return _same([reader(path) for path in guard.paths])
        case rules.StandsOutGuard():
            return _stands_out(guard, kit)
        case rules.ScheduleGuard():
            return _schedule(guard, kit)
        case rules.ExpressionGuard():
            return _expression(guard)


def _decided(holds: bool) -> CheckOutcome:  # noqa: FBT001 -- the one thing that is turned into an outcome
    return "passed" if holds else "failed"


def _integers(reads: Sequence[Reader]) -> Judge:
    return lambda frame: _decided(all(is_integer(read(frame)) for read in reads))


def _pattern(guard: rules.PatternGuard, kit: Kit) -> Judge:
    read, pattern = reader(guard.path), kit.patterns[guard.pattern]

    def judge(frame: Frame) -> CheckOutcome:
        value = read(frame)
        if value is None:
            return "unknown"
        return _decided(isinstance(value, str) and pattern.fullmatch(value) is not None)

    return judge


def _form(guard: rules.FormGuard) -> Judge:
    read = reader(guard.path)

    def judge(frame: Frame) -> CheckOutcome:
        value = read(frame)
        return _decided((guard.optional and is_empty(value)) or has_form(value, guard.form))

    return judge


def _ordered(reads: Sequence[Reader], kit: Kit) -> Judge:
    def judge(frame: Frame) -> CheckOutcome:
        values = [value for value in (read(frame) for read in reads) if not is_empty(value)]
        days = [_dates.earliest_day(value, kit.zone) for value in values]
        known = [day for day in days if day is not None]
        if len(known) < len(days):
            return "failed"
        return _decided(all(first <= second for first, second in pairwise(known)))

    return judge


def _together(reads: Sequence[Reader]) -> Judge:
    def judge(frame: Frame) -> CheckOutcome:
        filled = {not is_empty(read(frame)) for read in reads}
        return "passed" if len(filled) == 1 else "unknown"

    return judge


def _same(reads: Sequence[Reader]) -> Judge:
    def judge(frame: Frame) -> CheckOutcome:
        first, *others = (read(frame) for read in reads)
        return "passed" if all(other == first for other in others) else "unknown"

    return judge


def _stands_out(guard: rules.StandsOutGuard, kit: Kit) -> Judge:
    read, others = reader(guard.path), [reader(path) for path in guard.among]
    sense = _sense(guard, kit)

    def judge(frame: Frame) -> CheckOutcome:
        value = read(frame)
        if is_empty(value):
            return "unknown"
        own = sense(value, frame)
        rivals = {sense(other(frame), frame) for other in others} - {own, "", None}
        if rivals:
            return "unknown" if own else "failed"
        if own is None:
            return "unknown"
        return "passed" if own else guard.otherwise

    return judge


def _sense(guard: rules.StandsOutGuard, kit: Kit) -> Sense:
    """
    Return a function that says what a value would stand for if it stood at the guarded path.

    Two values with one sense may be exchanged without harm (the vaccine MODERNA, made by Moderna).
    """
    if guard.pattern is not None:
        pattern = kit.patterns[guard.pattern]
        return lambda value, _: value if isinstance(value, str) and pattern.fullmatch(value) else ""
    if guard.set is None or guard.by is None or guard.take is None:
        return bind(_code, kit, guard.set or "")
    return _listed(guard.set, reader(guard.by), guard.take, kit)


def _code(kit: Kit, name: str, value: Any, _: Frame) -> str:
    entry = kit.entry(name, value)
    return entry.code if entry else ""


def _listed(name: str, by: Reader, take: str, kit: Kit) -> Sense:
    def listed(value: Any, frame: Frame) -> str | None:
        entry = kit.entry(name, by(frame))
        if entry is None:
            return None
        taken = entry_member(entry, take)
        allowed = taken if isinstance(taken, list) else [taken]
        wanted = normalised(value) if isinstance(value, str) else ""
        return wanted if wanted in {normalised(str(each)) for each in allowed} else ""

    return listed


def _schedule(guard: rules.ScheduleGuard, kit: Kit) -> Judge:
    number, of, by, at = (reader(path) for path in (guard.number, guard.of, guard.by, guard.at))

    def judge(frame: Frame) -> CheckOutcome:
        if not is_integer(number(frame)) or not is_integer(of(frame)) or number(frame) < 1:
            return "failed"
        on: date | None = _dates.local_day(at(frame), kit.zone)
        schedule = schedule_on(kit.entry(guard.set, by(frame)), on)
        if schedule is None:
            return "unknown"
        return _decided(allows(schedule, number(frame), of(frame)))

    return judge


def _expression(guard: rules.ExpressionGuard) -> Judge:
    program = cel.compile(guard.expression)

    def judge(frame: Frame) -> CheckOutcome:
        try:
            return _decided(program.execute({"document": frame.tree}) is True)
        except CEL_ERRORS:
            return "unknown"

    return judge
