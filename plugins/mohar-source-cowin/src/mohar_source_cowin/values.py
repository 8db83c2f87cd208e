"""How single values of a message are read: lenient where the original was, and it is told."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, tzinfo
from typing import Any

from mohar.domain.values import PartialDate
from mohar_source_cowin.reading import Odd, Unfit

_MOMENT = re.compile(
    r"(\d{4}-\d{2}-\d{2})(?:[Tt](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)([Zz]|[+-]\d{2}:\d{2}))?",
    re.ASCII,
)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_WHOLE = re.compile(r"\d{1,9}", re.ASCII)
# RFC 8259 §6: integers beyond this are not the same number to every reader.
_MOST = 2**53


def text(sent: Any) -> str | Odd:
    """Return text exactly as sent; a number becomes its digits, and that is odd."""
    if isinstance(sent, str):
        return sound(sent)
    return Odd(
        value=digits(sent),
        code="number-for-text",
        message="This is text and came as a number; send it in quotes.",
    )


def digits(sent: Any) -> str:
    """Return text for what may come as text or as a number (a pin code, an age)."""
    if isinstance(sent, str):
        return sound(sent).strip()
    if isinstance(sent, bool) or not isinstance(sent, int | float):
        raise Unfit("wrong-type", "This must be text.")
    if isinstance(sent, float):
        return str(int(sent)) if sent.is_integer() else str(sent)
    return str(_bounded(sent))


def whole(sent: Any) -> int | Odd:
    """Return a whole number; one written as text is odd."""
    if isinstance(sent, str) and _WHOLE.fullmatch(sent.strip()):
        return Odd(
            value=int(sent),
            code="text-for-number",
            message="This is a number and came as text; send it without quotes.",
        )
    if isinstance(sent, float) and sent.is_integer():
        return _bounded(int(sent))
    if isinstance(sent, bool) or not isinstance(sent, int):
        raise Unfit("wrong-type", "This must be a whole number.")
    return _bounded(sent)


def birth_date(sent: Any) -> str:
    """Return `YYYY`, `YYYY-MM` or `YYYY-MM-DD`: no more is known than was said."""
    try:
        return str(PartialDate.parse(sent))
    except (TypeError, ValueError):
        raise Unfit(
            "bad-date", "This must be an ISO 8601 date: YYYY-MM-DD, YYYY-MM or YYYY."
        ) from None


def day(sent: Any) -> str:
    """Return a full date."""
    if isinstance(sent, str) and _DAY.fullmatch(sent) and _exists(sent):
        return sent
    raise Unfit("bad-date", "This must be an ISO 8601 date: YYYY-MM-DD.")


def moment(sent: Any) -> str | Odd:
    """Return a date and time as sent; a date alone is odd, a time without its zone is unfit."""
    if not isinstance(sent, str) or _parsed(sent) is None:
        raise Unfit(
            "bad-date",
            "This must be an RFC 3339 date and time with its offset: 2021-03-03T18:00:00Z.",
        )
    if _DAY.fullmatch(sent):
        return Odd(
            value=sent, code="no-time", message="This has no time of day; it is kept as a date."
        )
    return sent


def local_day(sent: str, zone: tzinfo) -> str:
    """Return the calendar day, in that zone, of what `moment` accepted."""
    if _DAY.fullmatch(sent):
        return sent
    parsed = _parsed(sent)
    assert parsed is not None
    return parsed.astimezone(zone).date().isoformat()


def texts(sent: Any) -> list[str]:
    """Return a list of texts."""
    if isinstance(sent, list) and all(isinstance(item, str) for item in sent):
        return [sound(item) for item in sent]
    raise Unfit("wrong-type", "This must be a list of texts.")


def _parsed(sent: str) -> datetime | None:
    match = _MOMENT.fullmatch(sent)
    if match is None:
        return None
    on, at, offset = match.groups()
    try:
        parsed = datetime.fromisoformat(f"{on}T{at or '00:00'}{(offset or 'Z').upper()}")
        # Every zone is within a day of UTC: beyond these years a local day may not exist.
        return parsed if date.min.year < parsed.astimezone(UTC).year < date.max.year else None
    except (ValueError, OverflowError):
        return None


def _exists(on: str) -> bool:
    try:
        date.fromisoformat(on)
    except ValueError:
        return False
    return True


def _bounded(number: int) -> int:
    if abs(number) >= _MOST:
        raise Unfit("wrong-type", "This number is too large.")
    return number


def sound(value: str) -> str:
    """Return the text. Raises Unfit where it could not be written as UTF-8."""
    if value.isascii():
        return value
    try:
        value.encode()
    except UnicodeEncodeError:
        raise Unfit("wrong-type", "This holds half a character; send UTF-8 text.") from None
    return value
