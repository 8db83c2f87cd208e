"""Background work: issue what waits, announce what happened. One loop; run N of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Final

from mohar.assembly.house import House
from mohar.domain.errors import MoharError

_IDLE_SECONDS: Final = 0.5
_TROUBLE_SECONDS: Final = 5.0


class Worker:
    """Works through the intake and the outbox of one House until it is told to stop."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._stop = Event()

    def run_once(self) -> int:
        """Do one round and return how much was done. Raises what a room raises."""
        return self._house.drain.run_once() + self._house.relay.run_once()

    def run_until_idle(self) -> None:
        """Work until nothing can be done at this moment."""
        while self.run_once():
            pass

    def run(self) -> None:
        """Work until `stop`; trouble is logged and waited out, never the end."""
        while not self._stop.is_set():
            self._stop.wait(self._round())

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

    def _round(self) -> float:
        """Return how long to wait before the next round."""
        try:
            return 0.0 if self.run_once() else _IDLE_SECONDS
        except MoharError as error:
            self._house.telemetry.log("worker.trouble", code=error.code)
        except Exception as error:  # noqa: BLE001 -- the edge of the loop: a bug in one batch must not stop the others; its leases end by themselves
            self._house.telemetry.log("worker.trouble", code=type(error).__name__)
        return _TROUBLE_SECONDS
