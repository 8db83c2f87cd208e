"""When the house tries again what it could not do for a request: a pure function."""

from __future__ import annotations

from typing import Final

# Whoever approves also carries out; a worker does it where that process has died meanwhile.
OWN_SECONDS: Final = 60.0
_FIRST_SECONDS: Final = 5.0
_LONGEST_SECONDS: Final = 900.0
# 2 to the power of 10 times the first wait is longer than the longest.
_DOUBLINGS: Final = 10


def wait_seconds(attempts: int) -> float:
    """Return how long to wait after so many attempts: it doubles, up to a quarter of an hour."""
    doublings = min(max(attempts - 1, 0), _DOUBLINGS)
    return min(_FIRST_SECONDS * 2.0**doublings, _LONGEST_SECONDS)
