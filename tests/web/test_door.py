"""What holds for every answer: methods, headers, problems, and that nothing is a fault."""

from __future__ import annotations

import json
import logging
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from litestar import Litestar
from litestar.testing import TestClient

from mohar.assembly.house import House
from mohar.domain.errors import KeyUnavailable
from mohar.plugin import Route, RouteRequest, RouteResponse
from mohar.testing.serving import serving
from mohar.web.app import create_app
from mohar.web.door import Door
from mohar.web.plugin_routes import handler_for

Client = TestClient[Litestar]
Headers = Mapping[str, str]
Calling = Callable[[Litestar], AbstractContextManager[Client]]
LIMIT = 5_000_000


class TestMethods:
    @pytest.mark.parametrize("path", ["/v1/kinds", "/verify", "/health/live", "/openapi.json"])
    def test_head_is_get_without_the_content(self, client: Client, path: str) -> None:
        got, head = client.get(path), client.head(path)

        assert head.status_code == got.status_code
        assert head.content == b""
        assert dict(head.headers) == dict(got.headers)

    def test_head_of_what_is_not_there_is_not_there(self, client: Client) -> None:
        assert client.head("/nothing").status_code == 404
        assert client.head("/v1/verify").status_code == 405

    def test_options_says_what_is_offered(self, client: Client) -> None:
        answer = client.options("/v1/kinds")

        assert answer.status_code == 204
        assert answer.headers["allow"] == "GET, HEAD, OPTIONS"
        assert "access-control-allow-origin" not in answer.headers

    def test_another_method_is_told_which_there_are(self, client: Client) -> None:
        answer = client.delete("/v1/verify")

        assert answer.status_code == 405
        assert answer.headers["allow"] == "OPTIONS, POST"
        assert answer.json()["code"] == "http-405"


class TestHeaders:
    @pytest.mark.parametrize(
        ("method", "path"),
        [("GET", "/verify"), ("GET", "/nothing"), ("PUT", "/verify"), ("GET", "/v1/credentials/1")],
    )
    def test_every_answer_is_hardened(self, client: Client, method: str, path: str) -> None:
        headers = client.request(method, path).headers

        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-frame-options"] == "DENY"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "server" not in headers

    def test_nothing_is_kept_on_the_way_unless_it_is_public(self, client: Client) -> None:
        for path in ("/nothing", "/v1/credentials/1", "/health", "/v1/kinds"):
            assert client.get(path).headers["cache-control"] == "no-store"


class TestFaults:
    """A route that breaks, as a plugin's may."""

    @pytest.fixture
    def broken(self, house: House, calling: Calling) -> Iterator[Client]:
        """A client of an application with a route that raises whatever it is asked to."""

        def fail(request: RouteRequest) -> RouteResponse:
            name = request.query["name"]
            raise KeyUnavailable(name, name) if "key" in request.query else RuntimeError(name)

        app = create_app(house)
        route = Route(method="GET", path="/broken", action=None, summary="Break", handle=fail)
        app.register(handler_for("trial", route, house.deployment.web.max_file_bytes))
        with calling(app) as client:
            yield client

    def test_a_fault_is_told_as_one_and_nothing_more(self, broken: Client) -> None:
        answer = broken.get("/broken?name=Namuna")

        assert answer.status_code == 500
        assert answer.headers["content-type"] == "application/problem+json"
        assert "Namuna" not in answer.text
        assert "RuntimeError" not in answer.text

    def test_the_log_says_its_class_and_place(self, broken: Client, watched: Any) -> None:
        broken.get("/broken?name=Namuna")

        lines = [json.loads(line) for line in watched.log.getvalue().splitlines()]
        fault = next(line for line in reversed(lines) if line["event"] == "web.fault")
        assert fault["error"] == "RuntimeError"
        assert "test_door:" in fault["at"]
        assert "Namuna" not in watched.log.getvalue()

    def test_what_does_not_answer_is_not_named_to_a_caller(self, broken: Client) -> None:
        answer = broken.get("/broken?name=Namuna&key=1")

        assert answer.status_code == 503
        assert answer.json()["code"] == "key-unavailable"
        assert "Namuna" not in answer.text

    def test_an_open_route_is_open(self, house: House, calling: Calling) -> None:
        app = create_app(house)
        told = RouteResponse(content=b"1", media_type="text/plain", headers={"X-Own": "1"})
        route = Route(
            method="GET", path="/open/{name}", action=None, summary="", handle=lambda _: told
        )
        app.register(handler_for("trial", route, house.deployment.web.max_file_bytes))
        with calling(app) as client:
            answer = client.get("/open/x")

        assert (answer.status_code, answer.text, answer.headers["x-own"]) == (200, "1", "1")

    def test_building_the_application_leaves_the_logging_alone(self, house: House) -> None:
        root = logging.getLogger()
        before = list(root.handlers), root.level

        create_app(house)

        assert (list(root.handlers), root.level) == before


