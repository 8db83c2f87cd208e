"""DIVOC's update, revoke and "is it revoked?", at a house that serves them."""

from __future__ import annotations

import copy
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
DIVOC = "/divoc/api"
RECORDS = "/v1/kinds/vaccination/records?wait=issued&formats=domestic"


@pytest.fixture(scope="module")
def key(key_for: Callable[..., Headers]) -> Headers:
    """The header of the source."""
    return key_for(
        *(f"{may}:vaccination" for may in ("issue", "read", "search", "correct", "revoke"))
    )


@pytest.fixture
def issue(client: Client, key: Headers) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Issue one record; return its number and its document."""

    def issued(message: dict[str, Any]) -> dict[str, Any]:
        answer = client.post(RECORDS, json=message, headers=key)
        assert answer.status_code == 201, answer.json()
        return dict(answer.json()["credentials"][0])

    return issued


Issue = Callable[[dict[str, Any]], dict[str, Any]]


def dose(message: dict[str, Any], number: int) -> dict[str, Any]:
    """The message of another dose of the same person."""
    other = copy.deepcopy(message)
    other["vaccination"] |= {"dose": number, "date": f"2021-0{5 + number}-01T09:30:00+05:30"}
    return other


def renamed(message: dict[str, Any], name: str) -> dict[str, Any]:
    other = copy.deepcopy(message)
    other["recipient"]["name"] = name
    return other


@pytest.fixture
def update(client: Client, key: Headers, house: House) -> Callable[..., httpx.Response]:
    """Ask for an update, and let a worker do what was taken."""

    def asked(*messages: Any, version: str = "v3", headers: Headers = key) -> httpx.Response:
        url = f"{DIVOC}/{version}/certificate"
        answer = client.put(url, json=list(messages), headers=headers)
        while house.drain.run_once():
            pass
        return answer

    return asked


Update = Callable[..., httpx.Response]


class TestUpdate:
    @pytest.mark.parametrize("version", ["v1", "v3"])
    def test_the_newest_certificate_of_the_dose_is_superseded(
        self, client: Client, key: Headers, record: Make, issue: Issue, update: Update, version: str
    ):
        message = record()
        first = issue(message)["credential_id"]
        answer = update(renamed(message, "Asha Rao"), version=version)
        (item,) = answer.json()["items"]
        history = client.get(f"/v1/credentials/{first}/history", headers=key).json()

        assert (answer.status_code, item["state"]) == (200, "waiting")
        assert history["state"] == "superseded"
        assert history["superseded_by"] not in {None, first}

    def test_beyond_the_limit_it_is_a_412_and_nothing_is_taken(
        self, client: Client, key: Headers, record: Make, issue: Issue, update: Update
    ):
        twice, fresh = record(), record()
        issue(twice)
        second = issue(fresh)["credential_id"]
        update(renamed(twice, "Asha Rao"))
        answer = update(renamed(fresh, "Asha Devi"), renamed(twice, "Asha Gupta"))

        assert answer.status_code == 412
        assert [(each["code"], each["where"]) for each in answer.json()["findings"]] == [
            ("correction-limit", "1")
        ]
        state = client.get(f"/v1/credentials/{second}/history", headers=key).json()["state"]
        assert state == "current"

    def test_what_was_never_certified_is_a_412(self, record: Make, update: Update):
        answer = update(record(), {"preEnrollmentCode": 7}, {})

        assert answer.status_code == 412
        assert [each["where"] for each in answer.json()["findings"]] == ["0", "1", "2"]

    def test_a_wrong_message_is_a_400_that_names_its_field(
        self, record: Make, issue: Issue, update: Update
    ):
        message = record()
        issue(message)
        answer = update(renamed(message, ""))

        assert answer.status_code == 400
        assert answer.json()["findings"][0]["where"].startswith("0.recipient")

    def test_a_revoked_certificate_can_be_certified_again_by_it(
        self, client: Client, key: Headers, record: Make, issue: Issue, update: Update
    ):
        message = record()
        first = issue(message)["credential_id"]
        client.delete(
            f"{DIVOC}/v1/certificates/{message['preEnrollmentCode']}?allDoses=true", headers=key
        )
        answer = update(renamed(message, "Asha Rao"))
        history = client.get(f"/v1/credentials/{first}/history", headers=key).json()
        wanted = {"pre_enrollment_code": message["preEnrollmentCode"], "vaccination.dose": 1}
        found = client.post("/v1/kinds/vaccination/search", json={"key": wanted}, headers=key)

        assert answer.status_code == 200
        assert history["state"] == "revoked"
        assert {each["credential_id"] for each in found.json()["credentials"]} - {first}

    def test_who_may_only_issue_may_not_update(
        self, record: Make, update: Update, key_for: Callable[..., Headers]
    ):
        assert update(record(), headers=key_for("issue:vaccination")).status_code == 403

    @pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"[1]", b"\xff", b"[" * 10_000])
    def test_a_body_that_is_no_array_of_messages_is_a_400(
        self, client: Client, key: Headers, body: bytes
    ):
        answer = client.put(f"{DIVOC}/v1/certificate", content=body, headers=key)

        assert answer.status_code == 400


class TestRevoke:
    @pytest.fixture
    def doses(self, record: Make, issue: Issue) -> tuple[str, list[str]]:
        """A person with two doses: the code, and the number of each certificate."""
        message = record()
        numbers = [issue(dose(message, each))["credential_id"] for each in (1, 2)]
        return message["preEnrollmentCode"], numbers

    @pytest.fixture
    def states(self, client: Client, key: Headers) -> Callable[[list[str]], list[str]]:
        return lambda numbers: [
            client.get(f"/v1/credentials/{each}/history", headers=key).json()["state"]
            for each in numbers
        ]

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("doses=2", ["current", "revoked"]),
            ("doses=2&doses=1", ["revoked", "revoked"]),
            ("allDoses=true", ["revoked", "revoked"]),
            ("doses=2&doses=3", ["current", "revoked"]),
        ],
    )
    def test_the_latest_doses_are_revoked(
        self,
        client: Client,
        key: Headers,
        doses: tuple[str, list[str]],
        states: Callable[[list[str]], list[str]],
        query: str,
        expected: list[str],
    ):
        code, numbers = doses
        answer = client.delete(f"{DIVOC}/v1/certificates/{code}?{query}", headers=key)

        assert answer.status_code == 200
        assert states(numbers) == expected

    @pytest.mark.parametrize(
        ("query", "status"),
        [
            ("", 400),
            ("doses=1", 400),
            ("doses=1&doses=3", 400),
            ("doses=x", 400),
            ("doses=-1", 400),
            ("doses=²", 400),
            ("allDoses=false", 400),
        ],
    )
    def test_other_doses_are_refused_and_nothing_changes(
        self,
        client: Client,
        key: Headers,
        doses: tuple[str, list[str]],
        states: Callable[[list[str]], list[str]],
        query: str,
        status: int,
    ):
        code, numbers = doses
        answer = client.delete(f"{DIVOC}/v1/certificates/{code}?{query}", headers=key)

        assert answer.status_code == status
        assert states(numbers) == ["current", "current"]

    def test_who_has_no_certificate_is_a_404(self, client: Client, key: Headers):
        answer = client.delete(f"{DIVOC}/v1/certificates/0?allDoses=true", headers=key)

        assert answer.status_code == 404

    def test_it_needs_its_own_scope(self, client: Client, key_for: Callable[..., Headers]):
        headers = key_for("issue:vaccination", "correct:vaccination")
        answer = client.delete(f"{DIVOC}/v1/certificates/0?allDoses=true", headers=headers)

        assert answer.status_code == 403


class TestIsRevoked:
    def asked(self, client: Client, document: Any) -> int:
        answer = client.post(f"{DIVOC}/v1/certificate/revoked", json=document)
        return answer.status_code

    def test_404_it_is_not_and_200_it_is(
        self, client: Client, key: Headers, record: Make, issue: Issue
    ):
        issued = issue(record())
        before = self.asked(client, issued["credential"])
        url = f"/v1/credentials/{issued['credential_id']}/revoke"
        client.post(url, json={"reason": "a test"}, headers=key)

        assert [before, self.asked(client, issued["credential"])] == [404, 200]

    def test_both_paths_answer_alike(self, client: Client, record: Make, issue: Issue):
        document = issue(record())["credential"]

        assert client.post("/cert/api/certificate/revoked", json=document).status_code == 404
        assert client.post("/cert/api/certificate/revoked", json={}).status_code == 400

    def test_an_updated_one_is_revoked_as_well(
        self, client: Client, record: Make, issue: Issue, update: Update
    ):
        message = record()
        issued = issue(message)
        update(renamed(message, "Asha Rao"))

        assert self.asked(client, issued["credential"]) == 200

    def test_a_member_that_was_changed_leads_to_no_answer(
        self, client: Client, record: Make, issue: Issue
    ):
        """
        What the original asked with, the holder could change.
        """
        document = issue(record())["credential"]
        document["credentialStatus"]["statusListIndex"] = "1"

        assert self.asked(client, document) == 400

    @pytest.mark.parametrize("document", [None, {}, [], "x", {"type": "VerifiableCredential"}])
    def test_what_is_no_certificate_is_a_400(self, client: Client, document: Any):
        assert self.asked(client, document) == 400


def test_ping_answers_everybody(client: Client):
    assert client.get(f"{DIVOC}/v1/ping").status_code == 200
