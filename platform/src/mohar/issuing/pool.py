"""Processes that sign side by side. Keys stay where they were loaded; a dead one is replaced."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from threading import Lock

import msgspec

from mohar.domain.credential import Credential, Secured
from mohar.domain.errors import MoharError, Refused, Unavailable
from mohar.domain.findings import Refusal
from mohar.issuing.plan import Workshop

OpenWorkshop = Callable[[], Workshop]
Answers = Sequence[Secured | Refusal]
_TRIES = 3


class _Failure(msgspec.Struct, frozen=True):
    """An error on its way back from a signing process."""

    message: str
    may_retry: bool


class WorkshopPool:
    """
    Shares each batch out over signing processes, in order.

    `open_workshop` is called in every process; it must be importable by name (pickled by
    reference), so that no key and no secret travels. A process that dies costs its share one
    retry; after three the batch is Unavailable.
    """

    def __init__(self, open_workshop: OpenWorkshop, processes: int) -> None:
        self._open = open_workshop
        self._lock = Lock()
        self._workers = [_Worker(open_workshop) for _ in range(processes)]

    def secure(self, kind: str, body: str, credentials: Sequence[Credential]) -> Answers:
        """Return each credential signed, in order, or why it must not be."""
        with self._lock:
            shares = _shares(credentials, len(self._workers))
            for tries in range(1, _TRIES + 1):
                try:
                    return self._round(kind, body, shares)
                except (EOFError, OSError):
                    self._replace_dead()
                    if tries == _TRIES:
                        raise Unavailable(
                            "the signing processes keep dying; nothing was signed"
                        ) from None
        raise AssertionError("unreachable")

    def close(self) -> None:
        """Stop the processes."""
        for worker in self._workers:
            worker.stop()

    def _round(self, kind: str, body: str, shares: Sequence[Sequence[Credential]]) -> Answers:
        busy = list(zip(self._workers, shares, strict=False))
        for worker, share in busy:
            worker.connection.send((kind, body, share))
        answers = [worker.connection.recv() for worker, _ in busy]
        for answer in answers:
            if isinstance(answer, _Failure):
                raise (Unavailable if answer.may_retry else Refused)(answer.message)
        return [each for answer in answers for each in answer]

    def _replace_dead(self) -> None:
        """Start all anew: an answer left in the pipe of a living one would be taken for another's."""
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

    def stop(self) -> None:
        self.connection.close()
        self.process.terminate()
        self.process.join()


def _serve(open_workshop: OpenWorkshop, connection: Connection) -> None:
    """Sign what comes through the pipe until it closes."""
    workshop: Workshop | MoharError
    try:
        workshop = open_workshop()
    except MoharError as error:
        workshop = error
    while True:
        try:
            kind, body, credentials = connection.recv()
        except EOFError:
            return
        connection.send(_answer(workshop, kind, body, credentials))


def _answer(
    workshop: Workshop | MoharError, kind: str, body: str, credentials: Sequence[Credential]
) -> Answers | _Failure:
    try:
        if isinstance(workshop, MoharError):
            raise workshop
        return workshop.secure(kind, body, credentials)
    except MoharError as error:
        return _Failure(str(error), may_retry=isinstance(error, Unavailable))


def _shares(credentials: Sequence[Credential], workers: int) -> list[Sequence[Credential]]:
    size = max(1, -(-len(credentials) // workers))
    return [credentials[start : start + size] for start in range(0, len(credentials), size)]
