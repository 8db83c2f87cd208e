"""Processes that sign side by side. Keys stay where they were loaded; a dead one is replaced."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.connection import Connection, wait
from threading import Lock
from typing import Final

from mohar.domain.credential import Credential, Secured
from mohar.domain.errors import Unavailable
from mohar.domain.findings import Refusal
from mohar.issuing.plan import Workshop
from mohar.processes.asked import Asked, Duty, Trouble

OpenWorkshop = Callable[[], Workshop]
Answers = Sequence[Secured | Refusal]
_Task = tuple[str, str, Sequence[Credential]]
_TRIES: Final = 3
# Shorter than the lease of what waits, so that nobody else begins the same batch.
_DEADLINE_SECONDS: Final = 100.0
# While one share is signed the next is packed, and the last unpacked.
_LARGEST_SHARE: Final = 250


class WorkshopPool:
    """
    Shares each batch out over signing processes, in order.

    `open_workshop` is called in every process; it must be importable by name (pickled by
    reference), so that no key and no secret travels. A process that dies costs the batch one
    retry; after three the batch is Unavailable, as it is when no answer comes in time.
    """

    def __init__(
        self,
        open_workshop: OpenWorkshop,
        processes: int,
        *,
        deadline_seconds: float = _DEADLINE_SECONDS,
    ) -> None:
        self._duty = Duty(
            open=open_workshop, answer=_signed, opening="opening the signers", doing="signing"
        )
        self._deadline_seconds = deadline_seconds
        self._lock = Lock()
        self._workers = [Asked(self._duty) for _ in range(processes)]

    def secure(self, kind: str, body: str, credentials: Sequence[Credential]) -> Answers:
        """
        Return each credential signed, in order, or why it must not be.

        Raises:
            Unavailable: nothing was signed; the same call may be made again.
        """
        with self._lock:
            shares = _shares(credentials, len(self._workers))
            for _ in range(_TRIES):
                try:
                    return self._round(kind, body, shares)
                except TimeoutError as error:
                    self._start_anew()
                    raise Unavailable("the signing processes gave no answer in time") from error
                except (EOFError, OSError):
                    self._start_anew()
        raise Unavailable("the signing processes keep dying; nothing was signed")

    def close(self) -> None:
        """Stop the processes."""
        for worker in self._workers:
            worker.stop()

    def _round(self, kind: str, body: str, shares: Sequence[Sequence[Credential]]) -> Answers:
        """
        Hand each worker one share, and the next to whoever answers first.

        Never two to one: while it writes an answer nobody may be writing to it, or both wait.
        """
        until = time.monotonic() + self._deadline_seconds
        told: list[Answers | Trouble | None] = [None] * len(shares)
        waiting = iter(enumerate(shares))
        busy: dict[Connection, tuple[Asked, int]] = {}
        for worker, (number, share) in zip(self._workers, waiting, strict=False):
            worker.hand((kind, body, share), until)
            busy[worker.connection] = worker, number
        while busy:
            for ready in _ready(busy, until):
                worker, number = busy.pop(ready)
                told[number] = worker.answer(until)
                following = next(waiting, None)
                if following is not None:
                    worker.hand((kind, body, following[1]), until)
                    busy[worker.connection] = worker, following[0]
        return _joined(told)

    def _start_anew(self) -> None:
        """Replace all: an answer left in the pipe of a living one would be taken for another's."""
        for worker in self._workers:
            worker.stop()
        self._workers = [Asked(self._duty) for _ in self._workers]


def _signed(workshop: Workshop, task: _Task) -> Answers:
    return workshop.secure(*task)


def _ready(busy: Mapping[Connection, object], until: float) -> Sequence[Connection]:
    """Return the connections that have an answer. Raises TimeoutError where none has in time."""
    ready = wait(list(busy), max(0.0, until - time.monotonic()))
    if not ready:
        raise TimeoutError
    return [each for each in busy if each in ready]


def _joined(told: Sequence[Answers | Trouble | None]) -> Answers:
    signed: list[Secured | Refusal] = []
    for answer in told:
        if isinstance(answer, Trouble):
            raise answer.back()
        signed += answer or ()
    return signed


def _shares(credentials: Sequence[Credential], workers: int) -> list[Sequence[Credential]]:
    size = min(_LARGEST_SHARE, max(1, -(-len(credentials) // workers)))
    return [credentials[start : start + size] for start in range(0, len(credentials), size)]
