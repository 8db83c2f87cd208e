"""The same over PostgreSQL, which takes fewer texts than SQLite."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

pytestmark = pytest.mark.postgres
Caller = tuple[TestClient[Litestar], Mapping[str, str]]
URL = "/v1/kinds/vaccination/records?wait=issued"


def test_a_record_goes_the_whole_way(
    on_postgres: Caller, record: Callable[..., dict[str, Any]]
) -> None:
    client, key = on_postgres
    receipt = client.post(URL, json=record(), headers=key).json()
    number = receipt["outcomes"][0]["credential_id"]

    picture = client.get(f"/v1/credentials/{number}.png?px=700", headers=key)

    assert client.post("/v1/verify", content=picture.content).json()["verdict"] == "valid"


@pytest.mark.parametrize(
    "path", ["/v1/credentials/%00", "/v1/credentials/1%00.pdf", "/v1/submissions/1%00"]
)
def test_an_id_that_no_text_can_hold_is_not_there(on_postgres: Caller, path: str) -> None:
    client, key = on_postgres

    assert client.get(path, headers=key).status_code == 404


def test_no_value_of_a_record_or_a_search_is_a_fault(
    on_postgres: Caller, record: Callable[..., dict[str, Any]]
) -> None:
    client, key = on_postgres
    odd = [
        {**record(), "preEnrollmentCode": "a\x00b"},
        record(recipient={"name": "a\x00b"}),
        record(vaccination={"dose": 2**53 - 1}),
        record(vaccination={"dose": -1, "batch": "\uffff" * 100}),
        {"a\x00": "\x00"},
    ]
    wanted = {"key": {"pre_enrollment_code": "\x00", "vaccination.dose": 2**53 - 1}}

    answer = client.post(URL, json=odd, headers=key)
    found = client.post("/v1/kinds/vaccination/search", json=wanted, headers=key)

    assert answer.status_code == 200
    assert {outcome["state"] for outcome in answer.json()["outcomes"]} == {"refused"}
    assert found.json() == {"credentials": []}


def test_a_wrong_key_with_a_zero_byte_is_a_wrong_key(on_postgres: Caller) -> None:
    client, _ = on_postgres

    for text in ("mohar_a\x00_b", "mohar_aa_\x00", "\x00"):
        answer = client.get("/v1/credentials/1", headers={"X-API-Key": text})

        assert answer.status_code == 401
