"""May this actor do that? Scopes answer first, plugins may refuse."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from mohar.domain.access import Actor
from mohar.domain.errors import NotPermitted
from mohar.domain.values import JsonObject
from mohar.plugin import hookimpl
from mohar.plugin.caller import HookCaller

Opened = Callable[[], JsonObject | None]


class Opinion(msgspec.Struct, frozen=True, kw_only=True):
    """What one plugin says: True, False, or nothing; one that failed counts as False."""

    plugin: str
    says: bool | None
    failed: str = ""


class ScopePolicy:
    """The house's own `mohar_permit`: an actor may do what one of its scopes names."""

    @hookimpl
    def mohar_permit(
        self, actor: Actor, action: str, kind: str | None, record: JsonObject | None
    ) -> bool | None:
        """Say True where a scope covers the action, and nothing otherwise."""
        return True if actor.may(action, kind, record) else None


class Permits:
    """Asks every `mohar_permit`: any False refuses, at least one True is needed."""

    def __init__(self, caller: HookCaller) -> None:
        self._caller = caller

    def allows(
        self, actor: Actor, action: str, kind: str | None = None, *, record: Opened | None = None
    ) -> bool:
        """
        Say whether the actor may; a plugin that fails counts as False.

        `record` opens what the credential was made of. It is called only for an actor whose scopes
        are limited by it; where nobody gives it, such a scope does not count.
        """
        return decided(self.opinions(actor, action, kind, record=record))

    def allows_some(self, actor: Actor, action: str, kind: str | None = None) -> bool:
        """Say whether the actor may do that to one record at least; which, is asked later."""
        return self.allows(actor.anywhere(action), action, kind)

    def require(
        self, actor: Actor, action: str, kind: str | None = None, *, record: Opened | None = None
    ) -> None:
        """Raise NotPermitted unless the actor may."""
        if not self.allows(actor, action, kind, record=record):
            raise _not_permitted(action, kind)

    def require_some(self, actor: Actor, action: str, kind: str | None = None) -> None:
        """Raise NotPermitted unless there is a record to which the actor may do that."""
        if not self.allows_some(actor, action, kind):
            raise _not_permitted(action, kind)

    def opinions(
        self, actor: Actor, action: str, kind: str | None = None, *, record: Opened | None = None
    ) -> Sequence[Opinion]:
        """Return what every plugin says, in the order they are asked."""
        opened = record() if record is not None and actor.is_limited(action, kind) else None
        answers = self._caller.call(
            "mohar_permit", actor=actor, action=action, kind=kind, record=opened
        )
        return [
            Opinion(
                plugin=each.plugin,
                says=False if each.error else each.value,
                failed=each.error or "",
            )
            for each in answers
        ]


def decided(opinions: Sequence[Opinion]) -> bool:
    """Return what follows from all opinions: no False, and at least one True."""
    said = [each.says for each in opinions]
    return False not in said and True in said


def _not_permitted(action: str, kind: str | None) -> NotPermitted:
    what = f"{action}:{kind}" if kind else action
    return NotPermitted(f"this caller has no scope for {what}")
