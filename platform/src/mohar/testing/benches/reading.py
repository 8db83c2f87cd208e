"""Credentials read over HTTP from `mohar serve`, each read written down before it is answered."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle, islice
from statistics import quantiles
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from mohar.config.load import load_yaml
from mohar.domain.access import Actor
from mohar.domain.errors import Unavailable
from mohar.store.database import open_engine, transaction
from mohar.store.read_tables import read_log
from mohar.testing.benches.arena import Arena
from mohar.testing.benches.callers import get
from mohar.testing.benches.measure import Round, Scene
from mohar.testing.benches.programs import free_port, program, wait_for

AIM: Final = 1_500.0
_CREDENTIALS: Final = 1_000
_ISSUED_AT_ONCE: Final = 500
_CALLERS: Final = 32
_ACTOR: Final = Actor(actor_id="bench", name="bench", scopes=frozenset({"*"}))
_WARM_UP: Final = 1_000
_PROCESSES: Final = 2


def reading(scene: Scene) -> Round:
    """
    Read credentials as JSON, `records` times, by 32 callers that keep their connections.

    It is measured beside what it is to reach. Callers, servers and database share the machine.
    """
    place = scene.place
    with serving(place) as door:
        wanted = issued(place, _CREDENTIALS)
        requests = [door.request(f"/v1/credentials/{number}.json") for number in wanted]
        get(door.port, _round_about(requests, _WARM_UP), callers=_CALLERS)
        started = time.perf_counter()
        seconds = get(door.port, _round_about(requests, scene.records), callers=_CALLERS)
        rate = scene.records / (time.perf_counter() - started)
    must_be_written_down(place, scene.records + _WARM_UP)
    return Round(ours=rate, reference=AIM, p99_seconds=quantiles(seconds, n=100)[-1])


class Entrance(msgspec.Struct, frozen=True, kw_only=True):
    """A server, and the key of somebody who may read."""

    port: int
    key: str

    def request(self, path: str) -> bytes:
        """Return the request for a path."""
        lines = (
            f"GET {path} HTTP/1.1",
            "Host: 127.0.0.1",
            f"Authorization: Bearer {self.key}",
            "",
            "",
        )
        return "\r\n".join(lines).encode()


@contextmanager
def serving(place: Arena) -> Iterator[Entrance]:
    """Serve an arena by two processes for the length of a block."""
    file = place.folder / "deployment.yaml"
    tree = load_yaml(file, dict[str, Any])
    file.write_bytes(msgspec.json.encode({**tree, "web": {"processes": _PROCESSES}}))
    with place.house.store.begin() as work:
        key, _ = work.api_keys.create("bench", [f"read:{place.plan.name}"])
    port = free_port()
    with program("serve", "--deployment", place.folder, "--port", port):
        wait_for(port, "/health/ready")
        yield Entrance(port=port, key=key)


def issued(place: Arena, count: int) -> list[str]:
    """Issue so many credentials, and return their ids."""
    numbers: list[str] = []
    for first in range(0, count, _ISSUED_AT_ONCE):
        messages = place.many(min(_ISSUED_AT_ONCE, count - first), first=first)
        reception, name = place.house.reception, place.plan.name
        accepted = reception.accept(_ACTOR, name, place.plan.source_name, messages)
        place.house.drain.run_submission(accepted.submission_id)
        outcomes = place.house.submissions.outcomes(accepted.submission_id, _ACTOR)
        numbers += [each.credential_id for each in outcomes if each.credential_id]
    if len(numbers) != count:
        raise Unavailable("not every record was issued, so nothing can be read")
    return numbers


def _round_about(requests: Sequence[bytes], times: int) -> list[bytes]:
    return list(islice(cycle(requests), times))


def must_be_written_down(place: Arena, times: int) -> None:
    """Raise Unavailable unless credentials were read so many times."""
    store = place.house.deployment.store
    assert store is not None
    engine = open_engine(str(store.url))
    with transaction(engine, writes=False) as connection:
        query = sa.select(sa.func.count()).where(read_log.c.outcome == "shown")
        found = connection.execute(query).scalar_one()
    engine.dispose()
    if found != times:
        raise Unavailable("not every read was written down, so nothing was measured")
