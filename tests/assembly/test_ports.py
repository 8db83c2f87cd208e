import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from mohar.assembly.ports import Late, OutgoingHttp, PluginIntake, PluginLife
from mohar.domain.access import Actor
from mohar.domain.errors import InvalidInput, MoharError, NotFound, NotReached, Unavailable
from mohar.plugin import Receipt

ANYBODY = Actor(actor_id="a", name="a")


class Handler(BaseHTTPRequestHandler):
    """A server with a few habits."""

    def do_GET(self) -> None:
        """Answer by path."""
        if self.path == "/redirect":
            self._answer(302, b"", location="https://elsewhere.example/")
        elif self.path == "/long":
            self._answer(200, b"x" * 5000)
        elif self.path == "/slow":
            self._slowly()
        else:
            self._answer(404, b"not here")

    def do_POST(self) -> None:
        """Give back what came."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(200, self.headers["X-Tag"].encode() + body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def _answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _slowly(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "100")
        self.end_headers()
        for _ in range(100):
            time.sleep(0.05)
            try:
                self.wfile.write(b"x")
                self.wfile.flush()
            except OSError:
                return


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


class TestOutgoingHttp:
    def test_a_request_goes_out_and_its_answer_comes_back(self, server: str) -> None:
        answer = OutgoingHttp().request("POST", f"{server}/", body=b"b", headers={"X-Tag": "a"})

        assert (answer.status, answer.body) == (200, b"ab")

    def test_an_answer_that_says_no_is_an_answer(self, server: str) -> None:
        assert OutgoingHttp().request("GET", f"{server}/gone").status == 404

    def test_no_redirect_is_followed(self, server: str) -> None:
        answer = OutgoingHttp().request("GET", f"{server}/redirect")

        assert answer.status == 302
        assert answer.headers["location"] == "https://elsewhere.example/"

    def test_an_answer_has_a_bound(self, server: str) -> None:
        with pytest.raises(Unavailable, match="longer than 4999 bytes"):
            OutgoingHttp().request("GET", f"{server}/long", max_bytes=4999)

        assert len(OutgoingHttp().request("GET", f"{server}/long", max_bytes=5000).body) == 5000

    def test_the_deadline_is_for_the_whole_answer(self, server: str) -> None:
        """
        A server that gives a byte now and then does not hold anybody up.
        """
        started = time.monotonic()

        with pytest.raises(Unavailable, match="did not come in time"):
            OutgoingHttp().request("GET", f"{server}/slow", deadline_seconds=0.3)

        assert time.monotonic() - started < 3

    def test_where_nobody_listens_the_host_is_named_and_no_more(self) -> None:
        with pytest.raises(NotReached) as raised:
            OutgoingHttp().request("GET", "http://127.0.0.1:1/people/9876543210?key=hunter2")

        assert str(raised.value) == "127.0.0.1 did not answer: ConnectError"

    @pytest.mark.parametrize("url", ["http://x:port/", "http://x/\x00"])
    def test_what_is_no_address_is_refused(self, url: str) -> None:
        with pytest.raises(InvalidInput):
            OutgoingHttp().request("GET", url)

    @pytest.mark.parametrize("url", ["ftp://127.0.0.1/", "file:///etc/passwd", "relative"])
    def test_nothing_but_http_goes_out(self, url: str) -> None:
        with pytest.raises(MoharError):
            OutgoingHttp().request("GET", url)


class TestLate:
    @pytest.mark.parametrize(
        "ask",
        [
            lambda late: late.fetch(ANYBODY, "1"),
            lambda late: late.current(ANYBODY, "card", {}),
            lambda late: PluginIntake(late, None).submit(ANYBODY, "card", []),
            lambda late: PluginIntake(late, "card").sent_files(ANYBODY, ""),
            lambda late: PluginLife(late, "card").verify(b""),
        ],
    )
    def test_before_the_house_stands_nothing_is_there(self, ask: Callable[[Late], Any]) -> None:
        with pytest.raises(Unavailable, match="still being built"):
            ask(Late())


class TestPluginIntake:
    def intake(self, own_kind: str | None, kinds: list[str]) -> PluginIntake:
        def submit(actor: Actor, kind: str, messages: Any) -> Receipt:
            del actor, messages
            kinds.append(kind)
            return Receipt(submission_id="s", outcomes=())

        late = Late()
        late.submit_to = submit
        return PluginIntake(late, own_kind)

    def test_no_kind_means_the_one_that_the_plugin_feeds(self) -> None:
        kinds: list[str] = []

        for kind in ("", "other"):
            self.intake("card", kinds).submit(ANYBODY, kind, [])

        assert kinds == ["card", "other"]

    def test_where_that_is_not_one_it_must_be_named(self) -> None:
        with pytest.raises(NotFound, match="name it"):
            self.intake(None, []).submit(ANYBODY, "", [])
