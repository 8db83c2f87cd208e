"""
A process that opens something of its own, and answers what it is asked.

It is spawned, never forked, and given nothing but names: no key and no secret travels.
"""

from __future__ import annotations

import multiprocessing
import signal
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any, Final

import msgspec

from mohar.domain.errors import Failed, MoharError, Refused, Unavailable
from mohar.plugin.caller import guarded
from mohar.processes.memory import settle_memory

_STOP_SECONDS: Final = 5.0


class Duty(msgspec.Struct, frozen=True, kw_only=True):
    """
    What such a process does. Both functions must be importable by name (pickled by reference).

    `open` opens what is needed, and is called again at the next question where it failed;
    `answer` is given what was opened and the question. `opening` and `doing` say in errors what
    is done by them.
    """

    open: Callable[[], Any]
    answer: Callable[[Any, Any], Any]
    opening: str
    doing: str


class Trouble(msgspec.Struct, frozen=True):
    """An error on its way back: one of three, whatever it was there."""

    message: str
    error: type[Refused | Failed | Unavailable]

    def back(self) -> MoharError:
        """Return it as the error that it was."""
        return self.error(self.message)


class Asked:
    """
    One such process, with one question at a time.

    Every call raises EOFError or OSError where the process has died, and TimeoutError where it
    does not answer in time; after either it can only be stopped.
    """

    def __init__(self, duty: Duty) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.process: BaseProcess = context.Process(target=_serve, args=(duty, theirs), daemon=True)
        self.process.start()
        theirs.close()
        self._is_open = False

    def open(self, until: float) -> None:
        """Wait until it takes questions, or until a moment of `time.monotonic`."""
        if not self._is_open:
            self._received(until)
            self._is_open = True

    def hand(self, question: Any, until: float) -> None:
        """Ask something. A pipe holds little: before somebody reads it, nothing is written to it."""
        self.open(until)
        self.connection.send(question)

    def answer(self, until: float) -> Any:
        """Return the answer, or the Trouble that there was."""
        return self._received(until)

    def stop(self) -> None:
        """End the process, whatever it does."""
        self.connection.close()
        self.process.terminate()
        self.process.join(_STOP_SECONDS)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()

    def _received(self, until: float) -> Any:
        if not self.connection.poll(max(0.0, until - time.monotonic())):
            raise TimeoutError
        return self.connection.recv()


def _serve(duty: Duty, connection: Connection) -> None:
    """Answer what comes through the pipe until it closes, which it does when the parent ends."""
    # Ctrl-C reaches every process of a terminal; the parent decides when its work is over.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    opened = _opened(duty)
    settle_memory()
    connection.send(None)
    while True:
        try:
            question = connection.recv()
        except EOFError:
            return
        if isinstance(opened, MoharError):
            opened = _opened(duty)
        connection.send(_answer(duty, opened, question))


def _opened(duty: Duty) -> Any:
    try:
        return guarded(duty.opening, duty.open, Unavailable)
    except MoharError as error:
        return error


def _answer(duty: Duty, opened: Any, question: Any) -> Any:
    if isinstance(opened, MoharError):
        # It could not be opened, which says nothing about what was asked.
        return Trouble(str(opened), Unavailable)
    try:
        return guarded(duty.doing, lambda: duty.answer(opened, question), Failed)
    except MoharError as error:
        known = (each for each in (Failed, Unavailable) if isinstance(error, each))
        return Trouble(str(error), next(known, Refused))
