from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import msgspec
import pytest
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

import mohar_observer_metrics
from mohar.domain.events import Event
from mohar.plugin import Tools
from mohar.telemetry.room import TelemetryRoom
from mohar.testing.contracts import PluginContract


class TestPlugin(PluginContract):
    @pytest.fixture
    def module(self) -> ModuleType:
        return mohar_observer_metrics


def events(*types: str) -> Sequence[Event]:
    return [
        Event(
            event_id=f"{number}",
            type=name,
            occurred_at=datetime(2026, 1, 31, tzinfo=UTC),
            kind="diploma",
        )
        for number, name in enumerate(types)
    ]


def counted(reader: InMemoryMetricReader) -> dict[tuple[Any, Any], int]:
    """Return the points of `mohar.events` by kind and type."""
    data = reader.get_metrics_data()
    assert data is not None
    metrics = data.resource_metrics[0].scope_metrics[0].metrics
    points = next(each for each in metrics if each.name == "mohar.events").data.data_points
    return {(point.attributes["kind"], point.attributes["event"]): point.value for point in points}


def test_each_type_of_event_is_counted_by_itself(mohar_tools: Tools):
    """
    A batch adds its size to the counters of its kinds and types.
    """
    reader = InMemoryMetricReader()
    room = TelemetryRoom(metric_readers=[reader])
    tools = msgspec.structs.replace(mohar_tools, telemetry=room.instruments)

    mohar_observer_metrics.mohar_on_events(
        events("credential.issued", "credential.issued", "credential.refused"), tools
    )

    assert counted(reader) == {
        ("diploma", "credential.issued"): 2,
        ("diploma", "credential.refused"): 1,
    }
