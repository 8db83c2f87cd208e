"""A corrected credential takes the place of the one before, once, and everybody sees both ends."""

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
Correct = Callable[..., httpx.Response]
RECORDS = "/v1/kinds/vaccination/records?wait=issued&formats=domestic"


@pytest.fixture(scope="module")
def key(key_for: Callable[..., Headers]) -> Headers:
    """The header of an officer."""
    return key_for(
        *(f"{may}:vaccination" for may in ("issue", "read", "search", "correct", "revoke"))
    )


@pytest.fixture
def sent(record: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    """The record that the first credential is issued from."""
    return record()


@pytest.fixture
def first(client: Client, key: Headers, sent: dict[str, Any]) -> dict[str, Any]:
    """The credential that has a mistake."""
    (answer,) = client.post(RECORDS, json=sent, headers=key).json()["credentials"]
    return dict(answer)


@pytest.fixture
def correct(client: Client, key: Headers, first: dict[str, Any]) -> Correct:
    """Return a function that asks for a correction of the first credential, or of another."""

    def asked(*, number: str | None = None, headers: Headers = key, **more: Any) -> httpx.Response:
        url = f"/v1/credentials/{number or first['credential_id']}/corrections"
        return client.post(url, json={"reason": "misspelt"} | more, headers=headers)

    return asked


def history(client: Client, key: Headers, number: str) -> dict[str, Any]:
    return dict(client.get(f"/v1/credentials/{number}/history", headers=key).json())


NAME = {"recipient.name": "Asha Namuna-Rao"}


class TestChanges:
    def test_the_new_one_says_what_was_changed_and_all_else_as_before(
        self, correct: Correct, first: dict[str, Any]
    ) -> None:
        answer = correct(changes=NAME)

        new = answer.json()["credentials"][0]
        before = first["credential"]["credentialSubject"]
        after = new["credential"]["credentialSubject"]
        assert answer.status_code == 201
        assert (new["revision"], new["credential_id"]) != (1, first["credential_id"])
        assert after["name"] == "Asha Namuna-Rao"
        assert after["id"] == before["id"]
        assert [each["body"] for each in answer.json()["credentials"]] == ["domestic"]
        assert after["vaccination"] == before["vaccination"]

    def test_the_one_before_is_superseded_and_both_know_the_other(
        self, correct: Correct, client: Client, key: Headers, first: dict[str, Any]
    ) -> None:
        new = correct(changes=NAME, evidence="letter 12/2026").json()["credentials"][0]

        old = history(client, key, first["credential_id"])
        verdicts = [
            client.post("/v1/verify", json=each["credential"]).json()["verdict"]
            for each in (first, new)
        ]
        assert verdicts == ["superseded", "valid"]
        assert (old["state"], old["superseded_by"]) == ("superseded", new["credential_id"])
        assert history(client, key, new["credential_id"])["supersedes"] == first["credential_id"]
        assert [(each["reason"], each["evidence"]) for each in old["changes"]] == [
            ("misspelt", "letter 12/2026")
        ]

    def test_who_searches_finds_the_new_one_alone(
        self, correct: Correct, client: Client, key: Headers, sent: dict[str, Any]
    ) -> None:
        new = correct(changes=NAME).json()["credentials"][0]

        asked = {"pre_enrollment_code": sent["preEnrollmentCode"], "vaccination.dose": 1}
        answer = client.post("/v1/kinds/vaccination/search", json={"key": asked}, headers=key)

        found = {each["credential_id"] for each in answer.json()["credentials"]}
        assert found == {new["credential_id"]}

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"recipient.name.first": "Asha"}, "changes-unusable"),
            ({"vaccination.vaccine_name": "NOSUCH"}, "unknown-vaccine"),
            ({"vaccination.date": "yesterday"}, "bad-date"),
            ({"vaccination.dose": 2}, "other-key"),
            ({"pre_enrollment_code": "1"}, "other-key"),
        ],
    )
    def test_a_change_that_leads_to_nothing_good_is_refused_with_its_findings(
        self, correct: Correct, changes: dict[str, Any], code: str
    ) -> None:
        answer = correct(changes=changes)

        assert answer.status_code == 422
        assert code in {each["code"] for each in answer.json()["findings"]}
        assert correct(changes=NAME).status_code == 201


