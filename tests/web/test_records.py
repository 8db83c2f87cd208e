"""Records come in over HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar import Litestar
from litestar.testing import TestClient

from mohar.assembly.house import House, build_house
from mohar.assembly.opening import open_store
from mohar.domain.access import Actor
from mohar.domain.errors import NotPermitted
from mohar.domain.findings import Finding
from mohar.web.app import create_app

OPERATOR = Actor(actor_id="operator", name="test", scopes=frozenset({"*"}))
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

    def test_the_same_key_with_other_content_is_a_conflict_for_that_item_alone(
        self, client: Client, key: Headers, record: Make
    ) -> None:
        one = record()
        client.post(NOW, json=one, headers=key)
        other = {**one, "vaccination": {**one["vaccination"], "batch": "MARKED8975"}}

        answer = client.post(NOW, json=[other, record()], headers=key)

        conflict, issued = answer.json()["outcomes"]
        assert answer.status_code == 200
        assert (conflict["state"], issued["state"]) == ("conflict", "issued")
        assert [each["where"] for each in conflict["findings"]] == ["", "vaccination.batch"]
        assert "MARKED" not in answer.text
        assert {each["credential_id"] for each in answer.json()["credentials"]} == {
            issued["credential_id"]
        }

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
        """
        It says which items and fields differ, and no value.
        """
        headers, one = {**key, "Idempotency-Key": "other"}, record()
        client.post(URL, json=[record(), one], headers=headers)
        other = {**one, "recipient": {**one["recipient"], "name": "MARKED"}}

        answer = client.post(URL, json=[other, one, one], headers=headers)

        problem = answer.json()
        assert (answer.status_code, problem["code"]) == (409, "conflict")
        assert "(2 then, 3 now)" in problem["detail"]
        assert [each["where"] for each in problem["findings"]] == [
            "0.preEnrollmentCode",
            "0.recipient.name",
            "2",
        ]
        assert "MARKED" not in answer.text

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


class TestReplay:
    @pytest.fixture
    def refused(self, client: Client, key: Headers, record: Make) -> str:
        """A submission of a record that is refused and one that is issued."""
        records = [record(recipient={"name": ""}), record()]
        submission: str = client.post(NOW, json=records, headers=key).json()["submission_id"]
        return submission

    def test_what_was_refused_is_tried_again_and_the_rest_stays(
        self, client: Client, key: Headers, house: House, refused: str
    ) -> None:
        answer = client.post(f"/v1/submissions/{refused}/replay", headers=key)

        assert answer.status_code == 202
        assert answer.headers["location"] == f"/v1/submissions/{refused}"
        assert [each["state"] for each in answer.json()["outcomes"]] == ["waiting", "issued"]
        house.drain.run_submission(refused)
        later = client.get(f"/v1/submissions/{refused}", headers=key).json()
        assert [each["state"] for each in later["outcomes"]] == ["refused", "issued"]

    def test_what_was_set_aside_is_shown_with_its_reason_until_it_is_replayed(
        self, client: Client, key: Headers, house: House, record: Make
    ) -> None:
        submission = client.post(URL, json=record(), headers=key).json()["submission_id"]
        finding = Finding(code="tried-too-often", message="set aside")
        with house.store.begin() as work:
            work.intake.give_up([f"{submission}-0"], finding)
        shown = client.get(f"/v1/submissions/{submission}", headers=key).json()["outcomes"]

        client.post(f"/v1/submissions/{submission}/replay", headers=key)
        house.drain.run_submission(submission)

        (outcome,) = client.get(f"/v1/submissions/{submission}", headers=key).json()["outcomes"]
        assert (shown[0]["state"], shown[0]["findings"][0]["code"]) == (
            "failed",
            "tried-too-often",
        )
        assert outcome["state"] == "issued"

    def test_it_is_for_its_own_caller_and_for_operators(
        self, client: Client, key_for: Callable[..., Headers], refused: str
    ) -> None:
        """
        What is not yours is not there, and whoever may only look on replays nothing.
        """
        url = f"/v1/submissions/{refused}/replay"
        scopes = ["issue"], ["operate:other", "issue"], ["operate:vaccination"]

        answers = [client.post(url, headers=key_for(*each)).status_code for each in scopes]

        assert answers == [404, 404, 202]
        assert client.post(url).status_code == 401
        assert client.post("/v1/submissions/1%00/replay", headers=key_for("*")).status_code == 404

    def test_whoever_may_not_issue_any_more_replays_nothing(
        self, house: House, refused: str
    ) -> None:
        key_id = house.submissions.find(refused, OPERATOR).actor_id
        reader = Actor(actor_id=key_id, name="reader", scopes=frozenset({"read"}))

        with pytest.raises(NotPermitted):
            house.replay(reader, refused)


class TestBackPressure:
    def test_above_the_limit_it_is_429_with_when_to_come_back_and_nothing_is_kept(
        self,
        tmp_path: Path,
        deploy: Callable[..., Path],
        calling: Callable[[Litestar], Any],
        record: Make,
    ) -> None:
        folder = deploy(tmp_path)
        with (folder / "deployment.yaml").open("a", encoding="utf-8") as file:
            file.write("\nintake: {max_waiting: 2, retry_after_seconds: 9}\n")
        with open_store(folder) as store, store.begin() as work:
            text, _ = work.api_keys.create("test", frozenset({"*"}), None)
        headers = {"Authorization": f"Bearer {text}", "Idempotency-Key": "first"}
        two = [record(), record()]

        with build_house(folder) as house, calling(create_app(house)) as client:
            client.post(URL, json=two, headers=headers)
            refused = client.post(NOW, json=record(), headers={**headers, "Idempotency-Key": "b"})
            by_plugin = client.post("/divoc/api/v3/certify", json=[record()], headers=headers)
            again = client.post(URL, json=two, headers=headers)
            with house.store.read() as work:
                waiting = work.intake.waiting_count()

        assert (refused.status_code, refused.headers["retry-after"]) == (429, "9")
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.json()["code"] == "too-many-waiting"
        assert by_plugin.status_code == 429
        assert (again.status_code, waiting) == (202, 2)
