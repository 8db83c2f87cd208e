"""An India deployment with the door, served by a real server; nothing in it is faked."""

from __future__ import annotations

import io
import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from mohar.assembly.house import House, build_house
from mohar.assembly.keys import generate_missing
from mohar.assembly.opening import open_store
from mohar.telemetry.room import TelemetryRoom
from mohar.testing.deployments import copy_deployment
from mohar.testing.letters import install_letters, last_code, write_texts
from mohar.testing.serving import serving
from mohar.web.app import create_app

ROOT = Path(__file__).resolve().parents[3]
MOBILE = "5550000001"
DOORS = """
holders:
  contact: mobile
  messenger: letters
  texts: said
  numbers: {digits: 10, country_code: "91"}
  code: {resend_seconds: 180}
  factor_tries: 3
  second_factors:
    - {kind: vaccination, name: reference, path: pre_enrollment_code, take: last, count: 14}
messengers:
  - {name: letters, uses: letters}
doors:
  - name: apisetu
    uses: apisetu
    kinds: [vaccination]
    may: [read, search, sign]
    settings:
      kind: vaccination
      identity_types: ../../schemas/vaccination/value-sets/identity-types.yaml
      answer_after_seconds: 0
      partners: [{actor: PARTNER, tells_mismatch: true}]
      public: {calls: 1000, factor: reference}
      status: {issuer: "did:web:credentials.example.in"}
"""


# What India says of holders; here it is otherwise.
OWN = re.compile(r"\nmessengers:\n.*?(?=\nsinks:)", re.DOTALL)


class Served(msgspec.Struct, frozen=True):
    """A house behind a server, a caller without a key, and all that comes out beside answers."""

    house: House
    client: httpx.Client
    log: io.StringIO
    spans: InMemorySpanExporter
    metrics: InMemoryMetricReader
    told: Mapping[str, str]
    folder: Path

    def letter_to(self, mobile: str) -> str:
        """Return the code of the last letter to a number; codes are sent behind the answer."""
        return last_code(self.folder, f"+91{mobile}")

    def said(self) -> str:
        """Return all log lines, spans and metrics as one text."""
        data = self.metrics.get_metrics_data()
        spans = [span.to_json() for span in self.spans.get_finished_spans()]
        return "\n".join([self.log.getvalue(), *spans, data.to_json() if data else ""])

    def key(self, *scopes: str) -> dict[str, str]:
        """Make a key with these scopes and return the header to send."""
        with self.house.store.begin() as work:
            text, _ = work.api_keys.create("test", frozenset(scopes))
        return {"Authorization": f"Bearer {text}"}


def _deployed(folder: Path) -> tuple[Path, Mapping[str, str]]:
    """Set the deployment up; one partner has to be known before the house is built."""
    deployment = copy_deployment(ROOT, "india", folder)
    file = deployment / "deployment.yaml"
    text = OWN.sub("\n", file.read_text(encoding="utf-8"))
    text = text.replace(
        "  - source-cowin\n", "  - source-cowin\n  - channel-apisetu\n  - apisetu-letters\n", 1
    )
    known = (
        "    - {uses: declared, settings: {type: ../../schemas/vaccination/divoc-v1/type.yaml}}\n"
    )
    assert known in text
    text = text.replace(known, known + known.replace("divoc-v1", "status-1"), 1)
    file.write_text(text, encoding="utf-8")
    write_texts(deployment, "said")
    generate_missing(deployment)
    with open_store(deployment) as store:
        store.upgrade()
        with store.begin() as work:
            key, made = work.api_keys.create("told", frozenset({"read:vaccination"}))
    number = f"apikey:{made.key_id}"
    file.write_text(text + DOORS.replace("PARTNER", number), encoding="utf-8")
    return deployment, {"Authorization": f"Bearer {key}"}


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The house of the session, behind a real server."""
    installed = tmp_path_factory.mktemp("installed")
    install_letters(installed, "apisetu-letters")
    monkeypatch = pytest.MonkeyPatch()
    monkeypatch.syspath_prepend(installed)
    folder, told = _deployed(tmp_path_factory.mktemp("apisetu"))
    log, spans, metrics = io.StringIO(), InMemorySpanExporter(), InMemoryMetricReader()
    room = TelemetryRoom(
        log_to=log, span_processors=[SimpleSpanProcessor(spans)], metric_readers=[metrics]
    )
    with (
        build_house(folder, telemetry=room.instruments) as house,
        serving(create_app(house)) as url,
        httpx.Client(base_url=url, timeout=60) as client,
    ):
        yield Served(house, client, log, spans, metrics, told, folder)
    room.close()
    monkeypatch.undo()


@pytest.fixture(scope="session")
def api(served: Served) -> dict[str, str]:
    """The header of a caller with DIVOC's role `api`."""
    return served.key("read:vaccination", "search:vaccination")


@pytest.fixture(scope="session")
def external(served: Served) -> dict[str, str]:
    """The header of a caller with DIVOC's role `arogyasetu`: only who is known by two things."""
    return served.key("read:vaccination")


@pytest.fixture(scope="session")
def certify(served: Served) -> Callable[..., str]:
    """Return a function that issues doses of a new person and returns the beneficiary id."""
    numbers = itertools.count(88_000_000_000_000)
    upstream = served.key("issue:vaccination")
    address = {"addressLine1": "1", "district": "Pune", "state": "Maharashtra", "pincode": 411001}

    def certified(*doses: int, of: int = 2, mobile: str = MOBILE, **changed: Any) -> str:
        code = changed.pop("code", None) or str(next(numbers))
        messages = [
            {
                "preEnrollmentCode": code,
                "recipient": {
                    "name": "Asha Namuna",
                    "dob": "1988-12-02",
                    "gender": "Female",
                    "nationality": "Indian",
                    "identity": "did:Passport:Z0000001",
                    "contact": [f"tel:{mobile}"],
                    "address": address,
                    **changed,
                },
                "vaccinator": {"name": "Vaccinator Namuna"},
                "facility": {"name": "Sample Health Centre", "address": address},
                "vaccination": {
                    "name": "COVISHIELD",
                    "batch": "SAMPLE8975",
                    "manufacturer": "Serum Institute of India",
                    "date": f"2021-{2 + 3 * dose:02d}-01T09:30:00+05:30",
                    "effectiveStart": "2021-06-01",
                    "effectiveUntil": "2031-06-01",
                    "dose": dose,
                    "totalDoses": of,
                },
            }
            for dose in doses
        ]
        url = "/v1/kinds/vaccination/records?wait=issued"
        for message in messages:
            answer = served.client.post(url, json=message, headers=upstream).json()
            assert answer["outcomes"][0]["state"] == "issued", answer
        return code

    return certified
