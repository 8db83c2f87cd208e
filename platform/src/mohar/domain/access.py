"""Who asks, and for what."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from mohar.domain.values import JsonObject, at_path

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
# What is done to one credential, or with one record: here the record can decide.
LIMITABLE: Final = frozenset({"issue", "revoke", "read", "search"})


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """Only records that say one of these values at this path; without a value, none at all."""

    path: str
    values: frozenset[str]

    def admits(self, record: JsonObject) -> bool:
        """Say whether the record says one of the values; what it does not say is none of them."""
        said = at_path(record, self.path)
        if isinstance(said, bool) or not isinstance(said, str | int):
            return False
        return str(said) in self.values


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """Some actions on some kinds (all of them where none is named), within limits."""

    may: frozenset[str]
    kinds: frozenset[str] = frozenset()
    where: tuple[Limit, ...] = ()

    def covers(self, action: str, kind: str | None) -> bool:
        """Say whether this is about that action on that kind, whatever its limits."""
        return not self.may.isdisjoint({"*", action}) and (not self.kinds or kind in self.kinds)

    @classmethod
    def of_text(cls, scope: str) -> Grant:
        """Return what a scope `action` or `action:kind` grants; `*` is everything."""
        action, colon, kind = scope.partition(":")
        return cls(may=frozenset({action}), kinds=frozenset({kind} if colon else ()))


ReadOutcome = Literal["shown", "not-found", "refused"]
"""
What became of a read: handed over; no such credential, or none for this caller; or there was one
and it could not be had like that.
"""

UNSTATED: Final = "unstated"
# Holders read what is theirs, or let others see it.
OWN: Final = "own"
"""The purpose of a read for which none was said."""


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """
    What somebody reads a credential for, and through which door: it stands in the log of reads.

    `purpose` is a word of the deployment's own list, or `own` for holders; `channel` is `api`, `cli`,
    `print`, `link` or the name of the door that hands it over. `notice` is the version of the notice
    that holders were shown, where it rests on one. None of them ever holds anything of a person or of a request.
    """

    purpose: str = UNSTATED
    channel: str = "api"
    notice: str = ""


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """
    A caller we know: an API key, a partner, an operator at the command line.

    `scopes` are texts `action` or `action:kind`, as in `issue:diploma`; `*` is everything.
    `grants` is what its roles give beside them, and `limits` holds for all of it.
    """

    actor_id: str
    name: str
    scopes: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    grants: tuple[Grant, ...] = ()
    limits: tuple[Limit, ...] = ()

    def may(self, action: str, kind: str | None = None, record: JsonObject | None = None) -> bool:
        """
        Say whether a scope of this actor covers the action on that kind.

        One that is limited counts only where the record is given and within its limits.
        """
        return any(_within(limits, record) for limits in self._limits_of(action, kind))

    def is_limited(self, action: str, kind: str | None = None) -> bool:
        """Say whether it takes the record to tell if this actor may."""
        found = self._limits_of(action, kind)
        return bool(found) and all(found)

    def anywhere(self, action: str) -> Actor:
        """Return this actor without limits, to ask whether it may do this to any record at all."""
        if action not in LIMITABLE:
            return self
        grants = tuple(msgspec.structs.replace(each, where=()) for each in self.grants)
        return msgspec.structs.replace(self, grants=grants, limits=())

    def _limits_of(self, action: str, kind: str | None) -> list[tuple[Limit, ...]]:
        """The limits of each grant that covers the action on that kind."""
        texts = [Grant.of_text(each) for each in self.scopes]
        return [
            (*each.where, *self.limits)
            for each in (*texts, *self.grants)
            if each.covers(action, kind)
        ]


def _within(limits: tuple[Limit, ...], record: JsonObject | None) -> bool:
    return not limits or (record is not None and all(each.admits(record) for each in limits))
