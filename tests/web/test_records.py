"""Records come in over HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import httpx
import pytest
from litestar import Litestar
from litestar.testing import TestClient

Client = TestClient[Litestar]
Headers = Mapping[str, str]
Make = Callable[..., dict[str, Any]]
URL = "/v1/kinds/vaccination/records"
NOW = f"{URL}?wait=issued"


class TestSubmitting:
    def test_a_record_is_kept_and_answered_with_where_to_ask(
        self, client: Client, key: Headers, record: Make
    ) -> None:
        answer = client.post(URL, json=record(), headers=key)

        assert answer.status_code == 202
        assert answer.json()["outcomes"][0]["state"] == "waiting"
        assert answer.headers["location"] == f"/v1/submissions/{answer.json()['submission_id']}"

    def test_whoever_waits_gets_the_signed_bodies(
        self, client: Client, key: Headers, record: Make
    ) -> None:
        answer = client.post(NOW, json=record(), headers=key)

        assert answer.status_code == 201
        (outcome,) = answer.json()["outcomes"]
        bodies = answer.json()["credentials"]
        assert outcome["state"] == "issued"
        assert [each["body"] for each in bodies] == [
            "domestic",
            "international",
            "ddcc",
            "ddcc-care",
            "shc",
        ]
        assert {each["credential_id"] for each in bodies} == {outcome["credential_id"]}
        assert all("proof" in each["credential"] for each in bodies[:2])
        assert bodies[2]["credential"].startswith("data:text/plain;base64,")

    def test_an_array_is_answered_item_by_item_in_its_order(
        self, client: Client, key: Headers, record: Make
    ) -> None:
        """
        One is whole, one has no birth date for the international body, one no name at all.
        """
        without_birth_date = record(recipient={"dob": None, "age": "33"})
        nobody = record(recipient={"name": ""})

        answer = client.post(NOW, json=[record(), without_birth_date, nobody], headers=key)

        whole, half, refused = answer.json()["outcomes"]
        assert answer.status_code == 200
        assert [whole["state"], half["state"], refused["state"]] == ["issued", "issued", "refused"]
        assert {body["name"] for body in half["bodies"] if body["issued"]} == {
            "domestic",
            "ddcc",
            "ddcc-care",
        }
        assert half["bodies"][1]["findings"]
        assert any(body["findings"] for body in refused["bodies"])
        assert refused["credential_id"] is None
        assert len(answer.json()["credentials"]) == 5 + 3

    def test_the_same_record_again_is_the_same_credential(
        self, client: Client, key: Headers, record: Make
    ) -> None:
        one = record()
        first = client.post(NOW, json=one, headers=key).json()

        again = client.post(NOW, json=one, headers=key)

        assert again.status_code == 201
        assert again.json()["outcomes"][0]["state"] == "known"
        assert again.json()["credentials"] == first["credentials"]

    def test_a_thousand_and_one_are_too_many(self, client: Client, key: Headers) -> None:
        answer = client.post(URL, json=[{}] * 1001, headers=key)

        assert answer.status_code == 400
        assert "1 to 1000" in answer.json()["detail"]

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"[]",
            b"nonsense",
            b"5",
            b'"text"',
            b"null",
            b"[{}, 5]",
            b'{"a": NaN}',
            b'{"a": 1e999}',
            b'{"a": 99999999999999999999}',
            b'{"a": "\\ud800"}',
            b'{"a": 1, "a": 2}',
            b'{"a": "\xff"}',
            b"[" * 100_000,
            b'{"a":' * 100_000,
            b'{"a": ' + b"[" * 40 + b"]" * 40 + b"}",
            b"\x00",
        ],
        ids=lambda body: repr(body[:20]),
    )
    def test_what_is_no_record_is_a_problem(
        self, client: Client, key: Headers, body: bytes
    ) -> None:
        answer = client.post(URL, content=body, headers=key)

        assert answer.status_code == 400
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["code"] in {"unreadable", "invalid-input"}

    def test_another_kind_is_not_there(self, client: Client, key: Headers, record: Make) -> None:
        answer = client.post("/v1/kinds/diploma/records", json=record(), headers=key)

        assert answer.status_code == 404

    def test_nobody_can_wait_for_anything_else(self, client: Client, key: Headers) -> None:
        answer = client.post(f"{URL}?wait=tea", json={}, headers=key)

        assert answer.status_code == 400
        assert answer.json()["findings"][0]["where"] == "wait"


class TestIdempotencyKey:
    def test_the_same_again_is_the_first_submission(
        self, client: Client, key: Headers, record: Make
    ) -> None:
        one, headers = record(), {**key, "Idempotency-Key": "again"}
        first = client.post(NOW, json=one, headers=headers)

        again = client.post(NOW, json=one, headers=headers)

        assert again.status_code == first.status_code
        assert again.json() == first.json()

    def test_something_else_under_the_same_key_is_a_conflict(
        self, client: Client, key: Headers, record: Make
    ) -> None:
        headers = {**key, "Idempotency-Key": "other"}
        client.post(URL, json=record(), headers=headers)

        answer = client.post(URL, json=record(), headers=headers)

        assert answer.status_code == 409
        assert answer.json()["code"] == "conflict"

    def test_the_keys_of_another_caller_are_other_keys(
        self, client: Client, key: Headers, key_for: Callable[..., Headers], record: Make
    ) -> None:
        client.post(URL, json=record(), headers={**key, "Idempotency-Key": "mine"})
        other = {**key_for("issue"), "Idempotency-Key": "mine"}

        answer = client.post(URL, json=record(), headers=other)

        assert answer.status_code == 202

    @pytest.mark.parametrize("text", ["", "x" * 256, "é"])
    def test_a_key_is_short_and_ascii(
        self, client: Client, key: Headers, record: Make, text: str
    ) -> None:
        headers = httpx.Headers({**key, "Idempotency-Key": text}, encoding="latin-1")

        answer = client.post(URL, json=record(), headers=headers)

        assert answer.status_code == 400


class TestSubmission:
    def test_what_became_of_it_can_be_asked_for_later(
        self, client: Client, key: Headers, issued: dict[str, Any]
    ) -> None:
        answer = client.get(f"/v1/submissions/{issued['submission_id']}", headers=key)

        assert answer.status_code == 200
        assert answer.json()["outcomes"] == issued["outcomes"]

    def test_nobody_elses_submission_is_there(
        self, client: Client, key_for: Callable[..., Headers], issued: dict[str, Any]
    ) -> None:
        """
        What is not yours and what is not there are answered alike.
        """
        other = key_for("issue", "read", "search")

        theirs = client.get(f"/v1/submissions/{issued['submission_id']}", headers=other)
        nothing = client.get("/v1/submissions/0000", headers=other)

        assert theirs.status_code == nothing.status_code == 404
        assert theirs.json() == nothing.json()


class TestKinds:
    def test_a_kind_tells_its_bodies_its_key_and_its_forms(self, client: Client) -> None:
        (kind,) = client.get("/v1/kinds").json()

        assert kind["kind"] == "vaccination"
        assert kind["natural_key"] == ["pre_enrollment_code", "vaccination.dose"]
        assert [body["name"] for body in kind["bodies"]] == [
            "domestic",
            "international",
            "eu",
            "ddcc",
            "ddcc-care",
            "shc",
        ]
        assert {"pdf", "png", "svg"} <= {form["suffix"] for form in kind["representations"]}

    def test_the_schema_of_a_body_is_where_the_kind_says(self, client: Client) -> None:
        (kind,) = client.get("/v1/kinds").json()

        answer = client.get(kind["bodies"][0]["schema"])

        assert answer.headers["content-type"] == "application/schema+json"
        assert answer.json()["$schema"] == "https://json-schema.org/draft/2020-12/schema"
        assert client.get("/v1/kinds/vaccination/schema").json()["domestic"] == answer.json()

    def test_other_schemas_are_not_there(self, client: Client) -> None:
        assert client.get("/v1/kinds/diploma/schema").status_code == 404
        assert client.get("/v1/kinds/vaccination/schema?body=other").status_code == 404


class TestUpstreamRoutes:
    """The routes that a plugin adds stand behind the same door."""

    @pytest.mark.parametrize("version", ["v1", "v2", "v3"])
    def test_certify_takes_an_array_and_says_what_becomes_of_it(
        self, client: Client, key: Headers, record: Make, version: str
    ) -> None:
        answer = client.post(f"/divoc/api/{version}/certify", json=[record()], headers=key)

        assert answer.status_code == 200
        assert answer.json()["items"] == [{"position": 0, "state": "waiting"}]
        submission = client.get(f"/v1/submissions/{answer.json()['submissionId']}", headers=key)
        assert submission.status_code == 200

    @pytest.mark.parametrize("body", [b"[]", b"{}", b"", b"[5]", b"\xff", b"[" * 100_000])
    def test_anything_else_is_a_problem(self, client: Client, key: Headers, body: bytes) -> None:
        answer = client.post("/divoc/api/v1/certify", content=body, headers=key)

        assert answer.status_code == 400
        assert answer.headers["content-type"] == "application/problem+json"

    def test_it_needs_a_key_that_may_issue(
        self, client: Client, key_for: Callable[..., Headers], record: Make
    ) -> None:
        body = json.dumps([record()]).encode()
        reader = key_for("read:vaccination")

        assert client.post("/divoc/api/v1/certify", content=body).status_code == 401
        answer = client.post("/divoc/api/v1/certify", content=body, headers=reader)
        assert answer.status_code == 403
