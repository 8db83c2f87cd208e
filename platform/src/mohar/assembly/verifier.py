"""A verifier by itself: no keys that sign, no network, and a store only where there is one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from mohar.assembly.blueprint import Blueprint
from mohar.assembly.opening import is_new, store_of
from mohar.assembly.own_keys import OwnKeys, published_keys, trust_in_whole
from mohar.assembly.plans import known_types
from mohar.assembly.status import OwnStatus, snapshots_of
from mohar.assembly.trustfile import trust_in_file
from mohar.config.load import Loaded
from mohar.domain.clock import Clock, utc_now
from mohar.domain.errors import ConfigError
from mohar.plugin import Trust
from mohar.verifying.status import FirstToTell, StatusTeller
from mohar.verifying.verify import Verifier


@contextmanager
def open_verifier(
    folder: Path,
    *,
    trust: Path | None = None,
    snapshots: Sequence[Path] = (),
    clock: Clock = utc_now,
) -> Iterator[Verifier]:
    """
    Open the verifier of a deployment for the length of a block.

    Keys in the file `trust` count beside those the deployment trusts, and what `snapshots` tell
    beside those that it names.

    Raises:
        ConfigError: the deployment or the file holds mistakes.
    """
    blueprint = Blueprint(folder, clock=clock)
    loaded = blueprint.loaded
    resolved = blueprint.resolve(with_keys=False, with_parts=False)
    named = [trust_in_file(trust)] if trust else []
    own = _own_keys(blueprint)
    keys = [*own, *resolved.trust, *named]
    taken_along = snapshots_of(loaded, keys, also=snapshots)
    with _own_status(loaded, own, clock) as told:
        yield Verifier(
            formats=resolved.reading,
            types=known_types(resolved),
            trust=keys,
            holders=resolved.holders,
            status=FirstToTell([*told, *taken_along]),
            clock=clock,
        )


def _own_keys(blueprint: Blueprint) -> Sequence[Trust]:
    """The deployment's own keys count where they are kept; elsewhere they are named with `trust`."""
    try:
        signers = blueprint.signers()
        keys = published_keys(signers.values())
    except ConfigError:
        return ()
    deployment = blueprint.loaded.deployment
    own = OwnKeys(deployment.authority.id, lambda: keys)
    return [own, *trust_in_whole(deployment.whole, signers)]


@contextmanager
def _own_status(
    loaded: Loaded, own: Sequence[Trust], clock: Clock
) -> Iterator[Sequence[StatusTeller]]:
    """Only the issuer's own machine has the store and its secrets; elsewhere nobody can tell."""
    try:
        store = store_of(loaded, clock)
    except ConfigError:
        yield ()
        return
    with store:
        # To look into a SQLite file that is not there would make one.
        if is_new(loaded) or not own:
            yield ()
        else:
            yield [OwnStatus(store, loaded.deployment.domains.public, own[0])]
