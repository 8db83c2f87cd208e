"""What a dated schedule of a value set says: how many, when the next is due, and from when it counts."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

import msgspec

from mohar.domain.values import JsonObject
from mohar.domain.valueset import Entry
from mohar_schema_declared._fit import is_integer
from mohar_schema_declared._frame import entry_member, in_force

_ENDS: Final = 2


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a course, given on a day, and the schedule that was in force then."""

    schedule: JsonObject
    on: date
    number: Any
    of: Any = None

    @property
    def total(self) -> int:
        """Return of how many it is: as the record says, or else as the schedule does."""
        return int(self.of if is_integer(self.of) and self.of > 0 else self.schedule["doses"])

    def told(self, take: str) -> str | int | None:
        """Return what `take` of the converter `course` asks for, or None where nobody can tell."""
        if take == "total":
            return self.total
        if not is_integer(self.number) or self.number < 1:
            return None
        if take == "stage":
            return self._stage()
        if take == "valid-from":
            return self._later(self._days("valid_after_days")) if self._is_finished() else None
        return self._later(self._due(0 if take == "due-from" else 1))

    def _stage(self) -> str:
        if not self._is_finished():
            return "provisional"
        if self.number == self.total:
            return "final"
        beyond = self.number - self.total
        return "precaution" if beyond <= _boosters(self.schedule.get("booster")) else "additional"

    def _is_finished(self) -> bool:
        return bool(self.number >= self.total)

    def _due(self, end: int) -> int | None:
        """The next step of the course has a first and a last day, a booster only a first one."""
        if not self._is_finished():
            interval = self.schedule.get("interval_days")
            if not isinstance(interval, list) or len(interval) != _ENDS:
                return None
            return _number(interval[end])
        booster = self.schedule.get("booster")
        is_next = self.number - self.total < _boosters(booster)
        if not is_next or end or not isinstance(booster, dict):
            return None
        return _number(booster.get("after_days"))

    def _days(self, member: str) -> int | None:
        return _number(self.schedule.get(member))

    def _later(self, days: int | None) -> str | None:
        try:
            return None if days is None else (self.on + timedelta(days=days)).isoformat()
        except OverflowError:
            return None


def schedule_on(entry: Entry | None, on: date | None, reason: Any = None) -> JsonObject | None:
    """
    Return the schedule of an entry that was in force on a day, or None when not known.

    A reason that is among the `exceptions` of the entry and holds on that day replaces what the
    exception says; any other reason changes nothing.
    """
    if entry is None or on is None:
        return None
    found = in_force(entry_member(entry, "schedules"), on.isoformat())
    if not found or not is_integer(found.get("doses")):
        return None
    if not reason:
        return dict(found)
    known = entry_member(entry, "exceptions")
    named = [each for each in known or () if each.get("reason") == reason]
    exception = in_force(named, on.isoformat()) or {}
    return {**found, **exception}


def allows(schedule: JsonObject, number: Any, total: Any) -> bool:
    """Say whether a number and its total are those of the schedule."""
    if not is_integer(number) or not is_integer(total) or total != schedule["doses"]:
        return False
    return bool(1 <= number <= total + _boosters(schedule.get("booster")))


def _number(value: Any) -> int | None:
    return value if is_integer(value) and value >= 0 else None


def _boosters(booster: Any) -> int:
    """`booster` is a count, or says more about it and counts as one unless it has `doses`."""
    if isinstance(booster, dict):
        return int(booster.get("doses", 1))
    return int(booster or 0)
