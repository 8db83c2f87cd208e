"""Dates as a page prints them: never more precise than they are, and on the day where they were."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date

from mohar.domain.values import PartialDate
from mohar_renderer_pdf._digits import Digits, in_digits, locale_of

_NUMERIC: Final = ("yyyy", "MM.yyyy", "dd.MM.yyyy")


class Dates:
    """
    The date filters of a template.

    A date without a time stands for itself; a moment is the day it was in the deployment's own
    time zone.
    """

    def __init__(self, time_zone: str, digits: Digits = "latn") -> None:
        self._zone = ZoneInfo(time_zone)
        self._digits = digits

    def local_date(self, value: str, language: str = "en") -> str:
        """
        Return a date in words (`02 Jan 2021`, `Jan 2021`, `2021`).

        In numbers (`02.01.2021`) where CLDR has no month names for the language.
        """
        known = self._parsed(value)
        precision = (known.month is not None) + (known.day is not None)
        shown = date(known.year, known.month or 1, known.day or 1)
        locale = locale_of(language) or Locale("en")
        written = str(format_date(shown, _patterns(locale)[precision], locale=locale))
        return in_digits(written, language, self._digits)

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


def _patterns(locale: Locale) -> tuple[str, str, str]:
    """Return how a year, a month and a day are written: with the shortest month names there are."""
    for pattern, width in (("MMM", "abbreviated"), ("MMMM", "wide")):
        # Without names CLDR gives `M01`.
        if not str(locale.months["format"][width][1]).startswith("M0"):
            return ("yyyy", f"{pattern} yyyy", f"dd {pattern} yyyy")
    return _NUMERIC
