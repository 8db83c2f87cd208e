"""The roles of the deployment, and what they make of a caller."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from mohar.config.access import Access, Quotas, Role, Scope
from mohar.domain.access import Actor, Grant, Limit

_ROLE: Final = "role:"
_WHERE: Final = "where:"


def role_text(name: str) -> str:
    """Return how a key keeps that it has a role: the role itself stays in the deployment."""
    return f"{_ROLE}{name}"


def where_text(path: str, value: str) -> str:
    """Return how a key keeps that it is for records that say this value there."""
    return f"{_WHERE}{path}={value}"


class Roles:
    """What each role grants; a role that is not there any more grants nothing."""

    def __init__(self, access: Access) -> None:
        self._roles = {role.name: role for role in access.roles}
        self._grants = {name: _grants_of(role) for name, role in self._roles.items()}
        self._quotas = access.quotas

    def of_key(self, actor: Actor) -> Actor:
        """Return the actor of an API key with what its roles and limits are now."""
        plain = {each for each in actor.scopes if not each.startswith((_ROLE, _WHERE))}
        names = [each.removeprefix(_ROLE) for each in actor.scopes if each.startswith(_ROLE)]
        limits = [each.removeprefix(_WHERE) for each in actor.scopes if each.startswith(_WHERE)]
        cleared = msgspec.structs.replace(actor, scopes=frozenset(plain))
        return self.given(cleared, names, _values(each.partition("=") for each in limits))

    def given(
        self, actor: Actor, names: Iterable[str], limits: Mapping[str, Iterable[str]]
    ) -> Actor:
        """Return the actor with these roles, and with values that its records must say."""
        known = [each for each in dict.fromkeys(names) if each in self._roles]
        return msgspec.structs.replace(
            actor,
            roles=frozenset(known),
            grants=tuple(grant for each in known for grant in self._grants[each]),
            limits=_limits(limits),
        )

    def titles_of(self, scopes: Iterable[str]) -> Sequence[str]:
        """Return what the roles of a key are called, where it has any."""
        names = sorted(each.removeprefix(_ROLE) for each in scopes if each.startswith(_ROLE))
        return [self._roles[each].title or each for each in names if each in self._roles]

    @property
    def names(self) -> Sequence[str]:
        """Return the names of all roles, as the deployment lists them."""
        return tuple(self._roles)

    def grants_of(self, name: str) -> Sequence[Grant]:
        """Return what a role grants."""
        return self._grants[name]

    def quotas_of(self, actor: Actor) -> Quotas:
        """Return how often the actor may ask: the most generous of its roles, else what all may."""
        own = [self._roles[each].quotas for each in sorted(actor.roles) if each in self._roles]
        named = [each for each in own if each is not None]
        if not named:
            return self._quotas
        return Quotas(
            per_minute=_most([each.per_minute for each in named]),
            per_day=_most([each.per_day for each in named]),
        )


def _grants_of(role: Role) -> tuple[Grant, ...]:
    return tuple(_grant(each) for each in role.scopes)


def _grant(scope: str | Scope) -> Grant:
    if isinstance(scope, str):
        return Grant.of_text(scope)
    return Grant(may=frozenset(scope.may), kinds=frozenset(scope.kinds), where=_limits(scope.where))


def _limits(where: Mapping[str, Iterable[str]]) -> tuple[Limit, ...]:
    return tuple(Limit(path=path, values=frozenset(said)) for path, said in sorted(where.items()))


def _values(pairs: Iterable[tuple[str, str, str]]) -> Mapping[str, set[str]]:
    found: dict[str, set[str]] = {}
    for path, _, value in pairs:
        found.setdefault(path, set()).add(value)
    return found


def _most(numbers: Sequence[int | None]) -> int | None:
    given = [each for each in numbers if each is not None]
    return max(given) if len(given) == len(numbers) else None