class TestAWholeRecord:
    def test_it_comes_as_a_message_of_the_source(
        self, correct: Correct, sent: dict[str, Any]
    ) -> None:
        sent["recipient"] = sent["recipient"] | {"name": "Asha Rao"}

        answer = correct(record=sent, variant="v3")

        subject = answer.json()["credentials"][0]["credential"]["credentialSubject"]
        assert subject["name"] == "Asha Rao"

    def test_the_source_corrects_by_a_message_that_names_the_one_before(
        self, client: Client, key: Headers, first: dict[str, Any], sent: dict[str, Any]
    ) -> None:
        sent["recipient"] = sent["recipient"] | {"name": "Asha Rao"}
        sent["meta"] = {"previousCertificateId": first["credential_id"]}

        answers = [client.post(RECORDS, json=sent, headers=key).json() for _ in range(2)]

        (new,) = answers[0]["credentials"]
        told = history(client, key, first["credential_id"])
        assert [each["outcomes"][0]["state"] for each in answers] == ["issued", "known"]
        assert told["superseded_by"] == new["credential_id"]

    def test_a_message_that_names_no_credential_of_ours_is_refused(
        self, client: Client, key: Headers, sent: dict[str, Any]
    ) -> None:
        sent["meta"] = {"previousCertificateId": "12345678901"}

        outcome = client.post(RECORDS, json=sent, headers=key).json()["outcomes"][0]

        assert outcome["state"] == "refused"
        assert "nothing-to-correct" in {each["code"] for each in outcome["findings"]}


class TestPolicy:
    def test_the_limit_is_of_the_natural_key_and_not_of_the_credential(
        self, correct: Correct
    ) -> None:
        new = correct(changes=NAME).json()["credentials"][0]

        again = correct(number=new["credential_id"], changes={"recipient.name": "Asha"})

        assert (again.status_code, again.json()["code"]) == (412, "correction-limit")

    def test_what_is_superseded_is_not_corrected(self, correct: Correct) -> None:
        correct(changes=NAME)

        again = correct(changes={"recipient.name": "Asha"})

        assert (again.status_code, again.json()["code"]) == (409, "not-current")

    def test_the_same_correction_again_is_known(self, correct: Correct) -> None:
        first, again = (correct(changes=NAME) for _ in range(2))

        numbers = [each.json()["outcomes"][0]["credential_id"] for each in (first, again)]
        assert [first.status_code, again.status_code] == [201, 200]
        assert numbers[0] == numbers[1]

    @pytest.mark.parametrize("action", ["revoke", "suspend"])
    def test_what_is_out_of_use_is_not_corrected(
        self, correct: Correct, client: Client, key: Headers, first: dict[str, Any], action: str
    ) -> None:
        url = f"/v1/credentials/{first['credential_id']}/{action}"
        client.post(url, json={"reason": "lost"}, headers=key)

        assert correct(changes=NAME).status_code == 409


class TestAsking:
    @pytest.mark.parametrize(
        "asked",
        [
            {"reason": " ", "changes": NAME},
            {"reason": "x" * 2001, "changes": NAME},
            {},
            {"changes": {}},
            {"changes": NAME, "record": {}},
            {"changes": NAME, "colour": "red"},
            {"changes": "name"},
        ],
    )
    def test_a_wish_of_another_shape_is_refused(
        self, correct: Correct, asked: dict[str, Any]
    ) -> None:
        assert correct(**asked).status_code == 400

    def test_who_may_not_correct_is_told_so_or_sees_nothing(
        self, correct: Correct, key_for: Callable[..., Headers]
    ) -> None:
        reader, stranger = key_for("read:vaccination"), key_for("issue:vaccination")

        answers = [correct(changes=NAME, headers=each).status_code for each in (reader, stranger)]

        assert answers == [403, 404]

    def test_who_may_correct_and_not_read_gets_no_credential(
        self, correct: Correct, key_for: Callable[..., Headers]
    ) -> None:
        answer = correct(changes=NAME, headers=key_for("correct:vaccination"))

        assert answer.status_code == 201
        assert answer.json()["credentials"] == []


def test_nothing_of_it_is_in_an_event(
    correct: Correct, house: House, first: dict[str, Any]
) -> None:
    correct(changes={"recipient.name": "Zebedee Quux"}, reason="spelt by ear")

    with house.store.read() as work:
        rows = work.outbox._unit.connection.exec_driver_sql("SELECT facts FROM outbox").all()

    told = " ".join(str(row[0]) for row in rows)
    assert '"recipient.name"' in told
    assert "Zebedee" not in told
    assert "by ear" not in told
    assert first["credential_id"] not in told
