"""Dates and times in the forms that a mapping names. What is not exactly that is never guessed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, tzinfo
from typing import Final

_TOKEN = re.compile("YYYY|MM|M|DD|D|HH|mm|ss")
_PARTS: Final = {
    "YYYY": r"(?P<year>\d{4})",
    "MM": r"(?P<month>\d{2})",
    "M": r"(?P<month>\d{1,2})",
    "DD": r"(?P<day>\d{2})",
    "D": r"(?P<day>\d{1,2})",
    "HH": r"(?P<hour>\d{2})",
    "mm": r"(?P<minute>\d{2})",
    "ss": r"(?P<second>\d{2})",
}
_RFC_3339 = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?([Zz]|[+-]\d{2}:\d{2})?", re.ASCII
)


class Form:
    """
    One way to write a date, perhaps with a time.

    Raises:
        ValueError: the form tells no year, a day without its month, or something twice.
    """

    def __init__(self, form: str) -> None:
        names = _TOKEN.findall(form)
        kinds = {name[0] for name in names}
        if len(kinds) < len(names) or "Y" not in kinds:
            raise ValueError(f"{form!r} must name the year as YYYY, and nothing twice")
        if ("D" in kinds and "M" not in kinds) or not _is_time_whole(kinds):
            raise ValueError(f"{form!r} names a part of the date or the time and not what is above")
        self.has_time = "H" in kinds
        self._pattern = re.compile(_as_pattern(form), re.ASCII)

    def read(self, text: str) -> dict[str, int] | None:
        """Return the numbers in a text of this form, or None."""
        match = self._pattern.fullmatch(text)
        if match is None:
            return None
        return {name: int(digits) for name, digits in match.groupdict().items()}


def _is_time_whole(kinds: set[str]) -> bool:
    time = kinds & {"H", "m", "s"}
    return not time or ({"D", "H", "m"} <= kinds)


def _as_pattern(form: str) -> str:
    pieces, at = [], 0
    for token in _TOKEN.finditer(form):
        pieces += [re.escape(form[at : token.start()]), _PARTS[token[0]]]
        at = token.end()
    return "".join([*pieces, re.escape(form[at:])])


def one_day(text: str, forms: Sequence[Form]) -> str | None:
    """Return `YYYY`, `YYYY-MM` or `YYYY-MM-DD`; None where no form fits, or two differ."""
    days = {_day(numbers) for form in forms if (numbers := form.read(text))} - {None}
    return days.pop() if len(days) == 1 else None


def _day(numbers: dict[str, int]) -> str | None:
    year, month, day = (numbers.get(name) for name in ("year", "month", "day"))
    assert year is not None
    try:
        date(year, 1 if month is None else month, 1 if day is None else day)
    except ValueError:
        return None
    known = [f"{part:02d}" for part in (month, day) if part is not None]
    return "-".join([f"{year:04d}", *known])


def one_moment(text: str, forms: Sequence[Form], zone: tzinfo | None) -> datetime | None:
    """Return an aware moment; None where no form fits, two differ, or nobody knows the zone."""
    found = {_naive(numbers) for form in forms if (numbers := form.read(text))} - {None}
    if not forms and (moment := _rfc_3339(text)):
        found = {moment}
    if len(found) != 1:
        return None
    moment = found.pop()
    assert moment is not None
    return moment if moment.tzinfo else _placed(moment, zone)


def _naive(numbers: dict[str, int]) -> datetime | None:
    try:
        return datetime(**numbers)  # type: ignore[arg-type]  # noqa: DTZ001 -- its zone is added by `_placed`
    except (TypeError, ValueError):
        return None


def _rfc_3339(text: str) -> datetime | None:
    if not _RFC_3339.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text.upper())
    except ValueError:
        return None


def _placed(moment: datetime, zone: tzinfo | None) -> datetime | None:
    return None if zone is None else moment.replace(tzinfo=zone)


def local_day(moment: datetime, zone: tzinfo) -> str | None:
    """Return the day of a moment in a zone; None at the ends of the calendar."""
    try:
        return moment.astimezone(zone).date().isoformat()
    except OverflowError:
        return None


def written(moment: datetime) -> str | None:
    """Return a moment as RFC 3339 writes it, with its own offset; None where there is none."""
    try:
        text = moment.isoformat()
    except OverflowError:
        return None
    # An offset of the 19th century may have seconds, which RFC 3339 cannot write.
    return text if _RFC_3339.fullmatch(text) else None
