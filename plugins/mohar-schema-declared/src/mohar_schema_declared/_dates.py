"""Days, moments and ages as texts say them. What is not exactly that is None, never a guess."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, tzinfo
from typing import Any

from mohar.domain.values import PartialDate

_MOMENT = re.compile(
    r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})", re.ASCII
)

_DAY_LENGTH = len("YYYY-MM-DD")


def moment(value: Any) -> datetime | None:
    """Return an aware datetime from RFC 3339 text, or from one that it already is."""
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not _MOMENT.fullmatch(value):
        return None
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None


def day(value: Any) -> date | None:
    """Return the day that `YYYY-MM-DD` names."""
    # Of the forms that Python reads, the dashes leave this one.
    if not isinstance(value, str) or len(value) != _DAY_LENGTH or not value[4] == "-" == value[7]:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def partial(value: Any) -> PartialDate | None:
    """Return the date of whatever precision a text gives."""
    try:
        return PartialDate.parse(value) if isinstance(value, str) else None
    except ValueError:
        return None


def local_day(value: Any, zone: tzinfo) -> date | None:
    """Return the day of a moment where people live, or the plain day that it is."""
    if isinstance(value, str) and len(value) == _DAY_LENGTH:
        return day(value)
    at = moment(value)
    return at.astimezone(zone).date() if at else day(value)


def earliest_day(value: Any, zone: tzinfo) -> date | None:
    """Return the earlier of a moment's days in UTC and in `zone`, or the plain day that it is."""
    at = moment(value)
    return min(at.astimezone(zone).date(), at.astimezone(UTC).date()) if at else day(value)


def age_at(birth: PartialDate, on: date, *, year_only: bool = False) -> int | None:
    """Return the age reached on a day, counting only what is known; None before birth."""
    years = on.year - birth.year
    if birth.month and not year_only and (on.month, on.day) < (birth.month, birth.day or 1):
        years -= 1
    return years if years >= 0 else None


def not_after(first: str, second: str) -> bool:
    """Say whether one partial date is not after another, as far as both are known."""
    known = min(len(first), len(second))
    return first[:known] <= second[:known]
