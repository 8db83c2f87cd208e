"""
Work that costs about the same for one as for fifty is done for all who wait.

Those who come while a batch is under way share the next. Whoever comes first does it for all of
them: there is no thread to start or to end, and somebody who is alone waits for nobody. Who waits in
an event loop holds no thread; a free one of the loop's does the work.
"""

from __future__ import annotations

import asyncio
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
        if self._is_to_wait(mine):
            mine.bell.acquire()
        if not mine.is_over:
            self._work_for_all()
        return mine.answer()

    async def ask_soon(self, asked: Asked) -> Answer:
        """Return the answer to one who waits in an event loop. Raises as `ask` does."""
        mine: _SoonTurn[Asked, Answer] = _SoonTurn(asked, self._work_for_all)
        if not self._is_to_wait(mine):
            mine.ring()
        # Who leaves meanwhile is answered all the same, and so are those it works for.
        await mine.rung.wait()
        return mine.answer()

    def _is_to_wait(self, mine: _Turn[Asked, Answer]) -> bool:
        with self._lock:
            self._waiting.append(mine)
            is_to_wait, self._is_working = self._is_working, True
        return is_to_wait

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
            first = self._waiting[0] if self._waiting else None
        if first is not None:
            first.ring()


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
        self.ring()

    def ring(self) -> None:
        self.bell.release()

    def answer(self) -> Answer:
        if not self.answers:
            raise NotDone("nothing could be done for this batch; ask again")
        return self.answers[0]


class _SoonTurn(_Turn[Asked, Answer]):
    """The same of one who waits in the event loop that is running."""

    def __init__(self, asked: Asked, work: Callable[[], None]) -> None:
        super().__init__(asked)
        self.rung = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._work = work
        self._working: asyncio.Future[None] | None = None

    def ring(self) -> None:
        self._loop.call_soon_threadsafe(self._hear)

    def answer(self) -> Answer:
        """Return the answer. Raises what the work raised where it was done for this turn."""
        if self._working is not None:
            self._working.result()
        return super().answer()

    def _hear(self) -> None:
        if not self.is_over:
            self._working = self._loop.run_in_executor(None, self._work)
            self._working.add_done_callback(self._end_work)
        elif self._working is None:
            self.rung.set()

    def _end_work(self, working: asyncio.Future[None]) -> None:
        # Looked at here, since whoever waited may have left.
        working.exception()
        self.rung.set()
