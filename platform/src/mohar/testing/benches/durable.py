"""The whole way of records on PostgreSQL: received here, issued and kept by two whole workers."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Final

from mohar.assembly.house import build_house
from mohar.assembly.opening import silent_telemetry
from mohar.domain.access import Actor
from mohar.domain.errors import Unavailable
from mohar.domain.record import Message
from mohar.plugin import Receipt
from mohar.processes.memory import settle_memory
from mohar.testing.benches.arena import Arena
from mohar.testing.benches.documents import bare_signatures
from mohar.testing.benches.measure import Round, Scene, per_second

LIMIT: Final = "twice the bare signature of one core"

_CORES: Final = 2
_SUBMISSION: Final = 1000
# Plans are learnt and a status list is opened once in a life; that is not measured.
_WARM_UP: Final = 2000
_STRAIGHT: Final = 150
_BARE: Final = 1000
_ACTOR: Final = Actor(actor_id="bench", name="bench", scopes=frozenset({"*"}))
_IDLE_SECONDS: Final = 0.005
_LOOK_SECONDS: Final = 0.02
_START_SECONDS: Final = 120.0


def issuing(scene: Scene) -> Round:
    """Issue record after record in submissions, against the straight pipeline and the limit."""
    place, records = scene.place, scene.records
    documents = [each.document for each in place.credentials(min(_STRAIGHT, records))]
    with scene.straight() as straight:
        reference = per_second(len(documents), lambda: straight.issue(documents))
    limit = _CORES * bare_signatures(place, min(_BARE, records))
    warm_up = min(_WARM_UP, records)
    batches = [
        place.many(min(_SUBMISSION, records - start), first=warm_up + start)
        for start in range(0, records, _SUBMISSION)
    ]
    receipts: list[Receipt] = []
    with _workers(place.folder, _CORES):
        _issue(place, [place.many(warm_up // 2), place.many(warm_up // 2, first=warm_up // 2)])
        ours = per_second(records, lambda: receipts.extend(_issue(place, batches)))
    _must_all_be_issued(place, receipts)
    return Round(ours=ours, reference=reference, limit=limit)


def _issue(place: Arena, batches: Sequence[Sequence[Message]]) -> list[Receipt]:
    """Receive one submission after the other, and wait until the workers have issued them all."""
    house = place.house
    receipts = [house.submit(_ACTOR, place.plan.name, each) for each in batches if each]
    while True:
        with house.store.read() as work:
            # Counting all that waits would be work of its own.
            if not work.intake.waiting_count(up_to=1):
                return receipts
        time.sleep(_LOOK_SECONDS)


def _must_all_be_issued(place: Arena, receipts: Sequence[Receipt]) -> None:
    """One document has to come of each record."""
    for receipt in receipts:
        outcomes = place.house.submissions.outcomes(receipt.submission_id, _ACTOR)
        issued = sum(body.issued for each in outcomes for body in each.bodies)
        if issued != len(receipt.outcomes):
            raise Unavailable("not every record was issued once, so nothing was measured")


@contextmanager
def _workers(folder: Path, count: int) -> Iterator[None]:
    """Run workers as a deployer would, each a process with a connection and keys of its own."""
    context = multiprocessing.get_context("spawn")
    stop, ready = context.Event(), [context.Event() for _ in range(count)]
    running = [
        context.Process(target=_drain, args=(folder, each, stop), daemon=True) for each in ready
    ]
    for process in running:
        process.start()
    try:
        if not all(each.wait(_START_SECONDS) for each in ready):
            raise Unavailable("a worker did not start, so nothing was measured")
        yield
    finally:
        stop.set()
        for process in running:
            process.join(_START_SECONDS)


def _drain(folder: Path, ready: Event, stop: Event) -> None:
    with build_house(folder, telemetry=silent_telemetry()) as house:
        settle_memory()
        ready.set()
        while not stop.is_set():
            if not house.drain.run_once():
                time.sleep(_IDLE_SECONDS)
