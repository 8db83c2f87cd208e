"""Who asks, and for what."""

from __future__ import annotations

from typing import Final, Literal

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
    "read",
    "search",
    "verify",
    "operate",
]

ReadOutcome = Literal["shown", "not-found", "refused"]
"""
What became of a read: handed over; no such credential, or none for this caller; or there was one
and it could not be had like that.
"""

UNSTATED: Final = "unstated"
"""The purpose of a read for which none was said."""


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """
    What somebody reads a credential for, and through which door: it stands in the log of reads.

    `purpose` is a word of the deployment's own list, `channel` is `api`, `cli` or the name of the
    door that hands it over. Neither ever holds anything of a person or of a request.
    """

    purpose: str = UNSTATED
    channel: str = "api"


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
