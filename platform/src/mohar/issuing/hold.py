"""What a pause holds back: the kinds that need what is paused, and the partners who are."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from mohar.domain.errors import Paused
from mohar.store.rows import Held, PauseScope
from mohar.store.store import Work

Need = tuple[PauseScope, str]


class Hold:
    """Goes by the pauses in the store; `needs` are the things that each kind cannot do without."""

    def __init__(self, needs: Mapping[str, frozenset[Need]]) -> None:
        self._needs = needs

    def now(self, work: Work) -> Held:
        """Return what must not be claimed in this transaction; no pause ends before it does."""
        return self._held(work.pauses.in_force())

    def must_not_hold(self, work: Work, kind: str) -> None:
        """Raise Paused where credentials of this kind are not to be signed at the moment."""
        if kind in self._held(work.pauses.names()).kinds:
            raise Paused(f"{kind} is paused, or something that its credentials need; ask later")

    def _held(self, paused: Collection[Need]) -> Held:
        names = {scope: {name for at, name in paused if at == scope} for scope, _ in paused}
        needing = {kind for kind, needs in self._needs.items() if not needs.isdisjoint(paused)}
        return Held(
            kinds=frozenset(needing | names.get("kind", set())),
            actors=frozenset(names.get("partner", ())),
        )
