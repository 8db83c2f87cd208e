"""
Work that costs about the same for one as for fifty is done for all who wait.

Those who come while as many batches are under way as may be share the next. Whoever comes first does
it for all of them: there is no thread to start or to end, and somebody who is alone waits for nobody.
Who waits in an event loop holds no thread; a free one of the loop's does the work.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from itertools import islice
from threading import Lock
from typing import Generic, TypeVar

from mohar.domain.errors import Unavailable

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


class NotDone(Unavailable):
    """What this was done together with failed; the same request may work later."""

    code = "batch-failed"


class Together(Generic[Asked, Answer]):
    """
    Does one sort of work in batches; `work` gives one answer for each that asks, in order.

    So many batches may be under way as there are `lanes`, and each is of as many as `at_once` says
    when it begins (all who wait, where it is not given). Who came first is in the first batch.
    """

    def __init__(
        self,
        work: Callable[[Sequence[Asked]], Sequence[Answer]],
        *,
        lanes: int = 1,
        at_once: Callable[[], int] | None = None,
    ) -> None:
        self._work = work
        self._at_once = at_once
        self._lock = Lock()
        self._waiting: deque[_Turn[Asked, Answer]] = deque()
        self._free_lanes = lanes

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
            self._work_for_all(mine)
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
        """Take a lane, or stand in line. Nobody is in line while there is a free lane."""
        with self._lock:
            if self._free_lanes:
                self._free_lanes -= 1
                return False
            self._waiting.append(mine)
            return True

    def _work_for_all(self, first: _Turn[Asked, Answer]) -> None:
        batch = [first, *self._taken()]
        answers: Sequence[Answer] = ()
        try:
            answers = self._work([turn.asked for turn in batch])
        finally:
            for position, turn in enumerate(batch):
                turn.end(answers[position : position + 1])
            self._hand_on()

    def _taken(self) -> Sequence[_Turn[Asked, Answer]]:
        """Take out of the line those whom the first of them works for."""
        most = None if self._at_once is None else max(0, self._at_once() - 1)
        with self._lock:
            taken = list(islice(self._waiting, most))
            for _ in taken:
                self._waiting.popleft()
        return taken

    def _hand_on(self) -> None:
        """Give the lane to the first of those who came meanwhile, who works for the others."""
        with self._lock:
            first = self._waiting.popleft() if self._waiting else None
            if first is None:
                self._free_lanes += 1
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

    def __init__(self, asked: Asked, work: Callable[[_Turn[Asked, Answer]], None]) -> None:
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
            self._working = self._loop.run_in_executor(None, self._work, self)
            self._working.add_done_callback(self._end_work)
        elif self._working is None:
            self.rung.set()

    def _end_work(self, working: asyncio.Future[None]) -> None:
        # Looked at here, since whoever waited may have left.
        working.exception()
        self.rung.set()
