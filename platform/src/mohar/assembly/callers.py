"""Open what tells who calls: roles, quotas, the watch, and the keys of issuers of tokens."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from mohar.access.callers import Callers
from mohar.access.explain import Explaining
from mohar.access.known_keys import KnownKeys
from mohar.access.quota import Quota
from mohar.access.read_log import ReadLog
from mohar.access.readers import Readers
from mohar.access.roles import Roles
from mohar.access.token_keys import PinnedKeys, RemoteKeys, TokenKeys, read_keys
from mohar.access.tokens import TokenDoor, Tokens
from mohar.access.watch import Watch
from mohar.assembly.resolve import actor_of
from mohar.config.access import TokenIssuer
from mohar.domain.errors import ConfigError, Unreadable
from mohar.plugin import Tools

if TYPE_CHECKING:
    from mohar.assembly.house import House


def callers_of(house: House) -> tuple[Callers, Watch]:
    """
    Return what lets callers in, and what looks for those who try numbers out.

    Raises:
        ConfigError: a file of keys is not there, or is none.
    """
    access = house.deployment.access
    watch = Watch(
        access.alarm,
        store=house.store,
        telemetry=house.telemetry,
        clock=house.clock,
        seconds=time.monotonic,
    )
    roles = Roles(access)
    doors = [
        TokenDoor(
            issuer,
            keys=_keys_of(issuer, house.tools),
            roles=roles,
            hashed=house.store.caller_hash,
            clock=house.clock,
        )
        for issuer in access.issuers
    ]
    callers = Callers(
        store=house.store,
        roles=roles,
        tokens=Tokens(doors),
        quota=Quota(house.store, house.clock, house.deployment.time_zone),
        watch=watch,
        clock=house.clock,
        keys=KnownKeys(time.monotonic),
    )
    return callers, watch


def explaining_of(house: House) -> Explaining:
    """Return what says who may what, and why."""
    doors = [actor_of(house.deployment, each) for each in house.deployment.doors]
    return Explaining(
        store=house.store,
        permits=house.permits,
        roles=Roles(house.deployment.access),
        doors={door.actor_id: door for door in doors},
        kinds=[kind.name for kind in house.deployment.credentials],
        clock=house.clock,
    )


def readers_of(house: House, log: ReadLog) -> Readers:
    """Return what tells who has read what."""
    return Readers(
        store=house.store,
        permits=house.permits,
        access=house.access,
        log=log,
        roles=Roles(house.deployment.access),
    )


def _keys_of(issuer: TokenIssuer, tools: Tools) -> TokenKeys:
    if issuer.jwks.file is not None:
        return _pinned(issuer.name, tools.files.read(issuer.jwks.file))
    assert issuer.jwks.url is not None
    return RemoteKeys(
        name=issuer.name,
        url=issuer.jwks.url,
        http=tools.http,
        seconds=time.monotonic,
        telemetry=tools.telemetry,
    )


def _pinned(name: str, data: bytes) -> PinnedKeys:
    try:
        return PinnedKeys(read_keys(data))
    except Unreadable as error:
        raise ConfigError(
            f"access: the keys of the issuer {name} cannot be used: {error}"
        ) from error
