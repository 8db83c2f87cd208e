"""Count, time and log: the telemetry port that rooms and plugins are given."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from types import TracebackType

from opentelemetry.metrics import Counter, MeterProvider
from opentelemetry.trace import Span, Status, StatusCode, TracerProvider

from mohar.plugin.caller import place_of
from mohar.telemetry.fields import COUNTED, Value, is_name, keep
from mohar.telemetry.logs import JsonLines

_SCOPE = "mohar"


class Instruments:
    """
    The Telemetry port over OpenTelemetry providers that are handed in.

    Every name and value passes the list in `fields`; what does not fit is left out and counted in
    `mohar.telemetry.dropped`. Safe to use from several threads.
    """

    def __init__(
        self, tracers: TracerProvider, meters: MeterProvider, lines: JsonLines | None = None
    ) -> None:
        self._tracer = tracers.get_tracer(_SCOPE)
        self._meter = meters.get_meter(_SCOPE)
        self._lines = lines
        self._counters: dict[str, Counter] = {}
        self._lock = threading.Lock()
        self._dropped = self._meter.create_counter("mohar.telemetry.dropped")
        self._durations = self._meter.create_histogram("mohar.work.duration", unit="ms")

    def span(self, name: str, **attributes: str | int) -> AbstractContextManager[None]:
        """
        Time a piece of work.

        An error passes through; the span keeps its class and its place, never its text.
        """
        safe_name = self._name(name)
        opened = self._tracer.start_as_current_span(
            safe_name,
            attributes=self._kept(attributes),
            record_exception=False,
            set_status_on_exception=False,
        )
        return _Work(opened, lambda ms: self._durations.record(ms, {"step": safe_name}))

    def count(self, name: str, amount: int = 1, **attributes: str | int) -> None:
        """Add to a counter. Only attributes that have few values are kept."""
        kept = self._kept(attributes)
        self._counter(self._name(name)).add(
            amount, {key: value for key, value in kept.items() if key in COUNTED}
        )

    def log(self, event: str, **fields: str | float) -> None:
        """Write one log line; fields that are not on the list are dropped and counted."""
        kept = keep(fields)
        self._count_dropped(kept.dropped)
        if self._lines is not None:
            self._lines.write(self._name(event), kept)

    def _kept(self, attributes: Mapping[str, object]) -> Mapping[str, Value]:
        kept = keep(attributes)
        self._count_dropped(kept.dropped)
        return kept.fields

    def _name(self, name: str) -> str:
        if is_name(name):
            return name
        self._count_dropped(1)
        return "unnamed"

    def _count_dropped(self, amount: int) -> None:
        if amount:
            self._dropped.add(amount)

    def _counter(self, name: str) -> Counter:
        with self._lock:
            if name not in self._counters:
                self._counters[name] = self._meter.create_counter(name)
            return self._counters[name]


class _Work(AbstractContextManager[None]):
    """A piece of work between its two moments."""

    def __init__(
        self, opened: AbstractContextManager[Span], record_ms: Callable[[float], None]
    ) -> None:
        self._opened = opened
        self._record_ms = record_ms

    def __enter__(self) -> None:
        self._span = self._opened.__enter__()
        self._started = time.perf_counter()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            _mark(self._span, error)
        self._record_ms((time.perf_counter() - self._started) * 1000)
        self._opened.__exit__(kind, error, trace)


def _mark(span: Span, error: BaseException) -> None:
    kind = type(error).__name__
    span.set_status(Status(StatusCode.ERROR, kind))
    span.add_event("exception", {"exception.type": kind, "at": place_of(error)})
