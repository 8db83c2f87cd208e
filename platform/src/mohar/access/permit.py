"""May this actor do that? Scopes answer first, plugins may refuse."""

from __future__ import annotations

from mohar.domain.access import Actor
from mohar.domain.errors import NotPermitted
from mohar.plugin import hookimpl
from mohar.plugin.caller import HookCaller


class ScopePolicy:
    """The house's own `mohar_permit`: an actor may do what one of its scopes names."""

    @hookimpl
    def mohar_permit(self, actor: Actor, action: str, kind: str | None) -> bool | None:
        """Say True where a scope covers the action, and nothing otherwise."""
        return True if actor.may(action, kind) else None


class Permits:
    """Asks every `mohar_permit`: any False refuses, at least one True is needed."""

    def __init__(self, caller: HookCaller) -> None:
        self._caller = caller

    def allows(self, actor: Actor, action: str, kind: str | None = None) -> bool:
        """Say whether the actor may; a plugin that fails counts as False."""
        answers = self._caller.call("mohar_permit", actor=actor, action=action, kind=kind)
        opinions = [False if each.error else each.value for each in answers]
        return False not in opinions and True in opinions

    def require(self, actor: Actor, action: str, kind: str | None = None) -> None:
        """Raise NotPermitted unless the actor may."""
        if not self.allows(actor, action, kind):
            what = f"{action}:{kind}" if kind else action
            raise NotPermitted(f"this caller has no scope for {what}")
