"""Who asks, and for what."""

from __future__ import annotations

from typing import Literal

import msgspec

Action = Literal[
    "issue",
    "correct",
    "revoke",
    "approve",
    "request",
    "decide",
    "answer",
    "sign",
    "print",
    "read",
    "search",
    "verify",
    "operate",
]


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """
    A caller we know: an API key, a partner, an operator at the command line.

    `scopes` are texts `action` or `action:kind`, as in `issue:diploma`; `*` is everything.
    """

    actor_id: str
    name: str
    scopes: frozenset[str] = frozenset()

    def may(self, action: str, kind: str | None = None) -> bool:
        """Say whether a scope of this actor covers the action on that kind."""
        wanted = {"*", action} | ({f"{action}:{kind}"} if kind else set())
        return not wanted.isdisjoint(self.scopes)
