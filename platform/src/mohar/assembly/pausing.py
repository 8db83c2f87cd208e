"""Pause and resume: what an operator may name, and what of a deployment needs it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeVar

from mohar.assembly.plugins import Tables
from mohar.config.deployment import Body, Deployment, Kind, Whole
from mohar.config.words import choices, did_you_mean, quoted
from mohar.domain.access import Actor
from mohar.domain.clock import Clock
from mohar.domain.errors import InvalidInput, Paused, Unavailable
from mohar.issuing.hold import Need
from mohar.plugin import Offers
from mohar.store import Store
from mohar.store.rows import Pause, PauseScope

T = TypeVar("T")
_BELIEVED_SECONDS: Final = 1.0


class Pausing:
    """
    Pauses a kind, a signer, a partner or a plugin, for every process on this store.

    Records are taken in as before; a worker leaves what is paused where it is.
    """

    def __init__(self, store: Store, deployment: Deployment, clock: Clock) -> None:
        self._store = store
        self._deployment = deployment
        self._clock = clock
        self._known: frozenset[Need] = frozenset()
        self._believed_until = 0.0

    def pause(self, actor: Actor, scope: PauseScope, name: str, reason: str = "") -> bool:
        """
        Pause it; return False, and change nothing, where it is paused already.

        Raises:
            InvalidInput: there is nothing of that name.
        """
        found = self._must_exist(scope, name)
        new = Pause(
            scope=scope, name=found, since=self._clock(), actor_id=actor.actor_id, reason=reason
        )
        with self._store.begin() as work:
            return work.pauses.add(new)

    def resume(self, scope: PauseScope, name: str, *, actor_id: str = "") -> bool:
        """End a pause, also of what is not there any more; return False where there was none."""
        with self._store.begin() as work:
            names = [name, _partner(name)] if scope == "partner" else [name]
            ended = [work.pauses.end(scope, each, actor_id=actor_id) for each in names]
            if any(ended):
                work.intake.release_held()
            return any(ended)

    def listed(self) -> Sequence[Pause]:
        """Return every pause, the oldest first."""
        with self._store.read() as work:
            return work.pauses.listed()

    def must_run(self, plugin: str) -> None:
        """Raise Paused where this plugin is, as it was known about a second ago."""
        if ("plugin", plugin) in self._recent():
            raise Paused(f"the plugin {plugin} is paused; ask later")

    def must_sign(self, whole: Whole, offered: Tables) -> None:
        """Raise Paused where what signs credentials that come whole is paused."""
        with self._store.read() as work:
            paused = work.pauses.names()
        if not paused.isdisjoint(_of_signing(self._deployment, offered, whole.signer, whole)):
            raise Paused("what signs credentials that come whole is paused; ask later")

    def _recent(self) -> frozenset[Need]:
        """While the store does not answer, what was known last is the best there is."""
        if time.monotonic() >= self._believed_until:
            try:
                with self._store.read() as work:
                    self._known = work.pauses.names()
            except Unavailable:
                return self._known
            self._believed_until = time.monotonic() + _BELIEVED_SECONDS
        return self._known

    def _must_exist(self, scope: PauseScope, name: str) -> str:
        named = {
            "kind": [kind.name for kind in self._deployment.credentials],
            "signer": [signer.name for signer in self._deployment.signers],
            "plugin": self._deployment.plugins,
        }
        known = self._partners() if scope == "partner" else named[scope]
        for spelt in (name, _partner(name)) if scope == "partner" else (name,):
            if spelt in known:
                return spelt
        hint = did_you_mean(name, known) or f"known are {choices(known, 'and') or 'none'}"
        raise InvalidInput(f"there is no {scope} {quoted(name)}; {hint}")

    def _partners(self) -> list[str]:
        with self._store.read() as work:
            keys = work.api_keys.listed()
        return [*(_partner(key.key_id) for key in keys), "operator"]


def needs_of(deployment: Deployment, offered: Tables) -> Mapping[str, frozenset[Need]]:
    """Return what no credential of each kind can be made without."""
    return {
        kind.name: frozenset(_of_kind(deployment, offered, kind)) for kind in deployment.credentials
    }


def plugins_of_sinks(deployment: Deployment, offered: Tables) -> Mapping[str, str]:
    """Return the plugin behind each sink, by the sink's name."""
    return {sink.name: offered.sinks.distribution_of(sink.uses) for sink in deployment.sinks}


def plugins_of_channels(deployment: Deployment, offered: Tables) -> Mapping[str, str]:
    """Return the plugin behind each channel, by the channel's name."""
    return {each.name: offered.channels.distribution_of(each.uses) for each in deployment.channels}


def _of_kind(deployment: Deployment, offered: Tables, kind: Kind) -> Iterator[Need]:
    yield "kind", kind.name
    yield _plugin(offered.sources, kind.source.uses)
    schemas = [kind.schema, *(body.schema for body in kind.bodies if body.schema)]
    yield from (_plugin(offered.schemas, use.uses) for use in schemas)
    for body in kind.bodies:
        yield from _of_signing(deployment, offered, body.signer, body)


def _of_signing(
    deployment: Deployment, offered: Tables, signer: str, signed: Body | Whole
) -> Iterable[Need]:
    uses = next(each.uses for each in deployment.signers if each.name == signer)
    return [
        ("signer", signer),
        _plugin(offered.signers, uses),
        _plugin(offered.formats, signed.format_use.uses),
    ]


def _plugin(offers: Offers[T], uses: str) -> Need:
    return "plugin", offers.distribution_of(uses)


def _partner(key_id: str) -> str:
    return f"apikey:{key_id}"
