import contextlib
from typing import Any

import pytest
from opentelemetry.trace import StatusCode

from mohar.telemetry import TelemetryRoom

MARKED = "Marked Person 9876543210"


class TestSpan:
    def test_a_span_is_timed_and_named(self, observed: Any) -> None:
        with observed.instruments.span("issue.batch", kind="vaccination", count=3):
            pass

        (span,) = observed.spans
        assert span.name == "issue.batch"
        assert dict(span.attributes) == {"kind": "vaccination", "count": 3}
        (point,) = observed.points("mohar.work.duration")
        assert dict(point.attributes) == {"step": "issue.batch"}
        assert point.count == 1

    def test_an_error_passes_through_and_leaves_its_class_and_place(self, observed: Any) -> None:
        with pytest.raises(ValueError, match="Marked"), observed.instruments.span("issue.batch"):
            raise ValueError(MARKED)

        (span,) = observed.spans
        (event,) = span.events
        assert span.status.status_code is StatusCode.ERROR
        assert span.status.description == "ValueError"
        assert event.attributes["exception.type"] == "ValueError"
        assert "test_instruments" in event.attributes["at"]


class TestCount:
    def test_amounts_add_up(self, observed: Any) -> None:
        observed.instruments.count("mohar.issued", 2, kind="vaccination")
        observed.instruments.count("mohar.issued", kind="vaccination")

        (point,) = observed.points("mohar.issued")
        assert point.value == 3
        assert dict(point.attributes) == {"kind": "vaccination"}

    def test_only_attributes_of_few_values_are_counted_by(self, observed: Any) -> None:
        """A submission's id on a counter would be a time series of its own."""
        observed.instruments.count("mohar.issued", submission="01JH8Q3E9ZK2V5", outcome="issued")

        (point,) = observed.points("mohar.issued")
        assert dict(point.attributes) == {"outcome": "issued"}


class TestLog:
    def test_a_line_is_one_json_object(self, observed: Any) -> None:
        observed.instruments.log("batch-issued", kind="vaccination", count=200)

        assert observed.lines == [
            {
                "time": "2026-03-01T12:00:00.000Z",
                "level": "info",
                "event": "batch-issued",
                "kind": "vaccination",
                "count": 200,
            }
        ]

    def test_unknown_fields_are_dropped_and_the_line_says_how_many(self, observed: Any) -> None:
        observed.instruments.log("batch-issued", name=MARKED, kind="vaccination", phone=98)

        (line,) = observed.lines
        assert line["dropped"] == 2
        (point,) = observed.points("mohar.telemetry.dropped")
        assert point.value == 2

    def test_a_line_within_a_span_carries_its_trace(self, observed: Any) -> None:
        with observed.instruments.span("issue.batch"):
            observed.instruments.log("batch-issued")

        (line,) = observed.lines
        (span,) = observed.spans
        assert line["trace"] == f"{span.context.trace_id:032x}"


class TestNothingPersonal:
    def test_no_marked_value_comes_out_anywhere(self, observed: Any) -> None:
        """Whatever a careless caller hands in, nothing of it is seen outside."""
        instruments = observed.instruments

        for field in ("name", "kind", "event", "code", "route", "submission", "worker", "phone"):
            attributes = {field: MARKED}
            if field != "event":
                instruments.log("said", **attributes)
            if field != "name":
                instruments.count("mohar.said", **attributes)
                with contextlib.suppress(ValueError), instruments.span("said", **attributes):
                    raise ValueError(MARKED)
        instruments.log(MARKED)
        instruments.count(MARKED)
        with instruments.span(MARKED):
            pass

        out = observed.everything()
        assert "Marked" not in out
        assert "9876543210" not in out
        assert "unnamed" in out


class TestTelemetryRoom:
    def test_a_room_without_receivers_is_silent(self, capfd: pytest.CaptureFixture[str]) -> None:
        room = TelemetryRoom()

        with room.instruments.span("issue.batch"):
            room.instruments.log("batch-issued", count=1)
            room.instruments.count("mohar.issued")
        room.close()

        assert capfd.readouterr() == ("", "")

    def test_two_rooms_share_nothing(self, observed: Any) -> None:
        other = TelemetryRoom()

        other.instruments.count("mohar.issued")
        other.close()

        assert observed.points("mohar.issued") == []
