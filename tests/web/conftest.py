"""One India house for the session, served in this process and by a real server beside it."""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from anyio.from_thread import start_blocking_portal
from litestar import Litestar
from litestar.testing import TestClient
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import SpanProcessor
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from mohar.assembly.house import House, build_house
from mohar.assembly.keys import generate_missing
from mohar.assembly.opening import open_store
from mohar.telemetry.room import TelemetryRoom
from mohar.testing.deployments import copy_deployment
from mohar.testing.postgres import PostgresMissing, postgres_server
from mohar.testing.serving import serving
from mohar.web.app import create_app

ROOT = Path(__file__).resolve().parents[2]


class Watched(msgspec.Struct, frozen=True):
    """A house and everything that comes out of it beside its answers."""

    house: House
    folder: Path
    log: io.StringIO
    spans: InMemorySpanExporter
    metrics: InMemoryMetricReader

    def said(self) -> str:
        """Return all log lines, spans and metrics as one text."""
        data = self.metrics.get_metrics_data()
        spans = [span.to_json() for span in self.spans.get_finished_spans()]
        return "\n".join([self.log.getvalue(), *spans, data.to_json() if data else ""])


@contextmanager
def watched_house(folder: Path) -> Iterator[Watched]:
    """Build the house of a folder whose logs, spans and metrics are kept in memory."""
    log, spans, metrics = io.StringIO(), InMemorySpanExporter(), InMemoryMetricReader()
    processors: list[SpanProcessor] = [SimpleSpanProcessor(spans)]
    room = TelemetryRoom(log_to=log, span_processors=processors, metric_readers=[metrics])
    with build_house(folder, telemetry=room.instruments) as house:
        yield Watched(house, folder, log, spans, metrics)
    room.close()


def deployed_to(folder: Path, database: str | None = None) -> Path:
    """Set up the India deployment in a folder; its kind has the text of QR codes as well."""
    deployment = copy_deployment(ROOT, "india", folder, database=database)
    file = deployment / "deployment.yaml"
    text = file.read_text(encoding="utf-8")
    if "qr-text" not in text:
        last = "- {name: qr-svg, uses: qr-svg}"
        file.write_text(text.replace(last, f"{last}\n      - {{name: qr-text, uses: qr-text}}"))
    generate_missing(deployment)
    with open_store(deployment) as store:
        store.upgrade()
    return deployment


@pytest.fixture(scope="session")
def deploy() -> Callable[..., Path]:
    """Return a function that sets up a deployment for a house of one's own."""
    return deployed_to


@pytest.fixture(scope="session")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """The house of the session."""
    with watched_house(deployed_to(tmp_path_factory.mktemp("india"))) as watched:
        yield watched


@pytest.fixture(scope="session")
def house(watched: Watched) -> House:
    """The house of the session, by itself."""
    return watched.house


@pytest.fixture(scope="session")
def app(house: House) -> Litestar:
    """The web application of the house."""
    return create_app(house)


@pytest.fixture(scope="session")
def calling() -> Callable[[Litestar], AbstractContextManager[TestClient[Litestar]]]:
    """Return a function that opens a caller without a key in this process."""

    @contextmanager
    def opened(app: Litestar) -> Iterator[TestClient[Litestar]]:
        client = TestClient(app, base_url="http://testserver.local", raise_server_exceptions=False)
        # Entering the client would leave the streams of its lifespan open.
        with start_blocking_portal() as portal:
            client.blocking_portal = portal
            yield client

    return opened


@pytest.fixture(scope="session")
def client(
    app: Litestar, calling: Callable[[Litestar], AbstractContextManager[TestClient[Litestar]]]
) -> Iterator[TestClient[Litestar]]:
    """A caller without a key, in this process."""
    with calling(app) as client:
        yield client


@pytest.fixture(scope="session")
def key_for(house: House) -> Callable[..., Mapping[str, str]]:
    """Return a function that makes a key with these scopes and returns the header to send."""

    def made(*scopes: str, **options: Any) -> Mapping[str, str]:
        with house.store.begin() as work:
            text, _ = work.api_keys.create("test", frozenset(scopes), **options)
        return {"Authorization": f"Bearer {text}"}

    return made


@pytest.fixture(scope="session")
def key(key_for: Callable[..., Mapping[str, str]]) -> Mapping[str, str]:
    """The header of a caller who may issue, read and search."""
    return key_for("issue:vaccination", "read:vaccination", "search:vaccination")


@pytest.fixture(scope="session")
def record() -> Callable[..., dict[str, Any]]:
    """Return a function that makes a good record of a person who was not there before."""
    numbers = itertools.count(77_000_000_000_000)

    def made(**changed: Any) -> dict[str, Any]:
        vaccination = {
            "name": "COVISHIELD",
            "batch": "SAMPLE8975",
            "manufacturer": "Serum Institute of India",
            "date": "2021-06-01T09:30:00+05:30",
            "effectiveStart": "2021-06-01",
            "effectiveUntil": "2031-06-01",
            "dose": 1,
            "totalDoses": 2,
        }
        address = {
            "addressLine1": "1",
            "district": "Pune",
            "state": "Maharashtra",
            "pincode": 411001,
        }
        return {
            "preEnrollmentCode": str(next(numbers)),
            "recipient": {
                "name": "Asha Namuna",
                "dob": "1988-12-02",
                "gender": "Female",
                "nationality": "Indian",
                "identity": "Driving License # XX00 00000000001",
                "contact": ["tel:5550000001", "mailto:sample@example.org"],
                "address": address,
                **changed.get("recipient", {}),
            },
            "vaccinator": {"name": "Vaccinator Namuna"},
            "facility": {"name": "Sample Health Centre", "address": address},
            "vaccination": {**vaccination, **changed.get("vaccination", {})},
        }

    return made


@pytest.fixture(scope="session")
def issued(
    client: TestClient[Litestar],
    key: Mapping[str, str],
    record: Callable[..., dict[str, Any]],
) -> dict[str, Any]:
    """The answer to one good record that was issued at once."""
    url = "/v1/kinds/vaccination/records?wait=issued"
    answer: dict[str, Any] = client.post(url, json=record(), headers=key).json()
    return answer


@pytest.fixture(scope="session")
def credential_id(issued: dict[str, Any]) -> str:
    """The id of a credential that is there."""
    number: str = issued["outcomes"][0]["credential_id"]
    return number


@pytest.fixture(scope="session")
def server(app: Litestar) -> Iterator[httpx.Client]:
    """A caller without a key, over a socket to a real server."""
    with serving(app) as url, httpx.Client(base_url=url, timeout=30) as client:
        yield client


@pytest.fixture(scope="session")
def on_postgres(
    tmp_path_factory: pytest.TempPathFactory,
    calling: Callable[[Litestar], AbstractContextManager[TestClient[Litestar]]],
) -> Iterator[tuple[TestClient[Litestar], Mapping[str, str]]]:
    """A caller of another house that keeps its things in PostgreSQL, and the key to send."""
    try:
        with postgres_server() as server:
            folder = deployed_to(tmp_path_factory.mktemp("postgres"), server.database())
            with build_house(folder) as house, calling(create_app(house)) as client:
                with house.store.begin() as work:
                    text, _ = work.api_keys.create("test", frozenset({"*"}))
                yield client, {"Authorization": f"Bearer {text}"}
    except PostgresMissing as missing:
        pytest.skip(str(missing))
