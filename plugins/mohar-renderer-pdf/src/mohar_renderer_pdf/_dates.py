"""Dates as a page prints them: never more precise than they are, and on the day where they were."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date

from mohar.domain.values import PartialDate

_PATTERNS: Final = ("yyyy", "MMM yyyy", "dd MMM yyyy")
_NUMERIC: Final = ("yyyy", "MM.yyyy", "dd.MM.yyyy")


class Dates:
    """
    The date filters of a template.

    A date without a time stands for itself; a moment is the day it was in the deployment's own
    time zone.
    """

    def __init__(self, time_zone: str) -> None:
        self._zone = ZoneInfo(time_zone)

    def local_date(self, value: str, language: str = "en") -> str:
        """Return a date in words (`02 Jan 2021`, `Jan 2021`, `2021`), with Latin digits."""
        known = self._parsed(value)
        precision = (known.month is not None) + (known.day is not None)
        shown = date(known.year, known.month or 1, known.day or 1)
        locale = _locale(language)
        patterns = _PATTERNS if _has_month_names(locale) else _NUMERIC
        return str(format_date(shown, patterns[precision], locale=locale))

    def iso_date(self, value: str) -> str:
        """Return a date as ISO 8601 writes it, as precise as it is."""
        return str(self._parsed(value))

    def plus_days(self, value: str, days: int) -> str:
        """Return the ISO date so many days later; the date must be known to the day."""
        known = self._parsed(value)
        if known.month is None or known.day is None:
            raise ValueError("days are only added to a full date")
        return (date(known.year, known.month, known.day) + timedelta(days=days)).isoformat()

    def _parsed(self, value: str) -> PartialDate:
        if "T" not in value:
            return PartialDate.parse(value)
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError("a moment names its offset")
        return PartialDate.parse(moment.astimezone(self._zone).date().isoformat())


def _locale(language: str) -> Locale:
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale("en")


def _has_month_names(locale: Locale) -> bool:
    """Say whether CLDR has month names for the language: without them it gives `M01`."""
    return not str(locale.months["format"]["abbreviated"][1]).startswith("M0")
