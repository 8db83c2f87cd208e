"""Open the place where credentials are signed, here or in another process."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from mohar.assembly.blueprint import Blueprint
from mohar.assembly.resolve import Resolved
from mohar.config.load import Loaded
from mohar.domain.clock import Clock, utc_now
from mohar.issuing.bench import SigningBench, Station
from mohar.issuing.plan import Workshop
from mohar.issuing.pool import WorkshopPool


def open_workshop(loaded: Loaded, resolved: Resolved, clock: Clock) -> Workshop:
    """Return signing processes where the deployment asks for them, else a bench in this one."""
    issuing = loaded.deployment.issuing
    if issuing.processes:
        return WorkshopPool(partial(bench_of_folder, loaded.folder), issuing.processes)
    return _bench(loaded, resolved, clock)


def bench_of_folder(folder: Path) -> Workshop:
    """
    Return a bench with keys of its own, for a signing process: nothing secret is handed over.

    Raises:
        ConfigError: the folder has changed since the House was built, and holds mistakes now.
    """
    blueprint = Blueprint(folder)
    return _bench(blueprint.loaded, blueprint.resolve(with_parts=False), utc_now)


def _bench(loaded: Loaded, resolved: Resolved, clock: Clock) -> SigningBench:
    stations = {
        (kind.name, body.name): Station(
            resolved.formats[kind.name, body.name], resolved.signers[body.signer]
        )
        for kind in loaded.deployment.credentials
        for body in kind.bodies
    }
    sample = loaded.deployment.issuing.verify_sample
    return SigningBench(stations, clock, verify_sample=sample)
