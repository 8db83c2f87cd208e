"""Background work: issue what waits, tell of it, forget what is over. Run N of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from threading import Event, Thread
from typing import Final, TypeAlias

from mohar.assembly.house import House
from mohar.domain.errors import MoharError
from mohar.plugin.caller import place_of

_IDLE_SECONDS: Final = 0.5
_TROUBLE_SECONDS: Final = 5.0
# Longer than a call to a channel may take; what is still on its way then is told again later.
_FAREWELL_SECONDS: Final = 15.0

Job: TypeAlias = Callable[[], int]


class Worker:
    """
    Works through the intake, the outbox, deliveries and old records of one House until it is to stop.

    In `run` each channel has a thread of its own: one that is slow holds up nothing else.
    """

    def __init__(self, house: House) -> None:
        self._telemetry = house.telemetry
        self._stop = Event()
        self._jobs: tuple[Job, ...] = (
            house.unpacking.run_once,
            house.drain.run_once,
            house.comparing.run_once,
            house.relay.run_once,
            house.forgetting.run_once,
            house.forgetting_delivered.run_once,
            house.forgetting_requests.run_once,
            house.forgetting_reads.run_once,
            house.lapse.run_once,
            house.forwarding.run_once,
            house.noticing.run_once,
            house.campaigner.run_once,
            house.sealing.run_once,
            house.sweeping.run_once,
        )
        self._deliveries: tuple[Job, ...] = tuple(
            partial(courier.run_once, self._stop.is_set) for courier in house.couriers
        )

    def run_once(self) -> int:
        """Do one round and return how much was done. Raises what a room raises."""
        return sum(job() for job in (*self._jobs, *self._deliveries))

    def run_until_idle(self) -> None:
        """Work until nothing can be done at this moment, or until `stop`. Raises as `run_once`."""
        while not self._stop.is_set() and self.run_once():
            pass

    def run(self) -> None:
        """Work until `stop`; trouble is logged and waited out, never the end."""
        beside = [
            Thread(target=self._repeat, args=([job],), name="channel", daemon=True)
            for job in self._deliveries
        ]
        for thread in beside:
            thread.start()
        self._repeat(self._jobs)
        until = time.monotonic() + _FAREWELL_SECONDS
        for thread in beside:
            thread.join(max(0.0, until - time.monotonic()))

    def stop(self) -> None:
        """Finish the round that is under way, and no more."""
        self._stop.set()

    @contextmanager
    def in_background(self) -> Iterator[None]:
        """Work in a thread while the block runs."""
        thread = Thread(target=self.run, name="worker", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self.stop()
            thread.join()

    def _repeat(self, jobs: Sequence[Job]) -> None:
        while not self._stop.is_set():
            self._stop.wait(self._round(jobs))

    def _round(self, jobs: Sequence[Job]) -> float:
        """Do each job once and return how long to wait; trouble with one keeps no other waiting."""
        done = [self._attempted(job) for job in jobs]
        if None in done:
            return _TROUBLE_SECONDS
        return 0.0 if any(done) else _IDLE_SECONDS

    def _attempted(self, job: Job) -> int | None:
        """Return how much was done, or None after trouble."""
        try:
            return job()
        except MoharError as error:
            self._telemetry.log("worker.trouble", code=error.code)
        except Exception as error:  # noqa: BLE001 -- the edge of the loop: a bug in one batch must not stop the others; its leases end by themselves
            self._telemetry.log("worker.trouble", code=type(error).__name__, at=place_of(error))
        return None
