"""The status of a credential is changed through the VC-API."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import httpx
import pytest
from litestar import Litestar
from litestar.testing import TestClient

Client = TestClient[Litestar]
Headers = Mapping[str, str]
RECORDS = "/v1/kinds/vaccination/records?wait=issued&formats=domestic"


@pytest.fixture(scope="module")
def key(key_for: Callable[..., Headers]) -> Headers:
    return key_for("issue:vaccination", "read:vaccination", "revoke:vaccination")


@pytest.fixture
def document(client: Client, key: Headers, record: Callable[..., Any]) -> dict[str, Any]:
    (answer,) = client.post(RECORDS, json=record(), headers=key).json()["credentials"]
    return dict(answer["credential"])


@pytest.fixture
def ask(client: Client, key: Headers) -> Callable[..., httpx.Response]:
    def asked(number: str, headers: Headers = key, **status: Any) -> httpx.Response:
        entry = {"type": "BitstringStatusListEntry", **status}
        body = {"credentialId": number, "credentialStatus": entry}
        return client.post("/credentials/status", json=body, headers=headers)

    return asked


Ask = Callable[..., httpx.Response]


def verdict(client: Client, document: dict[str, Any]) -> str:
    return str(client.post("/v1/verify", json=document).json()["verdict"])


def test_it_is_suspended_restored_and_revoked_by_its_own_id(
    client: Client, ask: Ask, document: dict[str, Any]
):
    told = []
    for status in (
        {"statusPurpose": "suspension"},
        {"statusPurpose": "suspension", "status": False},
        {"statusPurpose": "revocation", "status": True},
    ):
        assert ask(document["id"], **status).status_code == 200
        told.append(verdict(client, document))

    assert told == ["suspended", "valid", "revoked"]


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ({"statusPurpose": "revocation", "status": False}, 400),
        ({"statusPurpose": "refresh"}, 400),
        ({"statusPurpose": "suspension", "status": "yes"}, 400),
        # It was not suspended, so it is as wished.
        ({"statusPurpose": "suspension", "status": False}, 200),
    ],
)
def test_what_cannot_be_changes_nothing(
    client: Client, ask: Ask, document: dict[str, Any], status: dict[str, Any], code: int
):
    answer = ask(document["id"], **status)

    assert answer.status_code == code
    assert verdict(client, document) == "valid"


@pytest.mark.parametrize("number", ["", "0", "https://other.example/1", "#", "/", "\x00"])
def test_of_a_credential_that_is_not_there_nothing_is_told(ask: Ask, number: str):
    assert ask(number, statusPurpose="revocation").status_code == 404


def test_it_needs_the_scope(ask: Ask, document: dict[str, Any], key_for: Callable[..., Headers]):
    answer = ask(document["id"], key_for("read:vaccination"), statusPurpose="revocation")

    assert answer.status_code == 403


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"\xff", b"[" * 5_000])
def test_what_is_no_such_request_is_a_400(client: Client, key: Headers, body: bytes):
    assert client.post("/credentials/status", content=body, headers=key).status_code == 400