class TestRealServer:
    def test_a_record_goes_the_whole_way(
        self, server: httpx.Client, key: Headers, record: Any
    ) -> None:
        """
        Issued, printed, read back from the paper, and found genuine.
        """
        url = "/v1/kinds/vaccination/records?wait=issued"
        receipt = server.post(url, json=record(), headers=key).json()
        number = receipt["outcomes"][0]["credential_id"]

        paper = server.get(f"/v1/credentials/{number}.pdf", headers=key)
        verdict = server.post("/v1/verify", content=paper.content).json()

        assert verdict["verdict"] == "valid"

    def test_a_body_of_the_limit_is_read_and_one_more_byte_is_not(
        self, server: httpx.Client
    ) -> None:
        whole = server.post("/v1/verify", content=b"x" * LIMIT)
        more = server.post("/v1/verify", content=b"x" * (LIMIT + 1))

        assert whole.json()["verdict"] == "unreadable"
        assert more.status_code == 413
        assert more.headers["content-type"] == "application/problem+json"

    def test_a_body_without_a_length_has_the_same_limit(
        self, server: httpx.Client, key: Headers
    ) -> None:
        def endless() -> Iterator[bytes]:
            for _ in range(60):
                yield b"[" * 100_000

        for url in ("/v1/verify", "/v1/kinds/vaccination/records", "/divoc/api/v1/certify"):
            assert server.post(url, content=endless(), headers=key).status_code == 413

    def test_a_form_has_the_same_limit(self, server: httpx.Client) -> None:
        answer = server.post("/v1/verify", files={"file": b"x" * (LIMIT + 1)})

        assert answer.status_code == 413

    def test_head_has_no_content_on_the_wire(self, server: httpx.Client) -> None:
        head, got = server.head("/v1/kinds"), server.get("/v1/kinds")

        assert head.headers["content-length"] == str(len(got.content))
        assert head.content == b""

    @pytest.mark.parametrize(
        "line",
        [
            b"GET /%ff%fe HTTP/1.1",
            b"GET /v1/credentials/%00 HTTP/1.1",
            b"GET /v1/credentials/\xff HTTP/1.1",
            b"GET /v1/credentials/%ed%a0%80.pdf?px=%ff&language=%ed%a0%80 HTTP/1.1",
            b"GET //v1//kinds// HTTP/1.1",
            b"GET http://other/v1/kinds HTTP/1.1",
            b"GET * HTTP/1.1",
            b"OPTIONS * HTTP/1.1",
            b"BREW /verify HTTP/1.1",
            b"GET /v1/kinds/vaccination/schema?body=%00&body=%00 HTTP/1.1",
            b"GET /v1/kinds?&&==&=&%&%zz=%zz HTTP/1.1",
            b"GET /contexts/../../etc/passwd HTTP/1.1",
            b"GET /openapi.json/x HTTP/1.1",
        ],
    )
    @pytest.mark.parametrize(
        "header", [b"X: 1", b"Accept: \xff\x80", b"Content-Length: -1", b"Content-Type: \xff"]
    )
    def test_odd_bytes_on_the_wire_are_no_fault(
        self, server: httpx.Client, key: Headers, line: bytes, header: bytes
    ) -> None:
        sent = f"Authorization: {key['Authorization']}".encode()
        address = (server.base_url.host, server.base_url.port or 0)
        with socket.create_connection(address, timeout=10) as wire:
            lines = [line, b"Host: x", b"Connection: close", sent, header, b"", b""]
            wire.sendall(b"\r\n".join(lines))
            answer = b"".join(iter(lambda: wire.recv(65536), b""))

        assert answer.split(b" ")[1] in {b"200", b"204", b"400", b"404", b"405", b"501"}


def texts() -> st.SearchStrategy[str]:
    return st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=12)


