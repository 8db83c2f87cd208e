import io
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from mohar.telemetry import TelemetryRoom

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


class Observed:
    """A telemetry room and everything that came out of it."""

    def __init__(self) -> None:
        self.stream = io.StringIO()
        self.exporter = InMemorySpanExporter()
        self.reader = InMemoryMetricReader()
        self.room = TelemetryRoom(
            log_to=self.stream,
            span_processors=[SimpleSpanProcessor(self.exporter)],
            metric_readers=[self.reader],
            clock=lambda: NOON,
        )
        self.instruments = self.room.instruments

    @property
    def lines(self):
        return [json.loads(line) for line in self.stream.getvalue().splitlines()]

    @property
    def spans(self):
        return self.exporter.get_finished_spans()

    def points(self, name: str) -> list[Any]:
        found = []
        data = self.reader.get_metrics_data()
        for resource in data.resource_metrics if data else ():
            for scope in resource.scope_metrics:
                for metric in scope.metrics:
                    if metric.name == name:
                        found += metric.data.data_points
        return found

    def everything(self) -> str:
        spans = "".join(span.to_json() for span in self.spans)
        data = self.reader.get_metrics_data()
        return self.stream.getvalue() + spans + (data.to_json() if data else "")


@pytest.fixture
def observed():
    made = Observed()
    yield made
    made.room.close()
