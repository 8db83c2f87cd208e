"""A thousand lockers pull a thousand certificates at the same moment (long tier)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import quoteattr

import anyio
import httpx
import pytest

from mohar.testing.postgres import PostgresMissing, PostgresServer, postgres_server

LOCKERS = 1_000
FIRST = 88_000_000_000_000


@pytest.fixture
def postgres() -> Iterator[PostgresServer]:
    """A server of this test's own."""
    try:
        with postgres_server() as server:
            yield server
    except PostgresMissing as missing:
        pytest.skip(str(missing))


@pytest.mark.long
def test_a_thousand_pulls_at_once_all_get_their_certificate(
    serve: Callable[..., Any], records: list[dict[str, Any]], postgres: PostgresServer
) -> None:
    served = serve(_two_processes, postgres.database())
    people = [{**records[0], "preEnrollmentCode": str(FIRST + n)} for n in range(LOCKERS)]
    with served.client() as client:
        client.timeout = httpx.Timeout(300)
        sent = client.post("/v1/kinds/vaccination/records?wait=issued", json=people)
        assert Counter(each["state"] for each in sent.json()["outcomes"]) == {"issued": LOCKERS}

    answers = anyio.run(_all_at_once, served, people)

    assert Counter(status for status, _ in answers) == {200: LOCKERS}
    assert all('Status="1"' in text and "<DocContent>" in text for _, text in answers)
    assert "web.fault" not in served.log.read_text(encoding="utf-8")


def _two_processes(text: str) -> str:
    return f"{text}\nweb: {{processes: 2}}\n"


async def _all_at_once(served: Any, people: list[dict[str, Any]]) -> list[tuple[int, str]]:
    answers: list[tuple[int, str]] = []
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)

    async def pull(client: httpx.AsyncClient, number: int, person: dict[str, Any]) -> None:
        body = _request(served.digilocker, number, person)
        digest = hmac.digest(served.digilocker, body, "sha256")
        headers = {
            "content-type": "application/xml",
            "x-digilocker-hmac": base64.b64encode(digest).decode(),
        }
        answer = await client.post("/digilocker/pull-uri", content=body, headers=headers)
        answers.append((answer.status_code, answer.text))

    async with (
        httpx.AsyncClient(base_url=served.url, limits=limits, timeout=900) as client,
        anyio.create_task_group() as tasks,
    ):
        for number, person in enumerate(people):
            tasks.start_soon(pull, client, number, person)
    return answers


def _request(key: bytes, number: int, person: dict[str, Any]) -> bytes:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    key_hash = hashlib.sha256(key + now.encode()).hexdigest()
    said = {"ver": "3.0", "ts": now, "txn": f"t{number}", "orgId": "in.gov.dept"}
    said |= {"format": "pdf", "keyhash": key_hash}
    attributes = " ".join(f"{name}={quoteattr(value)}" for name, value in said.items())
    mobile = person["recipient"]["contact"][0].removeprefix("tel:")
    details = {
        "DocType": "VACER",
        "DigiLockerId": f"0a1b2c3d-0000-4000-8000-{number:012d}",
        "tracking_id": person["preEnrollmentCode"],
        "Mobile": mobile,
    }
    below = "".join(f"<{name}>{value}</{name}>" for name, value in details.items())
    return (
        f"<PullURIRequest {attributes}><DocDetails>{below}</DocDetails></PullURIRequest>".encode()
    )
