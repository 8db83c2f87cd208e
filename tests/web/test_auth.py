"""Nothing that issues or shows a credential is open."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute
from litestar.testing import TestClient

from mohar.access.known_keys import KNOWN_SECONDS
from mohar.assembly.house import House

Client = TestClient[Litestar]
Headers = Mapping[str, str]
Make = Callable[..., dict[str, Any]]
RECORDS = "/v1/kinds/vaccination/records"
SEARCH = "/v1/kinds/vaccination/search"
UNKNOWN_KEY = f"mohar_0123456789ab_{'A' * 43}"

# Whoever adds an open operation says so here.
OPEN = {
    ("GET", "/v1/kinds"),
    ("GET", "/v1/kinds/{kind}/schema"),
    ("POST", "/v1/verify"),
    ("POST", "/credentials/verify"),
    ("POST", "/presentations/verify"),
    ("GET", "/contexts/{name}"),
    ("GET", "/.well-known/did.json"),
    ("GET", "/.well-known/jwks.json"),
    ("GET", "/v1/trust"),
    ("POST", "/divoc/api/v1/certificate/revoked"),
    ("POST", "/cert/api/certificate/revoked"),
    ("GET", "/divoc/api/v1/ping"),
    ("GET", "/v1/status/{list_id}"),
    ("GET", "/v1/status/snapshot"),
    ("GET", "/.well-known/crl/{name}"),
    ("GET", "/health"),
    ("GET", "/health/live"),
    ("GET", "/health/ready"),
    ("GET", "/"),
    ("GET", "/verify"),
    ("GET", "/verify.js"),
    ("GET", "/pages.css"),
    ("GET", "/holder"),
    ("GET", "/holder.js"),
    ("GET", "/holder.css"),
    ("GET", "/holder/texts.json"),
    ("POST", "/v1/holder/codes"),
    ("GET", "/docs"),
    ("GET", "/openapi.json"),
    ("GET", "/openapi.json/openapi.json"),
    ("GET", "/openapi.json/{path}"),
}
# The link itself is the key: random, for a while, and made by a holder who was let in.
BY_LINK = {
    ("GET", "/s/{link}"),
    ("GET", "/s/{link}/certificate.pdf"),
    ("GET", "/s/{link}/code.png"),
}
# Whoever comes without a good code is told 400 or 401 by the body alone.
BY_CODE = {("POST", "/v1/holder/sessions")}


def operations(app: Litestar) -> Iterator[tuple[str, str]]:
    """Every method and path that the application answers, OPTIONS aside."""
    for route in app.routes:
        assert isinstance(route, HTTPRoute)
        for method in route.methods - {"OPTIONS"}:
            yield method, route.path_format


def filled(path: str) -> str:
    return re.sub(r"\{\w+\}", "1", path)


class TestEveryRoute:
    def test_it_needs_a_key_unless_it_is_known_to_be_open(
        self, app: Litestar, client: Client
    ) -> None:
        closed = {
            (method, path)
            for method, path in operations(app)
            if client.request(method, filled(path)).status_code == 401
        }

        assert set(operations(app)) - closed == OPEN | BY_LINK | BY_CODE
        assert ("POST", "/divoc/api/v3/certify") in closed
        assert ("GET", "/v1/credentials/{name}") in closed

    def test_no_key_is_asked_before_anything_else_of_a_request_is_read(
        self, client: Client
    ) -> None:
        """
        A caller we do not know learns nothing of what else is wrong.
        """
        answers = [
            client.post(f"{RECORDS}?wait=nonsense", content=b"[" * 1000),
            client.get("/v1/credentials/1.exe?px=nonsense"),
            client.post("/v1/kinds/nothing/search", content=b""),
            client.post(RECORDS, content=b"x" * 6_000_000),
        ]

        assert [answer.status_code for answer in answers] == [401] * len(answers)

    @pytest.mark.parametrize(
        "sent",
        [
            {},
            {"Authorization": ""},
            {"Authorization": "Bearer"},
            {"Authorization": "Bearer "},
            {"Authorization": "Bearer nonsense"},
            {"Authorization": f"Bearer {UNKNOWN_KEY}"},
            {"Authorization": f"Basic {UNKNOWN_KEY}"},
            {"Authorization": "Bearer mohar_\xff_\xff".encode("latin-1")},
            {"Authorization": "Bearer mohar__"},
            {"Authorization": f"Bearer mohar_{'1' * 5000}_x"},
            {"X-API-Key": UNKNOWN_KEY},
        ],
        ids=str,
    )
    def test_no_other_key_opens(self, client: Client, sent: dict[str, Any]) -> None:
        answer = client.get("/v1/credentials/1", headers=sent)

        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == 'Bearer realm="mohar"'
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["code"] == "not-authenticated"


class TestKeys:
    def test_both_headers_and_any_case_will_do(self, client: Client, key: Headers) -> None:
        text = key["Authorization"].removeprefix("Bearer ")

        for sent in ({"X-API-Key": text}, {"authorization": f"bearer  {text}"}):
            assert client.get("/v1/credentials/1", headers=sent).status_code == 404

    def test_half_a_key_is_none(self, client: Client, key: Headers) -> None:
        for wrong in (key["Authorization"][:-1], f"{key['Authorization']}A"):
            sent = {"Authorization": wrong}

            assert client.get("/v1/credentials/1", headers=sent).status_code == 401

    def test_a_revoked_key_is_worthless_once_nobody_remembers_it(
        self,
        client: Client,
        key_for: Callable[..., Headers],
        house: House,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """
        A process that was just asked remembers a key for `KNOWN_SECONDS`, and no longer.
        """
        sent = key_for("read")
        before = client.get("/v1/credentials/1", headers=sent)
        with house.store.begin() as work:
            work.api_keys.revoke(sent["Authorization"].split("_")[1])

        later = time.monotonic() + KNOWN_SECONDS
        monkeypatch.setattr(house.callers._keys, "_seconds_now", lambda: later)
        after = client.get("/v1/credentials/1", headers=sent)

        assert (before.status_code, after.status_code) == (404, 401)

    def test_an_expired_key_is_worthless(
        self, client: Client, key_for: Callable[..., Headers], house: House
    ) -> None:
        sent = key_for("read", expires_at=house.clock() - timedelta(seconds=1))

        assert client.get("/v1/credentials/1", headers=sent).status_code == 401


class TestCallersWithoutScopes:
    def test_no_closed_route_gives_anything_to_a_known_caller_without_a_scope(
        self, app: Litestar, client: Client, key_for: Callable[..., Headers]
    ) -> None:
        """
        A key alone opens nothing: 403, 404, or what is wrong with the request, and no content.
        """
        nobody = key_for()

        answers = {
            (method, path): client.request(method, filled(path), headers=nobody)
            for method, path in sorted(set(operations(app)) - OPEN)
        }

        opened = {each: answer.text for each, answer in answers.items() if answer.is_success}
        assert all(answer.status_code < 500 for answer in answers.values())
        # A list of what the caller may see is there, and empty.
        assert opened == {("GET", "/v1/bulk"): '{"campaigns":[]}'}


class TestScopes:
    def test_who_may_only_read_cannot_issue_or_search(
        self, client: Client, key_for: Callable[..., Headers], record: Make
    ) -> None:
        reader = key_for("read:vaccination")

        answers = [
            client.post(RECORDS, json=record(), headers=reader),
            client.post("/divoc/api/v2/certify", json=[record()], headers=reader),
            client.post(SEARCH, json={"key": {}}, headers=reader),
        ]

        assert [answer.status_code for answer in answers] == [403, 403, 403]
        assert {answer.json()["code"] for answer in answers} == {"not-permitted"}

    def test_who_may_not_read_is_told_that_there_is_nothing(
        self, client: Client, key_for: Callable[..., Headers], credential_id: str
    ) -> None:
        """
        "No such credential" and "not yours" are one answer.
        """
        stranger = key_for("issue", "search", "read:diploma")

        theirs = client.get(f"/v1/credentials/{credential_id}.json", headers=stranger)
        nothing = client.get("/v1/credentials/1.json", headers=stranger)

        assert theirs.status_code == nothing.status_code == 404
        assert theirs.json() == nothing.json()

    @pytest.mark.parametrize("scope", ["read", "read:vaccination", "*"])
    def test_a_scope_for_all_kinds_or_this_one_reads(
        self, client: Client, key_for: Callable[..., Headers], credential_id: str, scope: str
    ) -> None:
        answer = client.get(f"/v1/credentials/{credential_id}", headers=key_for(scope))

        assert answer.status_code == 200

    @pytest.mark.parametrize(
        ("scope", "status"),
        [("issue", 202), ("issue:vaccination", 202), ("*", 202), ("issue:diploma", 403), ("", 403)],
    )
    def test_a_scope_for_all_kinds_or_this_one_issues(
        self,
        client: Client,
        key_for: Callable[..., Headers],
        record: Make,
        scope: str,
        status: int,
    ) -> None:
        assert client.post(RECORDS, json=record(), headers=key_for(scope)).status_code == status

    def test_whoever_issues_gets_what_was_issued_without_being_able_to_read(
        self, client: Client, key_for: Callable[..., Headers], record: Make
    ) -> None:
        """
        The caller sent that very record; nothing else of anybody is shown.
        """
        issuer = key_for("issue:vaccination")

        answer = client.post(f"{RECORDS}?wait=issued", json=record(), headers=issuer)

        number = answer.json()["outcomes"][0]["credential_id"]
        assert {each["credential_id"] for each in answer.json()["credentials"]} == {number}
        assert client.get(f"/v1/credentials/{number}", headers=issuer).status_code == 404
