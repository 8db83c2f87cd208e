"""Who a key belongs to, known for some seconds: a caller that asks often is looked up once."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from typing import Final

from mohar.domain.access import Actor

KNOWN_SECONDS: Final = 2.0
_MOST: Final = 10_000


class KnownKeys:
    """
    The actors behind API keys that were good a moment ago.

    A key that is revoked or expires is good for at most `KNOWN_SECONDS` more where it was just used.
    Keys are remembered by an HMAC under a key of this process, and wrong ones not at all.
    """

    def __init__(self, seconds_now: Callable[[], float]) -> None:
        self._seconds_now = seconds_now
        self._pepper = secrets.token_bytes(32)
        self._known: dict[bytes, tuple[Actor, float]] = {}

    def find(self, text: str) -> Actor | None:
        """Return the actor of a key that was good a moment ago."""
        actor, until = self._known.get(self._name(text), (None, 0.0))
        return actor if self._seconds_now() < until else None

    def remember(self, text: str, actor: Actor) -> None:
        """Know a good key for a moment."""
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[self._name(text)] = (actor, self._seconds_now() + KNOWN_SECONDS)

    def _name(self, text: str) -> bytes:
        return hmac.digest(self._pepper, text.encode(errors="surrogatepass"), "sha256")
