"""Spans, metrics and logs that cannot carry personal values."""

from mohar.telemetry.fields import Kept, keep
from mohar.telemetry.instruments import Instruments
from mohar.telemetry.logs import JsonLines, take_over
from mohar.telemetry.room import TelemetryRoom

__all__ = ["Instruments", "JsonLines", "Kept", "TelemetryRoom", "keep", "take_over"]
