"""Events on their way to observers, in threads that may be given up waiting for."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

from mohar.announcing.observers import Observer
from mohar.domain.events import Event
from mohar.plugin.caller import Answer


class Handover:
    """
    Hands pieces of a batch to an observer, one after the other.

    Python cannot end a thread from outside, so an observer that hangs keeps its thread; `is_over`
    tells whether the thread has come back. The thread does not keep the process from ending.
    """

    def __init__(self, observer: Observer, pieces: Sequence[Sequence[Event]]) -> None:
        self._observer = observer
        self._pieces = pieces
        self._answers: list[Answer] = []
        self._thread = threading.Thread(target=self._hand_all, name=observer.name, daemon=True)
        self._thread.start()

    @property
    def is_over(self) -> bool:
        """Say whether the observer has come back."""
        return not self._thread.is_alive()

    def answers(self, until: float) -> Sequence[Answer]:
        """
        Wait until this moment of the monotonic clock at most; return an answer for each piece.

        A piece that was not answered by then counts as failed, whatever may still become of it.
        """
        self._thread.join(max(0.0, until - time.monotonic()))
        answered = list(self._answers)
        late = Answer(plugin=self._observer.name, error="DeadlineExceeded", code="deadline")
        return answered + [late] * (len(self._pieces) - len(answered))

    def _hand_all(self) -> None:
        for piece in self._pieces:
            self._answers.append(self._observer.hand(piece))


class NoHandover:
    """The answer for an observer that has not come back from an earlier call: it is not called."""

    def __init__(self, observer: Observer, pieces: Sequence[Sequence[Event]]) -> None:
        busy = Answer(plugin=observer.name, error="StillBusy", code="busy")
        self._answers = [busy] * len(pieces)

    def answers(self, until: float) -> Sequence[Answer]:  # noqa: ARG002 -- stands in for Handover.answers
        """Return at once that every piece failed."""
        return self._answers


class Handovers:
    """
    Begins handovers, and never calls an observer while an earlier call has not come back.

    An observer that is halted gets nothing more until it comes back: it has cost one batch, which
    was set aside, and must not cost every batch there is.
    """

    def __init__(self) -> None:
        self._latest: dict[str, Handover] = {}
        self._halted: set[str] = set()

    def begin(self, observer: Observer, pieces: Sequence[Sequence[Event]]) -> Handover | NoHandover:
        """Begin to hand over in a thread of its own, unless the observer still hangs."""
        if self._is_hanging(observer):
            return NoHandover(observer, pieces)
        handover = Handover(observer, pieces)
        self._latest[observer.name] = handover
        return handover

    def halt_if_hanging(self, observer: Observer) -> None:
        """Halt an observer that has not come back."""
        if self._is_hanging(observer):
            self._halted.add(observer.name)

    def is_halted(self, observer: Observer) -> bool:
        """Say whether the observer is halted and still has not come back."""
        if not self._is_hanging(observer):
            self._halted.discard(observer.name)
        return observer.name in self._halted

    def _is_hanging(self, observer: Observer) -> bool:
        latest = self._latest.get(observer.name)
        return latest is not None and not latest.is_over
