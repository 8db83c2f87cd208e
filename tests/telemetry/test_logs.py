import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator

import pytest

from mohar.telemetry import JsonLines
from mohar.telemetry.fields import keep

MARKED = "Marked Person 9876543210"


@pytest.fixture
def stream() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def library(stream: io.StringIO) -> Iterator[logging.Logger]:
    logger = logging.getLogger("some.library")
    handler = JsonLines(stream)
    logger.addHandler(handler)
    logger.propagate = False
    yield logger
    logger.removeHandler(handler)
    logger.propagate = True


class TestJsonLines:
    def test_of_a_library_s_record_only_the_outside_is_told(
        self, library: logging.Logger, stream: io.StringIO
    ) -> None:
        library.warning("row %s not written", MARKED, extra={"row": MARKED})

        line = json.loads(stream.getvalue())
        assert line["level"] == "warning"
        assert line["logger"] == "some.library"
        assert line["at"].startswith("test_logs:")
        assert MARKED not in stream.getvalue()

    def test_of_an_exception_the_class_and_place_are_told(
        self, library: logging.Logger, stream: io.StringIO
    ) -> None:
        try:
            int(MARKED)
        except ValueError:
            library.exception(MARKED)

        line = json.loads(stream.getvalue())
        assert line["error"] == "ValueError"
        assert "Marked" not in stream.getvalue()

    def test_a_line_that_cannot_be_written_is_counted_and_shown_nowhere(
        self, capfd: pytest.CaptureFixture[str]
    ) -> None:
        """The standard library would print the record with its arguments to stderr."""
        stream = io.StringIO()
        handler = JsonLines(stream)
        stream.close()

        handler.handle(logging.makeLogRecord({"msg": MARKED}))
        handler.write("said", keep({}))

        assert handler.lost == 2
        assert capfd.readouterr() == ("", "")

    def test_a_broken_record_is_counted_and_shown_nowhere(
        self, capfd: pytest.CaptureFixture[str]
    ) -> None:
        handler = JsonLines(io.StringIO())

        handler.handleError(logging.makeLogRecord({"msg": MARKED}))

        assert handler.lost == 1
        assert capfd.readouterr() == ("", "")


PROGRAM = """
import logging, sys, threading, warnings
from mohar.telemetry import JsonLines, take_over

chatty = logging.getLogger("chatty")
chatty.addHandler(logging.StreamHandler())
chatty.propagate = False
take_over(JsonLines(sys.stdout))
chatty.error("Marked Person")
warnings.warn("Marked Person")
thread = threading.Thread(target=lambda: 1 / 0)
thread.start()
thread.join()
raise ValueError("Marked Person")
"""


class TestTakeOver:
    def test_a_whole_program_has_one_way_out(self) -> None:
        """Loggers with handlers of their own, warnings, threads, the end of the program."""
        done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, check=False)

        lines = [json.loads(line) for line in done.stdout.splitlines()]
        assert [line["event"] for line in lines] == ["library", "library", "uncaught", "uncaught"]
        assert [line.get("error") for line in lines[2:]] == ["ZeroDivisionError", "ValueError"]
        assert lines[0]["logger"] == "chatty"
        assert b"Marked" not in done.stdout + done.stderr
        assert done.returncode == 1
