"""Processes that draw: a page that takes for ever costs one answer, and no picture the house."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from queue import Empty, LifoQueue
from typing import Final, TypeAlias

from mohar.domain.errors import Unavailable
from mohar.domain.findings import Refusal
from mohar.domain.rendition import Rendition, Shown
from mohar.plugin.roles import Renderer
from mohar.processes.asked import Asked, Duty, Trouble

Drawn: TypeAlias = "Sequence[Rendition | Refusal]"
Renderers: TypeAlias = "Mapping[tuple[str, str], Renderer]"
_Task: TypeAlias = "tuple[str, str, Sequence[Shown]]"
_TRIES: Final = 2
# To read templates, labels and fonts takes seconds; it is done once in the life of a process.
_OPENING_SECONDS: Final = 60.0


class DrawingTooSlow(Unavailable):
    """A picture was not drawn in time; it may be another time, or it never will be."""

    code = "drawing-too-slow"


class DrawingBusy(Unavailable):
    """All processes that draw had others to draw for; the same request may work later."""

    code = "drawing-busy"


class Apart:
    """
    Draws in processes of their own, each for one caller at a time.

    `open_renderers` is called in every process and must be importable by name; they start when
    the first picture is asked for. All that one caller asks for together may take
    `deadline_seconds`, and so may each wait for a process. A process that dies costs one retry; one
    that takes too long is ended, and the others go on.
    """

    def __init__(
        self,
        open_renderers: Callable[[], Renderers],
        processes: int,
        *,
        deadline_seconds: float,
    ) -> None:
        self._duty = Duty(
            open=open_renderers, answer=_drawn, opening="opening the renderers", doing="drawing"
        )
        self.processes = processes
        self.deadline_seconds = deadline_seconds
        # Whoever drew last draws next: it has most of what is needed at hand. None is not started.
        self._free: LifoQueue[Asked | None] = LifoQueue()
        for _ in range(processes):
            self._free.put(None)

    def draw(self, kind: str, rendering: str, requests: Sequence[Shown]) -> Drawn:
        """
        Return one rendition for each request, in order.

        Raises:
            DrawingBusy: no process was free in time.
            DrawingTooSlow: the drawing took too long.
            Unavailable: the processes do not start, or die; nothing was drawn.
        """
        try:
            process = self._free.get(timeout=self.deadline_seconds)
        except Empty:
            raise DrawingBusy("too much is being drawn at this moment; ask again") from None
        try:
            for _ in range(_TRIES):
                process = process or Asked(self._duty)
                try:
                    return self._answer(process, (kind, rendering, requests))
                except (TimeoutError, EOFError, OSError) as error:
                    process.stop()
                    process = None
                    if isinstance(error, TimeoutError):
                        raise DrawingTooSlow("this was not drawn in time; ask again") from None
            raise Unavailable("the processes that draw keep dying; nothing was drawn")
        finally:
            self._free.put(process)

    def close(self) -> None:
        """End the processes that draw for nobody."""
        while True:
            try:
                process = self._free.get_nowait()
            except Empty:
                return
            if process is not None:
                process.stop()

    def _answer(self, process: Asked, task: _Task) -> Drawn:
        process.open(time.monotonic() + _OPENING_SECONDS)
        until = time.monotonic() + self.deadline_seconds
        process.hand(task, until)
        answer: Drawn | Trouble = process.answer(until)
        if isinstance(answer, Trouble):
            raise answer.back()
        return answer


def _drawn(renderers: Renderers, task: _Task) -> Drawn:
    kind, rendering, requests = task
    return renderers[kind, rendering].render(requests)
