"""Records over HTTP: taken in by `mohar serve`, and issued behind it by `mohar worker`."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from statistics import median, quantiles
from typing import Final

import msgspec
import sqlalchemy as sa

from mohar.domain.errors import Unavailable
from mohar.store.database import open_engine, transaction
from mohar.store.tables import intake
from mohar.testing.benches.arena import Arena
from mohar.testing.benches.measure import Round, Scene, per_second
from mohar.testing.benches.programs import Door, Sent, free_port, post, program, wait_for
from mohar.testing.benches.straight_intake import straight_intake

RATE: Final = 700.0

_BATCH: Final = 100
_CALLERS: Final = 8
_WARM_UP: Final = 200
_LOOK_SECONDS: Final = 0.5
_DRAIN_SECONDS: Final = 120.0


class _Submission(msgspec.Struct):
    """What of an answer is needed to find the records again."""

    submission_id: str


def single(scene: Scene) -> Round:
    """Take in one record with each request, against a transaction for each record."""
    return _taking(scene, 1)


def batch100(scene: Scene) -> Round:
    """Take in a hundred records with each request, against a transaction for each record."""
    return _taking(scene, _BATCH)


def _taking(scene: Scene, size: int) -> Round:
    place = _of_one_variant(scene.place)
    warm_up = _bodies(place, max(_WARM_UP, size), size, first=0)
    bodies = _bodies(place, scene.records, size, first=max(_WARM_UP, size))
    with straight_intake(scene.straight_url) as straight:
        post(straight, warm_up, callers=_CALLERS)
        reference = per_second(scene.records, lambda: post(straight, bodies, callers=_CALLERS))
    with _serving(place) as ours:
        post(ours, warm_up, callers=_CALLERS)
        rate = per_second(scene.records, lambda: post(ours, bodies, callers=_CALLERS))
    return Round(ours=rate, reference=reference)


def sustaining(scene: Scene) -> Round:
    """
    Send records at a steady rate to a server, with one worker behind it, until all are issued.

    `ours` is how many were issued per second from the first request to the last credential.
    """
    place = _of_one_variant(scene.place)
    warm_up = _bodies(place, _WARM_UP, _BATCH, first=0)
    bodies = _bodies(place, scene.records, _BATCH, first=_WARM_UP)
    with _serving(place) as door, program("worker", "--deployment", place.folder):
        post(door, warm_up, callers=_CALLERS)
        _wait_until_none_waits(place)
        with ThreadPoolExecutor(1) as pool:
            sending = pool.submit(
                lambda: post(door, bodies, callers=_CALLERS, per_second=scene.rate / _BATCH)
            )
            waiting = _watched(place, sending)
        sent = sending.result()
        _wait_until_none_waits(place)
    due = {_submission_of(each): each.due_at for each in sent}
    issued = [(due[number], at) for number, at in _issued(place) if number in due]
    return _sustained(scene, issued, waiting)


def _sustained(
    scene: Scene, issued: Sequence[tuple[float, float]], waiting: Sequence[int]
) -> Round:
    """Judge by the moments when each record was due to be sent, and when it was issued."""
    if len(issued) != scene.records:
        raise Unavailable("not every record was issued once, so nothing was measured")
    seconds = max(at for _, at in issued) - min(since for since, _ in issued)
    return Round(
        ours=len(issued) / seconds,
        reference=scene.rate,
        p99_seconds=_p99([at - since for since, at in issued]),
        backlog="growing" if _grows(waiting, scene.rate) else "steady",
    )


def _grows(waiting: Sequence[int], rate: float) -> bool:
    """Say whether more waited in the last quarter than in the second, by what comes in a second."""
    quarter = len(waiting) // 4
    if not quarter:
        return False
    return median(waiting[-quarter:]) - median(waiting[quarter : 2 * quarter]) > rate


def _p99(seconds: Sequence[float]) -> float:
    return quantiles(seconds, n=100)[-1] if len(seconds) > 1 else seconds[0]


def _issued(place: Arena) -> list[tuple[str, float]]:
    """Return the submission of every issued item and when its answer was written down."""
    store = place.house.deployment.store
    assert store is not None
    engine = open_engine(str(store.url))
    query = sa.select(intake.c.submission_id, intake.c.settled_at).where(
        intake.c.state == "issued", intake.c.settled_at.is_not(None)
    )
    with transaction(engine, writes=False) as connection:
        found = [(row[0], row[1].timestamp()) for row in connection.execute(query)]
    engine.dispose()
    return found


def _submission_of(sent: Sent) -> str:
    return msgspec.json.decode(sent.answer, type=_Submission).submission_id


def _watched(place: Arena, sending: Future[list[Sent]]) -> list[int]:
    waiting = []
    while not sending.done():
        waiting.append(_waiting(place))
        time.sleep(_LOOK_SECONDS)
    return waiting


def _wait_until_none_waits(place: Arena) -> None:
    until = time.monotonic() + _DRAIN_SECONDS
    while _waiting(place):
        if time.monotonic() > until:
            raise Unavailable("records still waited after the run, so nothing was measured")
        time.sleep(_LOOK_SECONDS / 10)


def _waiting(place: Arena) -> int:
    with place.house.store.read() as work:
        return work.intake.waiting_count()


@contextmanager
def _serving(place: Arena) -> Iterator[Door]:
    """Run `mohar serve` on the arena and give a caller the way in."""
    with place.house.store.begin() as work:
        key, _ = work.api_keys.create("bench", ["*"])
    port, variant = free_port(), place.messages[0].variant
    with program("serve", "--deployment", place.folder, "--port", port):
        wait_for(port, "/health/ready")
        yield Door(
            port=port,
            path=f"/v1/kinds/{place.plan.name}/records?variant={variant}",
            headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
        )


def _of_one_variant(place: Arena) -> Arena:
    """A request names one variant for all of its records."""
    variant = place.messages[0].variant
    kept = [each for each in place.messages if each.variant == variant]
    return msgspec.structs.replace(place, messages=kept)


def _bodies(place: Arena, count: int, size: int, *, first: int) -> list[bytes]:
    contents = [each.content for each in place.many(count, first=first)]
    if size == 1:
        return [msgspec.json.encode(each) for each in contents]
    parts = [contents[start : start + size] for start in range(0, count, size)]
    return [msgspec.json.encode(part) for part in parts]
