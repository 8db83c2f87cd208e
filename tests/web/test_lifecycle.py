"""A credential is revoked, suspended and restored over HTTP, and everybody sees it at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from litestar import Litestar
from litestar.testing import TestClient

from mohar.assembly.house import House
from mohar.revoking.lapse import Lapse

Client = TestClient[Litestar]
Headers = Mapping[str, str]
RECORDS = "/v1/kinds/vaccination/records?wait=issued&formats=domestic"


@pytest.fixture(scope="module")
def key(key_for: Callable[..., Headers]) -> Headers:
    """The header of a caller who may issue, read and revoke."""
    return key_for("issue:vaccination", "read:vaccination", "revoke:vaccination")


@pytest.fixture
def issued(client: Client, key: Headers, record: Callable[..., Any]) -> dict[str, Any]:
    """One credential with its document."""
    (answer,) = client.post(RECORDS, json=record(), headers=key).json()["credentials"]
    return dict(answer)


@pytest.fixture
def number(issued: dict[str, Any]) -> str:
    return str(issued["credential_id"])


@pytest.fixture
def act(client: Client, key: Headers) -> Callable[..., httpx.Response]:
    """Return a function that asks for a change."""

    def asked(number: str, action: str, headers: Headers = key, **more: Any) -> httpx.Response:
        body = {"reason": "asked for"} | more
        url = f"/v1/credentials/{number}/{action}"
        return client.post(url, json=body, headers=headers)

    return asked


@pytest.fixture
def verdict(client: Client, issued: dict[str, Any]) -> Callable[[], str]:
    """Return a function that asks what the credential is worth now."""
    return lambda: str(client.post("/v1/verify", json=issued["credential"]).json()["verdict"])


Act = Callable[..., httpx.Response]
Verdict = Callable[[], str]
Keys = Callable[..., Headers]


def test_a_revoked_credential_is_revoked_for_good(act: Act, number: str, verdict: Verdict):
    first, again = act(number, "revoke"), act(number, "revoke")
    restored = act(number, "restore")

    assert (first.status_code, first.json()["result"]) == (200, "changed")
    assert (again.status_code, again.json()["result"]) == (200, "unchanged")
    assert (restored.status_code, restored.json()["code"]) == (409, "not-changeable")
    assert verdict() == "revoked"


def test_a_suspension_is_lifted(act: Act, number: str, verdict: Verdict):
    before = verdict()
    act(number, "suspend")
    between = verdict()
    act(number, "restore")

    assert [before, between, verdict()] == ["valid", "suspended", "valid"]


def test_a_suspension_lapses_by_itself(act: Act, number: str, house: House, verdict: Verdict):
    soon = datetime.now(UTC) + timedelta(milliseconds=300)
    assert act(number, "suspend", until=soon.isoformat()).status_code == 200
    assert verdict() == "suspended"
    while datetime.now(UTC) <= soon:
        pass

    # That of the house may rest, after a round in which nothing was over.
    assert Lapse(house.store, house.revoking, house.clock).run_once() >= 1
    assert verdict() == "valid"


def test_the_history_says_who_did_what_and_why(act: Act, client: Client, key: Headers, number: str):
    act(number, "suspend", reason="lost card")
    act(number, "revoke", reason="found in other hands")

    told = client.get(f"/v1/credentials/{number}/history", headers=key).json()

    steps = [(each["before"], each["after"], each["reason"]) for each in told["changes"]]
    assert told["state"] == "revoked"
    assert steps == [
        ("current", "suspended", "lost card"),
        ("suspended", "revoked", "found in other hands"),
    ]


@pytest.mark.parametrize(
    ("action", "more"),
    [
        ("revoke", {"reason": " "}),
        ("revoke", {"reason": 7}),
        ("revoke", {"reason": "x" * 2001}),
        ("revoke", {"until": "2030-01-01T00:00:00Z"}),
        ("suspend", {"until": "2020-01-01T00:00:00Z"}),
        ("suspend", {"until": "2030-01-01T00:00:00"}),
        ("suspend", {"until": "tomorrow"}),
    ],
)
def test_a_wish_that_makes_no_sense_is_refused(
    act: Act, number: str, action: str, more: dict[str, Any]
):
    answer = act(number, action, **more)

    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid-input"


def test_no_such_and_not_yours_look_the_same(act: Act, number: str, key_for: Keys):
    stranger = key_for("issue:vaccination")

    answers = [
        act(number, "revoke", stranger),
        act("404", "revoke", stranger),
        act("404", "revoke"),
    ]

    assert [each.status_code for each in answers] == [404, 404, 404]
    assert len({each.json()["detail"] for each in answers}) == 1


def test_who_may_only_read_is_told_that_it_may_not(act: Act, number: str, key_for: Keys):
    answer = act(number, "revoke", key_for("read:vaccination"))

    assert answer.status_code == 403
