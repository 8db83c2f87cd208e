"""What is published of statuses: lists of bits, tokens, snapshots, and numbers of cards."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from litestar import Litestar
from litestar.testing import TestClient

from mohar.assembly.blueprint import Blueprint
from mohar.assembly.house import House
from mohar.assembly.verifier import open_verifier
from mohar.codec import jwk
from mohar.codec.statement import StatementFormat
from mohar.codec.status_list import decode_bitstring, decode_token_list
from mohar.verifying import Presented

Client = TestClient[Litestar]
Headers = Mapping[str, str]
RECORDS = "/v1/kinds/vaccination/records?wait=issued&formats=domestic,ddcc,shc"
LIST = "/v1/status/vaccination-revocation-1"
TOKEN = {"Accept": "application/statuslist+jwt"}


@pytest.fixture(scope="module")
def key(key_for: Callable[..., Headers]) -> Headers:
    return key_for("issue:vaccination", "read:vaccination", "revoke:vaccination")


@pytest.fixture
def bodies(client: Client, key: Headers, record: Callable[..., Any]) -> dict[str, Any]:
    """The number of one credential and its place in the list; it has three bodies."""
    answers = client.post(RECORDS, json=record(), headers=key).json()["credentials"]
    own = next(each for each in answers if each["body"] == "domestic")
    entry = own["credential"]["credentialStatus"]
    return {"number": str(own["credential_id"]), "index": int(entry["statusListIndex"])}


@pytest.fixture
def act(client: Client, key: Headers) -> Callable[[str, str], None]:
    """Change a credential, and let pass the moment for which a list is believed."""

    def change(number: str, action: str) -> None:
        asked = client.post(
            f"/v1/credentials/{number}/{action}", json={"reason": "a test"}, headers=key
        )
        assert asked.json()["result"] == "changed"
        time.sleep(0.55)

    return change


def bit(client: Client, index: int) -> int:
    subject = client.get(LIST).json()["credentialSubject"]
    return decode_bitstring(subject["encodedList"])[index]


def value(client: Client, index: int) -> int:
    claims = StatementFormat().open(client.get(LIST, headers=TOKEN).content).document["claims"]
    return decode_token_list(claims["status_list"]["lst"], claims["status_list"]["bits"])[index]


class TestTheList:
    def test_it_is_a_credential_that_our_own_key_signed(
        self, client: Client, watched: SimpleNamespace, bodies: dict[str, Any]
    ):
        del bodies
        answer = client.get(LIST)
        document = answer.json()
        reading = Blueprint(watched.folder).resolve(with_keys=False, with_parts=False).reading
        form = next(each for each in reading if each.recognise(answer.content))
        opened = form.open(answer.content)
        (key,) = [
            each for each in watched.house.public_keys if each.key_id == opened.proofs[0].key_id
        ]

        assert document["type"] == ["VerifiableCredential", "BitstringStatusListCredential"]
        assert document["credentialSubject"]["statusPurpose"] == "revocation"
        assert document["id"] != document["credentialSubject"]["id"]
        assert decode_bitstring(document["credentialSubject"]["encodedList"]).size == 131_072
        assert form.verify(opened, 0, key)
        assert answer.headers["content-type"] == "application/vc"

    def test_a_change_is_in_it_within_a_second_and_so_is_its_end(
        self, client: Client, bodies: dict[str, Any], act: Callable[[str, str], None]
    ):
        number, index = bodies["number"], bodies["index"]
        told = [(bit(client, index), value(client, index))]
        for action in ("suspend", "restore", "revoke"):
            act(number, action)
            told.append((bit(client, index), value(client, index)))

        assert told == [(0, 0), (1, 2), (0, 0), (1, 1)]

    def test_while_nothing_changes_its_text_stays_and_is_not_sent_twice(
        self, client: Client, bodies: dict[str, Any]
    ):
        del bodies
        first = client.get(LIST)
        time.sleep(0.55)
        again = client.get(LIST, headers={"If-None-Match": first.headers["etag"]})

        assert again.status_code == 304
        assert first.headers["cache-control"] == "public, max-age=300"
        assert first.headers["vary"] == "Accept"

    def test_it_is_a_token_for_whoever_asks_for_one(
        self, client: Client, house: House, bodies: dict[str, Any]
    ):
        del bodies
        answer = client.get(LIST, headers=TOKEN)
        form = StatementFormat()
        opened = form.open(answer.content)
        (key,) = [each for each in house.public_keys if each.key_id == opened.proofs[0].key_id]
        claims = opened.document["claims"]

        assert answer.headers["content-type"] == "application/statuslist+jwt"
        assert form.verify(opened, 0, key)
        assert claims["sub"] == f"{house.deployment.domains.public}{LIST}"
        assert claims["exp"] - claims["iat"] == claims["ttl"] == 300

    @pytest.mark.parametrize("name", ["nothing", "vaccination-revocation-99", "%00", "a" * 5_000])
    def test_of_a_list_that_is_none_nothing_is_told(self, client: Client, name: str):
        answer = client.get(f"/v1/status/{name}")

        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"

    def test_pages_of_any_origin_may_read_it(self, client: Client):
        assert client.options(LIST).headers["access-control-allow-origin"] == "*"
        assert client.get("/v1/status/snapshot").headers["access-control-allow-origin"] == "*"


class TestTheSnapshot:
    @pytest.fixture
    def verdicts(self, client: Client, tmp_path: Path) -> Callable[[list[bytes]], set[str]]:
        """Judge as a verifier elsewhere, which has the keys and a fresh snapshot."""

        def judge(documents: list[bytes]) -> set[str]:
            trusted, snapshot = tmp_path / "keys.json", tmp_path / "snapshot.jwt"
            trusted.write_bytes(client.get("/.well-known/jwks.json").content)
            snapshot.write_bytes(client.get("/v1/status/snapshot").content)
            elsewhere = Path(__file__).resolve().parents[2] / "config" / "verifier"
            inputs = [Presented(name="x", data=each) for each in documents]
            with open_verifier(elsewhere, trust=trusted, snapshots=[snapshot]) as verifier:
                return {each.verdict for each in verifier.verify(inputs)}

        return judge

    def test_it_tells_of_bodies_that_name_a_list_and_of_those_that_name_none(
        self,
        house: House,
        bodies: dict[str, Any],
        act: Callable[[str, str], None],
        verdicts: Callable[[list[bytes]], set[str]],
    ):
        with house.store.read() as work:
            documents = [
                each.content
                for each in work.credentials.bodies([bodies["number"]])[bodies["number"]]
            ]
        before = verdicts(documents)
        act(bodies["number"], "suspend")
        suspended = verdicts(documents)
        act(bodies["number"], "revoke")

        assert len(documents) == 3
        assert before == {"valid"}
        assert suspended == {"suspended"}
        assert verdicts(documents) == {"revoked"}

    def test_its_serial_rises_with_every_change(
        self, client: Client, bodies: dict[str, Any], act: Callable[[str, str], None]
    ):
        def claims() -> dict[str, Any]:
            opened = StatementFormat().open(client.get("/v1/status/snapshot").content)
            return dict(opened.document["claims"])

        before = claims()
        act(bodies["number"], "revoke")
        after = claims()

        assert after["serial"] > before["serial"]
        assert after["exp"] - after["iat"] == 86_400

    def test_nothing_of_a_person_and_no_number_is_in_it(
        self, client: Client, bodies: dict[str, Any], act: Callable[[str, str], None]
    ):
        act(bodies["number"], "revoke")
        opened = StatementFormat().open(client.get("/v1/status/snapshot").content)

        assert bodies["number"] not in str(opened.document)


class TestRevokedCards:
    def cards(self, client: Client, house: House) -> httpx.Response:
        (key,) = [each for each in house.public_keys if each.algorithm == "ES256"]
        return client.get(f"/.well-known/crl/{jwk.thumbprint(key)}.json")

    def test_the_list_of_a_key_names_its_revoked_cards_and_the_keys_tell_its_version(
        self,
        client: Client,
        house: House,
        bodies: dict[str, Any],
        act: Callable[[str, str], None],
    ):
        act(bodies["number"], "revoke")
        listed = self.cards(client, house).json()
        keys = client.get("/.well-known/jwks.json").json()["keys"]
        versions = {each["kid"]: each.get("crlVersion") for each in keys}

        assert bodies["number"] in listed["rids"]
        assert listed["method"] == "rid"
        assert versions[listed["kid"]] == listed["ctr"] > 0

    @pytest.mark.parametrize("name", ["unknown.json", "x", ".json"])
    def test_of_a_key_that_is_not_ours_there_is_none(self, client: Client, name: str):
        assert client.get(f"/.well-known/crl/{name}").status_code == 404
