"""
Work that costs about the same for one as for fifty is done for all who wait.

Those who come while a batch is under way share the next. Whoever comes first does it for all of
them: there is no thread to start or to end, and somebody who is alone waits for nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock
from typing import Generic, TypeVar

from mohar.domain.errors import Unavailable

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


class NotDone(Unavailable):
    """What this was done together with failed; the same request may work later."""

    code = "batch-failed"


class Together(Generic[Asked, Answer]):
    """Does one sort of work in batches; `work` gives one answer for each that asks, in order."""

    def __init__(self, work: Callable[[Sequence[Asked]], Sequence[Answer]]) -> None:
        self._work = work
        self._lock = Lock()
        self._waiting: list[_Turn[Asked, Answer]] = []
        self._is_working = False

    def ask(self, asked: Asked) -> Answer:
        """
        Return the answer to one.

        Raises:
            NotDone: the batch failed in another's hands, who is told why.
        """
        mine: _Turn[Asked, Answer] = _Turn(asked)
        with self._lock:
            self._waiting.append(mine)
            must_wait, self._is_working = self._is_working, True
        if must_wait:
            mine.bell.acquire()
        if not mine.is_over:
            self._work_for_all()
        if not mine.answers:
            raise NotDone("nothing could be done for this batch; ask again")
        return mine.answers[0]

    def _work_for_all(self) -> None:
        with self._lock:
            batch, self._waiting = self._waiting, []
        answers: Sequence[Answer] = ()
        try:
            answers = self._work([turn.asked for turn in batch])
        finally:
            for position, turn in enumerate(batch):
                turn.end(answers[position : position + 1])
            self._hand_on()

    def _hand_on(self) -> None:
        """Let the first of those who came meanwhile work for the others."""
        with self._lock:
            self._is_working = bool(self._waiting)
            if self._waiting:
                self._waiting[0].bell.release()


class _Turn(Generic[Asked, Answer]):
    """What one asked, and a bell that is rung when it is answered or is to work for all."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.bell = Lock()
        self.bell.acquire()
        self.is_over = False
        self.answers: Sequence[Answer] = ()

    def end(self, answers: Sequence[Answer]) -> None:
        self.answers = answers
        self.is_over = True
        self.bell.release()
