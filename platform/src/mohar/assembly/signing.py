"""Open the place where credentials are signed, here or in another process."""

from __future__ import annotations

import hashlib
from functools import partial
from pathlib import Path

from mohar.assembly.blueprint import Blueprint
from mohar.assembly.own_keys import keys_of
from mohar.assembly.resolve import Resolved
from mohar.codec.statement import StatementFormat
from mohar.config.load import FILE, Loaded
from mohar.domain.clock import Clock, utc_now
from mohar.domain.errors import ConfigError
from mohar.issuing.bench import SigningBench, Station
from mohar.issuing.plan import Workshop
from mohar.issuing.pool import WorkshopPool
from mohar.issuing.whole import STATION
from mohar.revoking.publish import LISTS, STATEMENTS


def open_workshop(loaded: Loaded, resolved: Resolved, clock: Clock) -> Workshop:
    """Return signing processes where the deployment asks for them, else a bench in this one."""
    issuing = loaded.deployment.issuing
    if issuing.processes:
        opening = partial(bench_of_folder, loaded.folder, _mark_of(loaded, resolved))
        return WorkshopPool(opening, issuing.processes)
    return _bench(loaded, resolved, clock)


def bench_of_folder(folder: Path, mark: str) -> Workshop:
    """
    Return a bench with keys of its own, for a signing process: nothing secret is handed over.

    Raises:
        ConfigError: the folder is not the one that the House was built from any more, which its
            mark tells; a process that starts anew must not sign by other rules or with other keys.
    """
    blueprint = Blueprint(folder)
    resolved = blueprint.resolve(with_parts=False)
    if _mark_of(blueprint.loaded, resolved) != mark:
        raise ConfigError("the deployment has changed since the start; start the house again")
    return _bench(blueprint.loaded, resolved, utc_now)


def _mark_of(loaded: Loaded, resolved: Resolved) -> str:
    """
    Return a digest of `deployment.yaml` and of the first key of each signer.

    A rotation adds keys and takes none away, so it does not change this mark; every process sees
    it in the same file.
    """
    mark = hashlib.sha256(loaded.files.read(FILE))
    for name, signer in sorted(resolved.signers.items()):
        first = keys_of(signer)[0]
        mark.update(f"\0{name}\0{first.key_id}\0".encode() + first.spki)
    return mark.hexdigest()


def _bench(loaded: Loaded, resolved: Resolved, clock: Clock) -> SigningBench:
    stations = {
        (kind.name, body.name): Station(
            resolved.formats[kind.name, body.name], resolved.signers[body.signer]
        )
        for kind in loaded.deployment.credentials
        for body in kind.bodies
    }
    if whole := loaded.deployment.whole:
        stations[STATION] = Station(resolved.formats[STATION], resolved.signers[whole.signer])
    if publishing := loaded.deployment.publishing:
        signer = resolved.signers[publishing.signer]
        if publishing.format is not None:
            stations[LISTS] = Station(resolved.formats[LISTS], signer)
        stations[STATEMENTS] = Station(StatementFormat(), signer)
    sample = loaded.deployment.issuing.verify_sample
    return SigningBench(stations, clock, verify_sample=sample)
