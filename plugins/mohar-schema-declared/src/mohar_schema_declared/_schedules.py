"""What a dated schedule of a value set allows: so many in all, and boosters after them."""

from __future__ import annotations

from datetime import date
from typing import Any

from mohar.domain.values import JsonObject
from mohar.domain.valueset import Entry
from mohar_schema_declared._fit import is_integer
from mohar_schema_declared._frame import entry_member, in_force


def schedule_on(entry: Entry | None, on: date | None) -> JsonObject | None:
    """Return the schedule of an entry that was in force on a day, or None when not known."""
    if entry is None or on is None:
        return None
    found = in_force(entry_member(entry, "schedules"), on.isoformat())
    return found if found and is_integer(found.get("doses")) else None


def allows(schedule: JsonObject, number: Any, total: Any) -> bool:
    """Say whether a number and its total are those of the schedule."""
    if not is_integer(number) or not is_integer(total) or total != schedule["doses"]:
        return False
    return bool(1 <= number <= total + _boosters(schedule.get("booster")))


def _boosters(booster: Any) -> int:
    """`booster` is a count, or says more about it and counts as one unless it has `doses`."""
    if isinstance(booster, dict):
        return int(booster.get("doses", 1))
    return int(booster or 0)
