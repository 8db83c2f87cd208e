"""
One JSON object for each log line, made only of fields on the list.

What a library logs is never trusted: its text may hold a query's parameters or a path with an
id in it. Of such a record the logger's name, the level, the place and the exception's class stay.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Final, TextIO

import msgspec
from opentelemetry import trace

from mohar.domain.clock import Clock, rfc3339, utc_now
from mohar.plugin.caller import place_of
from mohar.telemetry.fields import Kept, Value, keep

_KEPT: Final = "mohar_kept"


class JsonLines(logging.Handler):
    """
    A logging handler that writes JSON lines free of personal values to a stream.

    A line that cannot be written is counted in `lost` and nowhere shown: the standard library
    would print the record, text and arguments and all.
    """

    def __init__(self, stream: TextIO, clock: Clock = utc_now) -> None:
        super().__init__()
        self._stream = stream
        self._clock = clock
        self.lost = 0

    def write(self, event: str, kept: Kept, level: str = "info") -> None:
        """Write one line of our own."""
        counted = {"dropped": kept.dropped} if kept.dropped else {}
        self._put({"level": level, "event": event, **kept.fields, **counted}, self._clock())

    def emit(self, record: logging.LogRecord) -> None:
        """Write what may be told of a library's record."""
        self._put(_told(record), datetime.fromtimestamp(record.created, UTC))

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: ARG002, N802 -- the name and the argument are the standard library's
        """Count a line that was lost."""
        self.lost += 1

    def _put(self, fields: Mapping[str, Value], moment: datetime) -> None:
        line = {"time": rfc3339(moment, milliseconds=True), **fields, **_trace()}
        text = msgspec.json.encode(line).decode() + "\n"
        self.acquire()
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):  # ValueError: the stream was closed under us
            self.lost += 1
        finally:
            self.release()


def take_over(handler: JsonLines, level: int = logging.INFO) -> None:
    """
    Make a handler the only way out of this process for log records and uncaught errors.

    For the start of a program (`serve`, `worker`), never for a library: it replaces the handlers
    of the root logger and of every logger below it, and Python's hooks for uncaught errors.
    """
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for logger in logging.root.manager.loggerDict.values():
        if isinstance(logger, logging.Logger):
            logger.handlers.clear()
            logger.propagate = True
    logging.captureWarnings(capture=True)
    sys.excepthook = _Uncaught(handler)
    threading.excepthook = lambda failed: _Uncaught(handler)(
        failed.exc_type, failed.exc_value, failed.exc_traceback
    )


class _Uncaught:
    """Tells of an error that nobody caught, by its class and place."""

    def __init__(self, handler: JsonLines) -> None:
        self._handler = handler

    def __call__(
        self,
        kind: type[BaseException],
        error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        at = place_of(error) if error is not None else ""
        self._handler.write("uncaught", keep({"error": kind.__name__, "at": at}), "critical")


def _told(record: logging.LogRecord) -> dict[str, Value]:
    told: dict[str, object] = {
        "level": record.levelname.lower(),
        "event": "library",
        "logger": record.name,
        "at": f"{record.module}:{record.lineno}",
    }
    if record.exc_info and record.exc_info[1] is not None:
        told["error"] = type(record.exc_info[1]).__name__
        told["at"] = place_of(record.exc_info[1])
    return dict(keep(told).fields)


def _trace() -> Mapping[str, str]:
    context = trace.get_current_span().get_span_context()
    return {"trace": trace.format_trace_id(context.trace_id)} if context.is_valid else {}
