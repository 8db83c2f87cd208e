"""Which bodies are issued is chosen over HTTP, and one is added to a credential later."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from litestar import Litestar
from litestar.testing import TestClient

from mohar.assembly.house import House
from mohar.store.tables import credential

Client = TestClient[Litestar]
Headers = Mapping[str, str]
Make = Callable[..., dict[str, Any]]
RECORDS = "/v1/kinds/vaccination/records?wait=issued"
LATIN = {"latinName": {"family": "NAMUNA", "given": "ASHA"}}


@pytest.fixture
def number(client: Client, key: Headers, record: Make) -> str:
    """A credential for use at home whose record has all that a border wants."""
    given = record(recipient=LATIN)
    answer = client.post(f"{RECORDS}&formats=domestic", json=given, headers=key).json()
    return str(answer["outcomes"][0]["credential_id"])


@pytest.fixture
def add(client: Client, key: Headers) -> Callable[..., httpx.Response]:
    """Return a function that asks for formats of a credential."""

    def asked(number: str, *formats: str, headers: Headers = key) -> httpx.Response:
        url = f"/v1/credentials/{number}/bodies"
        return client.post(url, json={"formats": formats}, headers=headers)

    return asked


Add = Callable[..., httpx.Response]


class TestChoosing:
    def test_only_the_bodies_named_are_issued(
        self, client: Client, key: Headers, record: Make
    ) -> None:
        given = record(recipient=LATIN)

        answer = client.post(f"{RECORDS}&formats=eu,ld", json=given, headers=key)

        names = ["domestic", "international", "eu"]
        assert answer.status_code == 201
        assert [each["body"] for each in answer.json()["credentials"]] == names
        assert [each["name"] for each in answer.json()["outcomes"][0]["bodies"]] == names

    def test_no_name_means_all(self, client: Client, key: Headers, record: Make) -> None:
        given = record(recipient=LATIN)

        answer = client.post(f"{RECORDS}&formats=", json=given, headers=key)

        assert len(answer.json()["credentials"]) == 6

    def test_an_unknown_name_is_400_with_all_there_are_and_is_not_repeated(
        self, client: Client, key: Headers, record: Make
    ) -> None:
        answer = client.post(f"{RECORDS}&formats=eu,Asha", json=record(), headers=key)

        assert (answer.status_code, answer.json()["code"]) == (400, "invalid-input")
        assert "at place 2: its bodies are domestic, international, eu" in answer.json()["detail"]
        assert "Asha" not in answer.text

    def test_the_same_key_with_other_formats_is_a_conflict(
        self, client: Client, key: Headers, record: Make
    ) -> None:
        given, headers = record(), {**key, "Idempotency-Key": "formats-1"}
        url = "/v1/kinds/vaccination/records"
        first = client.post(f"{url}?formats=domestic", json=given, headers=headers)

        again = client.post(f"{url}?formats=domestic", json=given, headers=headers)
        other = client.post(f"{url}?formats=ld", json=given, headers=headers)
        none = client.post(url, json=given, headers=headers)

        assert [each.status_code for each in (first, again, other, none)] == [202, 202, 409, 409]
        assert again.json()["submission_id"] == first.json()["submission_id"]

    def test_a_known_record_tells_where_a_body_is_added(
        self, client: Client, key: Headers, record: Make
    ) -> None:
        given = record(recipient=LATIN)
        client.post(f"{RECORDS}&formats=domestic", json=given, headers=key)

        answer = client.post(f"{RECORDS}&formats=eu", json=given, headers=key)

        (outcome,) = answer.json()["outcomes"]
        (finding,) = outcome["findings"]
        assert (answer.status_code, outcome["state"]) == (201, "known")
        assert (finding["code"], finding["body"]) == ("issued-without", "eu")


class TestAdding:
    def test_201_with_the_signed_body_and_200_with_the_same_one_after(
        self, add: Add, number: str
    ) -> None:
        first, again = add(number, "eu"), add(number, "eu")

        (issued,) = first.json()["credentials"]
        assert (first.status_code, again.status_code) == (201, 200)
        assert first.json()["bodies"] == [{"name": "eu", "issued": True, "findings": []}]
        assert (issued["credential_id"], issued["revision"], issued["body"]) == (number, 1, "eu")
        assert again.json() == first.json()

    def test_it_is_fetched_and_verified_like_any_other(
        self, client: Client, key: Headers, add: Add, number: str
    ) -> None:
        add(number, "eu")

        url = f"/v1/credentials/{number}.json?profile=eu"
        text = client.get(url, headers=key).text
        verdict = client.post("/v1/verify", content=text)

        assert text.startswith("HC1:")
        assert verdict.json()["verdict"] == "valid"

    def test_what_is_refused_stands_beside_what_is_there(
        self, client: Client, key: Headers, record: Make, add: Add
    ) -> None:
        answer = client.post(f"{RECORDS}&formats=domestic", json=record(), headers=key).json()
        number = answer["outcomes"][0]["credential_id"]

        some, none = add(number, "ddcc", "eu"), add(number, "eu")

        assert some.status_code == 201
        assert {each["name"]: each["issued"] for each in some.json()["bodies"]} == {
            "eu": False,
            "ddcc": True,
        }
        assert (none.status_code, none.json()["code"]) == (400, "invalid-input")
        assert [each["code"] for each in none.json()["findings"]] == ["latin-name-missing"]

    def test_a_body_that_the_deployment_does_not_let_in_is_409(self, add: Add, number: str) -> None:
        answer = add(number, "international")

        assert (answer.status_code, answer.json()["code"]) == (409, "not-addable")

    def test_a_credential_that_is_not_current_is_409(
        self, house: House, add: Add, number: str
    ) -> None:
        with house.store.begin() as work:
            over = sa.update(credential).where(credential.c.credential_id == number)
            work.credentials._unit.connection.execute(over.values(state="superseded"))

        answer = add(number, "eu")

        assert (answer.status_code, answer.json()["code"]) == (409, "not-current")

    @pytest.mark.parametrize(
        "sent",
        [b"", b"[]", b'{"formats": "eu"}', b'{"formats": [7]}', b'{"formats": [], "x": 1}'],
    )
    def test_what_is_no_request_is_400(
        self, client: Client, key: Headers, number: str, sent: bytes
    ) -> None:
        answer = client.post(f"/v1/credentials/{number}/bodies", content=sent, headers=key)

        assert answer.status_code == 400
        assert answer.headers["content-type"] == "application/problem+json"

    def test_no_format_and_one_that_is_none_are_400(self, add: Add, number: str) -> None:
        assert [add(number).status_code, add(number, "Asha").status_code] == [400, 400]
        assert "Asha" not in add(number, "Asha").text


class TestPermission:
    @pytest.mark.parametrize(
        ("scopes", "status"),
        [
            (["issue:vaccination"], 201),
            (["read:vaccination"], 403),
            (["issue:other"], 404),
            (["search", "verify"], 404),
        ],
    )
    def test_it_takes_the_scope_to_issue_the_kind(
        self, add: Add, key_for: Callable[..., Headers], number: str, scopes: list[str], status: int
    ) -> None:
        assert add(number, "eu", headers=key_for(*scopes)).status_code == status

    def test_who_may_not_read_learns_that_it_is_there_and_no_more(
        self, add: Add, key_for: Callable[..., Headers], number: str
    ) -> None:
        answer = add(number, "eu", headers=key_for("issue:vaccination"))

        assert answer.json()["bodies"] == [{"name": "eu", "issued": True, "findings": []}]
        assert answer.json()["credentials"] == []

    def test_no_such_credential_and_not_yours_are_one_answer(
        self, add: Add, key_for: Callable[..., Headers], number: str
    ) -> None:
        stranger = key_for("issue:other")

        none, not_theirs = add("0", "eu"), add(number, "eu", headers=stranger)

        assert none.status_code == not_theirs.status_code == 404
        assert none.json() == not_theirs.json()


def test_all_of_it_on_postgresql(on_postgres: tuple[Client, Headers], record: Make) -> None:
    client, key = on_postgres
    given = record(recipient=LATIN)
    issued = client.post(f"{RECORDS}&formats=domestic", json=given, headers=key).json()
    url = f"/v1/credentials/{issued['outcomes'][0]['credential_id']}/bodies"

    answers = [client.post(url, json={"formats": ["hcert"]}, headers=key) for _ in range(2)]

    assert [each.status_code for each in answers] == [201, 200]
    assert [each["name"] for each in answers[1].json()["bodies"]] == ["eu", "ddcc", "ddcc-care"]
