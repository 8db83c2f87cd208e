"""When it is night: a pure function of the moment and the hours."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from mohar_channel_notice._settings import Quiet


def quiet_seconds(quiet: Quiet | None, now: datetime, zone: ZoneInfo) -> float:
    """Return how long the quiet hours last from now on; 0 where it is not one of them."""
    if quiet is None:
        return 0.0
    local = now.astimezone(zone)
    start, end = time.fromisoformat(quiet.from_), time.fromisoformat(quiet.to)
    if not _is_between(local.time(), start, end):
        return 0.0
    day = local.date() if local.time() < end else local.date() + timedelta(days=1)
    over = datetime.combine(day, end, tzinfo=zone)
    # Counted in UTC: on the day the clocks change, the night is an hour shorter or longer.
    return over.timestamp() - now.timestamp()


def _is_between(moment: time, start: time, end: time) -> bool:
    if start <= end:
        return start <= moment < end
    return moment >= start or moment < end
