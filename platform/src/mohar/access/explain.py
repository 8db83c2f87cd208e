"""Who may what, and why: every opinion on a question, and the table of all roles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Literal, get_args

import msgspec

from mohar.access.ids import can_be_an_id
from mohar.access.opened import record_of
from mohar.access.permit import Opened, Opinion, Permits, decided
from mohar.access.roles import Roles
from mohar.domain.access import Action, Actor, Grant
from mohar.domain.clock import Clock
from mohar.domain.errors import NotFound
from mohar.store import Store

Answer = Literal["yes", "within limits", "no"]

ANYBODY: Final = "anybody"
_ACTIONS: Final[tuple[Action, ...]] = get_args(Action)


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that an actor has, and what it says to the question; `limits` by path."""

    given_by: str
    limits: Mapping[str, Sequence[str]]
    admits: bool


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a question, what of the actor counts for it, and what every plugin said."""

    kind: str | None
    answer: Answer
    reasons: tuple[Reason, ...]
    opinions: tuple[Opinion, ...]


class Explaining:
    """Asks what the doors ask, and says why they answer as they do; nothing is shown or changed."""

    def __init__(
        self,
        *,
        store: Store,
        permits: Permits,
        roles: Roles,
        doors: Mapping[str, Actor],
        kinds: Sequence[str],
        clock: Clock,
    ) -> None:
        self._store = store
        self._permits = permits
        self._roles = roles
        self._doors = doors
        self._kinds = kinds
        self._clock = clock

    def actor(self, name: str) -> Actor:
        """
        Return the actor of that name: `anybody`, `door:NAME`, a role, or the id of an API key.

        Raises:
            NotFound: there is none of that name.
        """
        if name == ANYBODY:
            return Actor(actor_id=ANYBODY, name=ANYBODY)
        if name in self._doors:
            return self._doors[name]
        nobody = Actor(actor_id=f"role:{name}", name=name)
        if name in self._roles.names:
            return self._roles.given(nobody, [name], {})
        with self._store.read() as work:
            found = work.api_keys.actor_of(name.removeprefix("apikey:"), self._clock())
        if found is None:
            raise NotFound(
                f"no role, door or API key that is good now is called {name!r}; "
                "`mohar apikeys list` shows the keys, and `anybody` is who has none"
            )
        return self._roles.of_key(found)

    def explain(self, actor: Actor, action: Action, subject: str | None) -> Explanation:
        """
        Say whether an actor may do something to a kind, or to one credential.

        Raises:
            NotFound: the subject is neither a kind nor a credential.
            Unavailable: it cannot be told now.
        """
        if subject is None or subject in self._kinds:
            return self._of_kind(actor, action, subject)
        kind = self._kind_of(subject)
        record = record_of(self._store, subject)
        opinions = self._permits.opinions(actor, action, kind, record=record)
        return Explanation(
            kind=kind,
            answer="yes" if decided(opinions) else "no",
            reasons=tuple(self._reasons(actor, action, kind, record)),
            opinions=tuple(opinions),
        )

    def table(self) -> Iterator[tuple[str, Action, Mapping[str, Answer]]]:
        """Return what each role may, by kind; an action that it may on none is left out."""
        for name in self._roles.names:
            actor = self.actor(name)
            for action in _ACTIONS:
                row = {kind: self._of_kind(actor, action, kind).answer for kind in self._kinds}
                if not self._kinds or set(row.values()) != {"no"}:
                    yield name, action, row

    def _of_kind(self, actor: Actor, action: Action, kind: str | None) -> Explanation:
        opinions = self._permits.opinions(actor.anywhere(action), action, kind)
        answer: Answer = "no"
        if decided(opinions):
            answer = "within limits" if actor.is_limited(action, kind) else "yes"
        return Explanation(
            kind=kind,
            answer=answer,
            reasons=tuple(self._reasons(actor, action, kind, None)),
            opinions=tuple(opinions),
        )

    def _reasons(
        self, actor: Actor, action: Action, kind: str | None, record: Opened | None
    ) -> Iterator[Reason]:
        for given_by, grant in self._given(actor):
            if grant.covers(action, kind):
                alone = msgspec.structs.replace(actor, scopes=frozenset(), grants=(grant,))
                asked = alone if record else alone.anywhere(action)
                limits = (*grant.where, *actor.limits)
                opened = record() if record and limits else None
                yield Reason(
                    given_by=given_by,
                    limits={each.path: sorted(each.values) for each in limits},
                    admits=asked.may(action, kind, opened),
                )

    def _given(self, actor: Actor) -> Iterator[tuple[str, Grant]]:
        for scope in sorted(actor.scopes):
            yield f"scope {scope}", Grant.of_text(scope)
        for name in sorted(actor.roles):
            for grant in self._roles.grants_of(name):
                yield f"role {name}", grant

    def _kind_of(self, credential_id: str) -> str:
        if can_be_an_id(credential_id):
            with self._store.read() as work:
                stored = work.credentials.find([credential_id]).get(credential_id)
            if stored is not None and stored.issued_at is not None:
                return stored.kind
        raise NotFound("the subject is neither a kind of this deployment nor a credential's id")
