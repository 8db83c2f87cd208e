"""Build the telemetry of one House: its own providers, so that two Houses never share a meter."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from typing import TextIO

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON, ParentBased

from mohar.domain.clock import Clock, utc_now
from mohar.telemetry.instruments import Instruments
from mohar.telemetry.logs import JsonLines


class TelemetryRoom:
    """
    The providers and the log of one House.

    Nothing is written or sent unless it is asked for: log lines go to `log_to`, spans to the
    `span_processors`, metrics to the `metric_readers`. `instruments` is the port to hand out.
    """

    def __init__(
        self,
        *,
        log_to: TextIO | None = None,
        span_processors: Sequence[SpanProcessor] = (),
        metric_readers: Sequence[MetricReader] = (),
        clock: Clock = utc_now,
    ) -> None:
        self.lines = JsonLines(log_to, clock) if log_to is not None else None
        self._tracers = _tracers(span_processors)
        self._meters = MeterProvider(metric_readers, resource=_resource(), shutdown_on_exit=False)
        self.instruments = Instruments(self._tracers, self._meters, self.lines)

    def close(self) -> None:
        """Send what is still waiting, and stop."""
        self._tracers.shutdown()
        self._meters.shutdown()


def _tracers(processors: Sequence[SpanProcessor]) -> TracerProvider:
    # A span that nobody receives need not be made; log lines then carry no trace id.
    sampler = ParentBased(ALWAYS_ON) if processors else ALWAYS_OFF
    tracers = TracerProvider(sampler=sampler, resource=_resource(), shutdown_on_exit=False)
    for processor in processors:
        tracers.add_span_processor(processor)
    return tracers


def _resource() -> Resource:
    return Resource({"service.name": "mohar", "service.version": version("mohar")})
