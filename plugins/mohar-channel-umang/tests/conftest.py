"""An India deployment with the door and a messenger that keeps its letters, over a real server."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import msgspec
import pytest
import uvicorn
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from mohar.assembly.house import House, build_house
from mohar.assembly.keys import generate_missing
from mohar.assembly.opening import open_store
from mohar.domain.access import Actor
from mohar.telemetry.room import TelemetryRoom
from mohar.testing.deployments import copy_deployment, sample_messages
from mohar.testing.throwaway import throwaway_plugin
from mohar.web.app import create_app

ROOT = Path(__file__).resolve().parents[3]
KEY = "the-key-of-the-gateway"
MOBILE = "7770000001"
SECTIONS = """
holders:
  contact: mobile
  messenger: letters
  texts: said
  numbers: {digits: 10, country_code: "91"}
  details: [vaccine, dose]
  second_factors:
    - {kind: vaccination, name: birth-year, path: recipient.birth_date, take: first, count: 4}
messengers:
  - {name: letters, uses: letters}
doors:
  - name: umang
    uses: umang
    settings:
      kind: vaccination
      key: {file: secrets/umang.key}
      answers: [{outcome: not-found, rc: "CERT-404", rd: "Nothing there"}]
"""
# What India says of holders; here it is otherwise.
OWN = re.compile(r"\nmessengers:\n.*?(?=\nsinks:)", re.DOTALL)
KEEPING = """
from mohar.domain.delivery import DeliveryResult
from mohar.plugin import Offer, hookimpl
import msgspec

class Settings(msgspec.Struct, frozen=True):
    pass

class Letters:
    carries = "sms"

    def __init__(self, file):
        self._file = file

    def send(self, messages):
        with self._file.open("a") as file:
            for each in messages:
                file.write(f"{each.to} {each.text}\\n")
        return [DeliveryResult(state="delivered") for _ in messages]

@hookimpl
def mohar_register_messengers(offers):
    offers.add(Offer("letters", "keeps them", Settings,
        lambda settings, tools: Letters(tools.files.root / "letters.txt")))
"""
TEXTS = """
language: en
name: English
labels: {code-subject: Code, code-message: "code {code} for {minutes} minutes"}
"""


class Served(msgspec.Struct, frozen=True):
    """A house behind a server, its folder, and what it says beside its answers."""

    house: House
    client: httpx.Client
    folder: Path
    log: io.StringIO
    spans: InMemorySpanExporter
    birth_year: str = "1988"

    def call(self, name: str, **fields: Any) -> dict[str, Any]:
        """Make a call of the gateway and return what came in the envelope."""
        url = f"/depttapi/COWINApi/ws1/1.0/v2/{name}"
        answer = self.client.post(url, json=fields, headers={"x-api-key": KEY})
        said: dict[str, Any] = answer.json()
        assert list(said) == ["rs", "rc", "rd", "pd"]
        return said

    def letter(self) -> str:
        """Return the last code that was sent; codes are sent behind the answer."""
        file, until = self.folder / "letters.txt", time.monotonic() + 10
        while not (file.exists() and file.read_text().endswith("\n")) and time.monotonic() < until:
            time.sleep(0.02)
        return file.read_text().split()[-4]

    def spoken(self) -> str:
        """Return all log lines and spans as one text."""
        spans = [span.to_json() for span in self.spans.get_finished_spans()]
        return "\n".join([self.log.getvalue(), *spans])


def _deployed(folder: Path) -> Path:
    deployment = copy_deployment(ROOT, "india", folder)
    file = deployment / "deployment.yaml"
    text = OWN.sub("\n", file.read_text(encoding="utf-8"))
    named = "  - source-cowin\n"
    text = text.replace(named, f"{named}  - channel-umang\n  - umang-letters\n", 1) + SECTIONS
    file.write_text(text, encoding="utf-8")
    (deployment / "said").mkdir()
    (deployment / "said" / "en.yaml").write_text(TEXTS, encoding="utf-8")
    generate_missing(deployment)
    (deployment / "secrets" / "umang.key").write_text(f"{KEY}\n", encoding="utf-8")
    with open_store(deployment) as store:
        store.upgrade()
    return deployment


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The house of the session, with somebody's certificate in it."""
    installed = tmp_path_factory.mktemp("installed")
    throwaway_plugin(installed, "umang-letters", KEEPING)
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.syspath_prepend(installed)
        folder = _deployed(tmp_path_factory.mktemp("umang"))
        log, spans = io.StringIO(), InMemorySpanExporter()
        room = TelemetryRoom(log_to=log, span_processors=[SimpleSpanProcessor(spans)])
        with build_house(folder, telemetry=room.instruments) as house:
            _issue(house)
            with _serving(house) as client:
                yield Served(house, client, folder, log, spans)
        room.close()


def _issue(house: House) -> None:
    first = sample_messages(ROOT / "config/india/samples/records.jsonl")[0]
    recipient = {**first.content["recipient"], "contact": [f"tel:{MOBILE}"], "dob": "1988-12-02"}
    message = msgspec.structs.replace(first, content={**first.content, "recipient": recipient})
    source = Actor(actor_id="source", name="source", scopes=frozenset({"issue"}))
    house.issue_now(source, house.submit(source, "vaccination", [message]))


class _serving:  # noqa: N801 -- read as a function
    """Serve a house on a port of its own while the block lasts."""

    def __init__(self, house: House) -> None:
        config = uvicorn.Config(
            create_app(house), host="127.0.0.1", port=0, log_config=None, access_log=False
        )
        self._running = uvicorn.Server(config)
        self._thread = Thread(target=self._running.run, daemon=True)

    def __enter__(self) -> httpx.Client:
        self._thread.start()
        while not self._running.started:
            self._thread.join(0.01)
        port = self._running.servers[0].sockets[0].getsockname()[1]
        self._client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60)
        return self._client

    def __exit__(self, *_: object) -> None:
        self._client.close()
        self._running.should_exit = True
        self._thread.join()


@pytest.fixture(scope="session")
def dropped() -> Mapping[str, str]:
    """What UMANG sends along, every value marked."""
    names = [
        "tkn",
        "usrid",
        "mode",
        "pltfrm",
        "did",
        "deptid",
        "srvid",
        "subsid",
        "formtrkr",
        "lat",
        "lon",
        "lac",
        "usag",
    ]
    return {name: f"MARKED-{name}-7731" for name in names}
