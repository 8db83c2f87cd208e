"""Processes that sign side by side. Keys stay where they were loaded; a dead one is replaced."""

from __future__ import annotations

import multiprocessing
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from threading import Lock
from typing import Any, Final

import msgspec

from mohar.domain.credential import Credential, Secured
from mohar.domain.errors import Failed, MoharError, Refused, Unavailable
from mohar.domain.findings import Refusal
from mohar.issuing.memory import settle_memory
from mohar.issuing.plan import Workshop
from mohar.plugin.caller import guarded

OpenWorkshop = Callable[[], Workshop]
Answers = Sequence[Secured | Refusal]
_Task = tuple[str, str, Sequence[Credential]]
_TRIES: Final = 3
# Shorter than the lease of what waits, so that nobody else begins the same batch.
_DEADLINE_SECONDS: Final = 100.0
_STOP_SECONDS: Final = 5.0
# While one share is signed the next is packed, and the last unpacked.
_LARGEST_SHARE: Final = 250


class _Failure(msgspec.Struct, frozen=True):
    """An error on its way back from a signing process: one of three, whatever it was there."""

    message: str
    error: type[Refused | Failed | Unavailable]


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
        self._open = open_workshop
        self._deadline_seconds = deadline_seconds
        self._lock = Lock()
        self._workers = [_Worker(open_workshop) for _ in range(processes)]

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
        told: list[Answers | _Failure | None] = [None] * len(shares)
        waiting = iter(enumerate(shares))
        busy: dict[Connection, tuple[_Worker, int]] = {}
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
        self._workers = [_Worker(self._open) for _ in self._workers]


class _Worker:
    def __init__(self, open_workshop: OpenWorkshop) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.process: BaseProcess = context.Process(
            target=_serve, args=(open_workshop, theirs), daemon=True
        )
        self.process.start()
        theirs.close()
        self._is_open = False

    def hand(self, task: _Task, until: float) -> None:
        """A pipe holds little: before somebody reads it, nothing is written to it."""
        if not self._is_open:
            self._received(until)
            self._is_open = True
        self.connection.send(task)

    def answer(self, until: float) -> Answers | _Failure:
        answer: Answers | _Failure = self._received(until)
        return answer

    def _received(self, until: float) -> Any:
        if not self.connection.poll(max(0.0, until - time.monotonic())):
            raise TimeoutError
        return self.connection.recv()

    def stop(self) -> None:
        self.connection.close()
        self.process.terminate()
        self.process.join(_STOP_SECONDS)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()


def _serve(open_workshop: OpenWorkshop, connection: Connection) -> None:
    """Sign what comes through the pipe until it closes, which it does when the parent ends."""
    # Ctrl-C reaches every process of a terminal; the parent decides when its batch is over.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    workshop = _opened(open_workshop)
    settle_memory()
    connection.send(None)
    while True:
        try:
            task = connection.recv()
        except EOFError:
            return
        if isinstance(workshop, MoharError):
            workshop = _opened(open_workshop)
        connection.send(_answer(workshop, task))


def _opened(open_workshop: OpenWorkshop) -> Workshop | MoharError:
    try:
        return guarded("opening the signers", open_workshop, Unavailable)
    except MoharError as error:
        return error


def _answer(workshop: Workshop | MoharError, task: _Task) -> Answers | _Failure:
    if isinstance(workshop, MoharError):
        # It could not be opened, which says nothing about what was to be signed.
        return _Failure(str(workshop), Unavailable)
    try:
        return guarded("signing", lambda: workshop.secure(*task), Failed)
    except MoharError as error:
        known = (each for each in (Failed, Unavailable) if isinstance(error, each))
        return _Failure(str(error), next(known, Refused))


def _ready(busy: Mapping[Connection, object], until: float) -> Sequence[Connection]:
    """Return the connections that have an answer. Raises TimeoutError where none has in time."""
    ready = wait(list(busy), max(0.0, until - time.monotonic()))
    if not ready:
        raise TimeoutError
    return [each for each in busy if each in ready]


def _joined(told: Sequence[Answers | _Failure | None]) -> Answers:
    signed: list[Secured | Refusal] = []
    for answer in told:
        if isinstance(answer, _Failure):
            raise answer.error(answer.message)
        signed += answer or ()
    return signed


def _shares(credentials: Sequence[Credential], workers: int) -> list[Sequence[Credential]]:
    size = min(_LARGEST_SHARE, max(1, -(-len(credentials) // workers)))
    return [credentials[start : start + size] for start in range(0, len(credentials), size)]
