"""Campaigns over HTTP: proposed by one key, approved by another, and refused in plain words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import httpx
import pytest
from litestar import Litestar
from litestar.testing import TestClient

from mohar.assembly.house import House

Client = TestClient[Litestar]
Headers = Mapping[str, str]
Make = Callable[..., dict[str, Any]]
RECORDS = "/v1/kinds/vaccination/records?wait=issued&formats=domestic"


@pytest.fixture(scope="module")
def proposer(key_for: Callable[..., Headers]) -> Headers:
    return key_for("revoke:vaccination", "correct:vaccination", "approve", "read")


@pytest.fixture(scope="module")
def approver(key_for: Callable[..., Headers]) -> Headers:
    return key_for("approve:vaccination")


@pytest.fixture
def issue(client: Client, key: Headers, record: Make) -> Callable[[str], dict[str, Any]]:
    """Return a function that issues a credential of a batch."""

    def issued(batch: str) -> dict[str, Any]:
        sent = record(vaccination={"batch": batch})
        (answer,) = client.post(RECORDS, json=sent, headers=key).json()["credentials"]
        return dict(answer)

    return issued


@pytest.fixture
def work(house: House) -> Callable[[], None]:
    """Return a function that does what a worker does of campaigns."""

    def done() -> None:
        while house.campaigner.run_once() or house.drain.run_once():
            pass

    return done


@pytest.fixture
def propose(client: Client, proposer: Headers) -> Callable[..., httpx.Response]:
    """Return a function that proposes."""

    def asked(what: str = "revocations", **more: Any) -> httpx.Response:
        body = {"kind": "vaccination", "reason": "recalled by its maker"} | more
        return client.post(f"/v1/bulk/{what}", json=body, headers=proposer)

    return asked


def verdict(client: Client, issued: dict[str, Any]) -> str:
    return str(client.post("/v1/verify", json=issued["credential"]).json()["verdict"])


class TestRevocations:
    def test_a_batch_is_suspended_at_once_and_restored_by_an_undo(
        self,
        client: Client,
        issue: Callable[[str], dict[str, Any]],
        propose: Callable[..., httpx.Response],
        proposer: Headers,
        approver: Headers,
        work: Callable[[], None],
    ) -> None:
        hit, other = issue("4120Z018"), issue("4120Z019")
        kept = propose(selection={"where": {"vaccination.batch": "4120Z018"}})
        url = kept.headers["location"]
        work()
        shown = client.get(url, headers=approver).json()
        approved = client.post(f"{url}/approve", headers=approver)
        work()
        between = [verdict(client, each) for each in (hit, other)]
        items = client.get(f"{url}/items?state=changed", headers=approver).json()["items"]
        undone = client.post(f"{url}/undo", headers=proposer)
        work()

        assert (kept.status_code, kept.json()["count"], shown["count"]) == (202, None, 1)
        assert shown["selection"]["where"] == {"vaccination.batch": "4120Z018"}
        assert (approved.status_code, approved.json()["state"]) == (200, "applying")
        assert between == ["suspended", "valid"]
        assert [each["credential_id"] for each in items] == [hit["credential_id"]]
        assert (undone.status_code, undone.json()["state"]) == (200, "undoing")
        assert verdict(client, hit) == "valid"

    def test_listed_ids_are_paused_and_resumed(
        self,
        client: Client,
        issue: Callable[[str], dict[str, Any]],
        propose: Callable[..., httpx.Response],
        approver: Headers,
        work: Callable[[], None],
    ) -> None:
        one = issue("L1")
        url = propose(action="suspend", ids=[one["credential_id"]]).headers["location"]
        work()
        client.post(f"{url}/approve", headers=approver)
        paused = client.post(f"{url}/pause", headers=approver).json()
        work()
        resting = verdict(client, one)
        client.post(f"{url}/resume", headers=approver)
        work()

        assert (paused["paused"], resting, verdict(client, one)) == (True, "valid", "suspended")

    def test_a_reissue_takes_the_place_of_the_one_before(
        self,
        client: Client,
        issue: Callable[[str], dict[str, Any]],
        propose: Callable[..., httpx.Response],
        approver: Headers,
        work: Callable[[], None],
    ) -> None:
        one = issue("R1")
        kept = propose("reissues", selection={"where": {"vaccination.batch": "R1"}})
        work()
        client.post(f"{kept.headers['location']}/approve", headers=approver)
        work()

        done = client.get(kept.headers["location"], headers=approver).json()
        assert (done["state"], done["items"]) == ("done", {"issued": 1})
        assert verdict(client, one) == "superseded"


class TestRefusals:
    def test_who_proposed_may_not_approve(
        self,
        client: Client,
        propose: Callable[..., httpx.Response],
        proposer: Headers,
        work: Callable[[], None],
    ) -> None:
        kept = propose(ids=["1234"])
        work()

        answer = client.post(f"{kept.headers['location']}/approve", headers=proposer)

        assert (answer.status_code, answer.json()["code"]) == (403, "four-eyes")
        assert answer.headers["content-type"] == "application/problem+json"

    def test_who_may_only_approve_may_not_propose(self, client: Client, approver: Headers) -> None:
        asked = {"kind": "vaccination", "reason": "r"}

        answers = [
            client.post(f"/v1/bulk/{what}", json=asked, headers=approver)
            for what in ("revocations", "reissues")
        ]

        assert [each.status_code for each in answers] == [403, 403]

    def test_without_a_kind_the_scope_has_to_be_for_all(
        self, propose: Callable[..., httpx.Response]
    ) -> None:
        assert propose(kind=None, ids=["1234"]).status_code == 403

    def test_before_the_count_there_is_nothing_to_approve(
        self, client: Client, propose: Callable[..., httpx.Response], approver: Headers
    ) -> None:
        url = propose(ids=["1234"]).headers["location"]

        answer = client.post(f"{url}/approve", headers=approver)

        assert (answer.status_code, answer.json()["code"]) == (409, "campaign-state")

    @pytest.mark.parametrize("path", ["nosuch", "a%00b", "..%2f", "x" * 300])
    @pytest.mark.parametrize("verb", ["", "/items", "/approve", "/pause", "/resume", "/undo"])
    def test_what_is_not_there_is_a_404(
        self, client: Client, approver: Headers, path: str, verb: str
    ) -> None:
        method = "GET" if verb in {"", "/items"} else "POST"

        answer = client.request(method, f"/v1/bulk/{path}{verb}", headers=approver)

        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"

    @pytest.mark.parametrize(
        "more",
        [
            {"reason": " "},
            {"reason": 7},
            {"action": "correct"},
            {"action": "reissue"},
            {"ids": []},
            {"ids": ["../x"]},
            {"ids": "1"},
            {"until": "2030-01-01T00:00:00Z"},
            {"action": "suspend", "until": "2001-01-01T00:00:00Z"},
            {"action": "suspend", "until": "2099-01-01T00:00:00"},
            {"selection": {"state": "lost"}},
            {"selection": {"revision": 2**80}},
            {"selection": {"revision": 0}},
            {"selection": {"key_id": "a\0b"}},
            {"selection": {"key_id": ""}},
            {"selection": {"where": {"a": None}}},
            {"selection": {"where": {"a": {"b": 1}}}},
            {"selection": {"where": {str(number): "x" for number in range(50)}}},
            {"selection": {"issued_from": "0001-01-01T00:00:00+14:00"}},
            {"selection": {"issued_from": "2026-01-01T00:00:00"}},
            {"selection": {"sql": "1=1"}},
            {"more": 1},
        ],
    )
    def test_what_makes_no_sense_is_a_400_that_repeats_no_value(
        self, propose: Callable[..., httpx.Response], more: dict[str, Any]
    ) -> None:
        answer = propose(**more)

        assert answer.status_code == 400
        assert answer.headers["content-type"] == "application/problem+json"
        assert not any(each in answer.text for each in ("1=1", "../x", "lost", "sql"))

    @pytest.mark.parametrize("body", ["", "[]", "null", "{", '{"reason":"\\ud800"}', "[[[["])
    def test_what_is_no_proposal_is_a_400(
        self, client: Client, proposer: Headers, body: str
    ) -> None:
        answer = client.post("/v1/bulk/revocations", content=body, headers=proposer)

        assert answer.status_code == 400

    def test_an_unknown_kind_is_a_404(self, propose: Callable[..., httpx.Response]) -> None:
        assert propose(kind="nosuch").status_code == 404

    @pytest.mark.parametrize("query", ["after=x", "after=-1", f"after={2**70}", "state=x"])
    def test_a_page_that_there_is_not_is_a_400(
        self, client: Client, propose: Callable[..., httpx.Response], approver: Headers, query: str
    ) -> None:
        url = propose(ids=["1234"]).headers["location"]

        assert client.get(f"{url}/items?{query}", headers=approver).status_code == 400

    def test_the_list_holds_what_the_caller_may_see(
        self,
        client: Client,
        propose: Callable[..., httpx.Response],
        approver: Headers,
        key: Headers,
    ) -> None:
        number = propose(ids=["1234"]).json()["id"]

        lists = [
            client.get("/v1/bulk", headers=headers).json()["campaigns"]
            for headers in (approver, key)
        ]

        assert number in {each["id"] for each in lists[0]}
        assert lists[1] == []
