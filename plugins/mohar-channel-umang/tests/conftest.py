"""An India deployment with the door and a messenger that keeps its letters, over a real server."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from mohar.assembly.house import House, build_house
from mohar.assembly.keys import generate_missing
from mohar.assembly.opening import open_store
from mohar.domain.access import Actor
from mohar.telemetry.room import TelemetryRoom
from mohar.testing.deployments import copy_deployment, sample_messages
from mohar.testing.letters import install_letters, last_code, write_texts
from mohar.testing.serving import serving
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
        return last_code(self.folder, f"+91{MOBILE}")

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
    write_texts(deployment, "said")
    generate_missing(deployment)
    (deployment / "secrets" / "umang.key").write_text(f"{KEY}\n", encoding="utf-8")
    with open_store(deployment) as store:
        store.upgrade()
    return deployment


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The house of the session, with somebody's certificate in it."""
    installed = tmp_path_factory.mktemp("installed")
    install_letters(installed, "umang-letters")
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.syspath_prepend(installed)
        folder = _deployed(tmp_path_factory.mktemp("umang"))
        log, spans = io.StringIO(), InMemorySpanExporter()
        room = TelemetryRoom(log_to=log, span_processors=[SimpleSpanProcessor(spans)])
        with build_house(folder, telemetry=room.instruments) as house:
            _issue(house)
            with (
                serving(create_app(house)) as url,
                httpx.Client(base_url=url, timeout=60) as client,
            ):
                yield Served(house, client, folder, log, spans)
        room.close()


def _issue(house: House) -> None:
    first = sample_messages(ROOT / "config/india/samples/records.jsonl")[0]
    recipient = {**first.content["recipient"], "contact": [f"tel:{MOBILE}"], "dob": "1988-12-02"}
    message = msgspec.structs.replace(first, content={**first.content, "recipient": recipient})
    source = Actor(actor_id="source", name="source", scopes=frozenset({"issue"}))
    house.issue_now(source, house.submit(source, "vaccination", [message]))


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