PATHS = st.one_of(
    st.sampled_from(["/v1/verify", "/credentials/verify", "/v1/kinds", "/docs", "/health/live"]),
    st.builds(
        lambda template, part: template.format(part),
        st.sampled_from(
            [
                "/v1/credentials/{}",
                "/v1/credentials/{}.pdf",
                "/v1/submissions/{}",
                "/v1/kinds/{}/records",
                "/v1/kinds/{}/schema",
                "/v1/kinds/{}/search",
                "/v1/kinds/vaccination/{}",
                "/divoc/api/{}/certify",
                "/contexts/{}",
                "/{}",
            ]
        ),
        texts(),
    ),
    st.sampled_from(["/v1/kinds/vaccination/records", "/v1/kinds/vaccination/search"]),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | texts(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["key", "verifiableCredential", "options", "proof", "@context", "type"])
            | texts(),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)
BODIES = st.binary(max_size=40) | st.builds(
    lambda tree: json.dumps(tree, ensure_ascii=False).encode("utf-8", "surrogatepass"), JSON
)
QUERIES = st.dictionaries(
    st.sampled_from(["px", "language", "profile", "rendering", "wait", "variant", "body"])
    | texts(),
    texts() | st.integers().map(str),
    max_size=3,
)
CONTENT_TYPES = st.sampled_from(
    [
        "application/json",
        "application/json; charset=klingon",
        "multipart/form-data",
        "multipart/form-data; boundary=b",
        "application/x-www-form-urlencoded",
        "text/plain; charset=\xff",
        ";;;",
        "",
    ]
)


class TestAnyRequest:
    @settings(
        deadline=None,
        max_examples=800,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(
        method=st.sampled_from(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]),
        path=PATHS,
        query=QUERIES,
        body=BODIES,
        content_type=CONTENT_TYPES,
        accept=st.text(max_size=10, alphabet=st.characters(max_codepoint=255, min_codepoint=32)),
    )
    def test_has_an_answer_that_is_no_fault_of_ours(
        self,
        client: Client,
        key: Headers,
        method: str,
        path: str,
        query: dict[str, str],
        body: bytes,
        content_type: str,
        accept: str,
    ) -> None:
        """
        Whatever is sent: below 500, and a problem document where it is refused.
        """
        named = {**key, "Content-Type": content_type, "Accept": accept}
        headers = httpx.Headers(named, encoding="latin-1")
        url = f"{quote(path)}?{urlencode(query)}"

        answer = client.request(method, url, content=body, headers=headers)

        assert answer.status_code < 500
        if answer.status_code >= 400 and method != "HEAD":
            assert answer.headers["content-type"] in {
                "application/problem+json",
                "application/json",
            }
            said = answer.json()
            assert said.get("status") == answer.status_code or said["verified"] is False
            assert HTTPStatus(answer.status_code)


class TestPatience:
    """A caller that sends its body drop by drop holds nobody up for ever."""

    @pytest.fixture
    def hurried(self, house: House) -> Iterator[httpx.URL]:
        """The address of a real server that waits a moment for a body."""
        app = create_app(house)
        app.asgi_handler = Door(app.asgi_handler, house.telemetry, body_seconds=0.3, by_tls=True)
        with serving(app) as url:
            yield httpx.URL(url)

    def test_a_body_that_does_not_come_is_not_waited_for(
        self, hurried: httpx.URL, key: Headers
    ) -> None:
        head = (
            "POST /v1/kinds/vaccination/records HTTP/1.1\r\nHost: here\r\nContent-Length: 9\r\n"
            f"Authorization: {key['Authorization']}\r\n\r\n["
        )
        with socket.create_connection((hurried.host, hurried.port), timeout=10) as caller:
            caller.sendall(head.encode())
            answer = caller.recv(65_536).decode()

        assert answer.startswith("HTTP/1.1 408 ")
        assert '"code":"http-408"' in answer

    def test_one_that_comes_in_time_is_taken(self, hurried: httpx.URL, key: Headers) -> None:
        url = hurried.join("/v1/kinds/vaccination/search")
        answer = httpx.post(url, json={"key": {}}, headers=key)

        assert answer.status_code in {400, 403}

    def test_where_tls_leads_here_browsers_are_told_to_keep_to_it(self, hurried: httpx.URL) -> None:
        answer = httpx.get(hurried.join("/v1/kinds"))

        assert answer.headers["strict-transport-security"] == "max-age=31536000"
