"""Somebody outside to call: a real HTTP server on a free port that answers as it is told."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread

import msgspec


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What is answered, after so many seconds."""

    status: int = 200
    headers: Mapping[str, str] = {}
    body: bytes = b""
    wait_seconds: float = 0.0


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A request that came; the names of its headers are in lower case."""

    path: str
    headers: Mapping[str, str]
    body: bytes


class Partner:
    """The answers of each path, one after the other, and the last one for ever; 200 without any."""

    def __init__(self) -> None:
        self.url = ""
        self._answers: dict[str, list[Answer]] = {}
        self._calls: list[Call] = []
        self._lock = Lock()

    def answers(self, path: str, *answers: Answer) -> None:
        """Say what is answered at a path from now on."""
        with self._lock:
            self._answers[path] = list(answers)

    def calls(self, path: str) -> list[Call]:
        """Return the requests that came to a path, in order."""
        with self._lock:
            return [each for each in self._calls if each.path == path]

    def take(self, call: Call) -> Answer:
        """Note a request and return its answer."""
        with self._lock:
            self._calls.append(call)
            left = self._answers.get(call.path) or [Answer()]
            return left.pop(0) if len(left) > 1 else left[0]


@contextmanager
def partner_outside() -> Iterator[Partner]:
    """Open the server for the length of a block."""
    partner = Partner()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _answering(partner))
    server.daemon_threads = True
    partner.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield partner
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _answering(partner: Partner) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = partner.take(Call(path=self.path, headers=headers, body=body))
            time.sleep(answer.wait_seconds)
            # Whoever did not wait so long is gone.
            with suppress(ConnectionError):
                self._send(answer)

        def _send(self, answer: Answer) -> None:
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def do_GET(self) -> None:
            self.do_POST()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the name of the one it stands for
            """Say nothing."""

    return Handler
