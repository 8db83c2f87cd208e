"""Who may, over HTTP: purposes, the log of reads, quotas, tokens of others, and the alarm."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from mohar.assembly.house import House, build_house
from mohar.testing.serving import serving
from mohar.web.app import create_app

Headers = Mapping[str, str]
RECORDS = "/v1/kinds/vaccination/records?wait=issued"
ISSUER = "https://idp.example"
KEY = ECKey.generate_key("P-256", {"kid": "k1"})
OTHER = ECKey.generate_key("P-256", {"kid": "k1"})
ACCESS = """
access:
  purposes: [treatment, travel]
  alarm: {distinct: 5, hit_share: 0.5, first_seconds: 40}
  roles:
    - {name: reader, scopes: ["read:vaccination"]}
    - {name: metered, scopes: ["read:vaccination"], quotas: {per_day: 3}}
  issuers:
    - name: idp
      issuer: https://idp.example
      audience: mohar
      jwks: {file: idp.json}
      roles: {CERTIFICATES: reader}
"""


class Partners:
    """A served house, a credential in it, and keys for those who call."""

    def __init__(self, house: House, folder: Path, client: httpx.Client) -> None:
        self.house = house
        self.folder = folder
        self.client = client
        self.number = ""

    def key(self, *scopes: str) -> Headers:
        """Return the header of a new caller."""
        with self.house.store.begin() as work:
            text, _ = work.api_keys.create("partner", frozenset(scopes))
        return {"Authorization": f"Bearer {text}"}

    def get(self, headers: Headers, suffix: str = ".json", **more: str) -> httpx.Response:
        """Ask for the credential."""
        return self.client.get(
            f"/v1/credentials/{self.number}{suffix}", headers={**headers, **more}
        )


@pytest.fixture(scope="module")
def partners(
    tmp_path_factory: pytest.TempPathFactory,
    deploy: Callable[..., Path],
    record: Callable[..., dict[str, Any]],
) -> Iterator[Partners]:
    """A house with an `access:` of its own, behind a real server."""
    folder = deploy(tmp_path_factory.mktemp("partners"))
    (folder / "idp.json").write_bytes(msgspec.json.encode({"keys": [KEY.as_dict(private=False)]}))
    file = folder / "deployment.yaml"
    text = re.sub(r"\naccess:\n(?:[ #].*\n|\n)+", f"\n{ACCESS}\n", file.read_text("utf-8"), count=1)
    file.write_text(text, encoding="utf-8")
    with (
        build_house(folder) as house,
        serving(create_app(house)) as url,
        httpx.Client(base_url=url, timeout=30) as client,
    ):
        partners = Partners(house, folder, client)
        issued = client.post(RECORDS, json=record(), headers=partners.key("issue:vaccination"))
        partners.number = issued.json()["outcomes"][0]["credential_id"]
        yield partners


@pytest.fixture
def reader(partners: Partners) -> Headers:
    """The header of a caller who may read."""
    return partners.key("role:reader")


class TestPurposes:
    def test_a_word_of_the_deployment_is_written_down_with_the_read(
        self, partners: Partners, reader: Headers
    ) -> None:
        answer = partners.get(reader, **{"X-Purpose": "treatment"})

        with partners.house.store.read() as work:
            latest = work.reads.of_credential(partners.number)[0]
        assert answer.status_code == 200
        assert latest.purpose == "treatment"

    @pytest.mark.parametrize("said", ["curiosity", "", "Treatment", "treatment, travel"])
    def test_any_other_word_is_refused_and_not_repeated(
        self, partners: Partners, reader: Headers, said: str
    ) -> None:
        answer = partners.get(reader, **{"X-Purpose": said})

        told = answer.json()
        assert (answer.status_code, told["code"]) == (400, "unknown-purpose")
        assert told["detail"].endswith(": treatment, travel, unstated")


class TestTheLogOfReads:
    @pytest.mark.parametrize("suffix", [".json", ".pdf", ".png", "/reads"])
    def test_what_cannot_be_written_down_is_not_shown(
        self, partners: Partners, reader: Headers, suffix: str
    ) -> None:
        with without_read_log(partners):
            answer = partners.get(reader, suffix)
        later = partners.get(reader, suffix)

        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["retry-after"] == "5"
        assert partners.number not in answer.text
        assert later.status_code == 200

    def test_neither_is_that_there_is_nothing(self, partners: Partners, reader: Headers) -> None:
        with without_read_log(partners):
            answer = partners.client.get("/v1/credentials/1.json", headers=reader)

        assert answer.status_code == 503


class TestQuotas:
    def test_the_call_after_the_last_one_is_told_when_to_come_again(
        self, partners: Partners
    ) -> None:
        metered = partners.key("role:metered")
        answers = [partners.get(metered) for _ in range(4)]

        last = answers[-1]
        assert [each.status_code for each in answers] == [200, 200, 200, 429]
        assert last.json()["code"] == "too-many-requests"
        assert 1 <= int(last.headers["retry-after"]) <= 86_400
        assert last.headers["retry-after"] in last.json()["detail"]

    def test_a_caller_without_one_is_not_counted(self, partners: Partners, reader: Headers) -> None:
        assert {partners.get(reader).status_code for _ in range(9)} == {200}


class TestTokens:
    def test_one_of_an_issuer_whose_keys_are_in_a_file_opens(self, partners: Partners) -> None:
        answer = partners.get(bearer())

        with partners.house.store.read() as work:
            latest = work.reads.of_credential(partners.number)[0]
        assert answer.status_code == 200
        assert latest.actor_id.startswith("oidc:idp:")
        assert "somebody" not in latest.actor_id

    @pytest.mark.parametrize(
        ("key", "changed"),
        [
            (OTHER, {}),
            (KEY, {"aud": "another"}),
            (KEY, {"iss": "https://another.example"}),
            (KEY, {"exp": 1_700_000_000}),
        ],
        ids=["another key", "for another", "of another", "expired"],
    )
    def test_any_other_is_no_caller(
        self, partners: Partners, key: ECKey, changed: dict[str, Any]
    ) -> None:
        answer = partners.get(bearer(key, **changed))

        assert (answer.status_code, answer.json()["code"]) == (401, "not-authenticated")
        assert answer.headers["www-authenticate"] == 'Bearer realm="mohar"'

    def test_one_without_a_role_finds_nothing(self, partners: Partners) -> None:
        """
        Who is known and may nothing is told what a caller is told who asks for what is not there.
        """
        answer = partners.get(bearer(scope="COOK"))
        nothing = partners.client.get("/v1/credentials/1.json", headers=bearer())

        assert (answer.status_code, answer.json()) == (404, nothing.json())

    def test_no_token_is_repeated_in_an_answer(self, partners: Partners) -> None:
        sent = bearer(OTHER)

        assert sent["Authorization"].rpartition(".")[2] not in partners.get(sent).text


class TestTheAlarm:
    def test_who_tries_numbers_out_is_slowed_and_told_of_in_the_outbox(
        self, partners: Partners, reader: Headers
    ) -> None:
        tries = [
            partners.client.get(f"/v1/credentials/{number}.json", headers=reader)
            for number in range(6)
        ]
        health = partners.client.get("/health").json()

        with partners.house.store.begin() as work:
            events = work.outbox.after("test-alarm", 10_000)
        told = [each for each in events if each.type == "access.enumeration"]
        assert [each.status_code for each in tries] == [404] * 5 + [429]
        assert 1 <= int(tries[-1].headers["retry-after"]) <= 40
        assert [(each.facts["asked"], each.facts["found"]) for each in told] == [(5, 0)]
        assert told[0].facts["caller"].startswith("apikey:")
        assert "slows 1 callers" in str(health)


def bearer(key: ECKey = KEY, **changed: Any) -> Headers:
    """Return the header with an access token of the issuer."""
    now = int(time.time())
    claims = {
        "iss": ISSUER,
        "aud": "mohar",
        "sub": "somebody@example.org",
        "scope": "CERTIFICATES",
        "iat": now,
        "exp": now + 300,
        **changed,
    }
    header = {"alg": "ES256", "kid": "k1", "typ": "at+jwt"}
    return {"Authorization": f"Bearer {jwt.encode(header, claims, key, algorithms=['ES256'])}"}


@contextmanager
def without_read_log(partners: Partners) -> Iterator[None]:
    """Take the table of reads away for a while, so that nothing can be written there."""
    with closing(sqlite3.connect(partners.folder / "data" / "india.sqlite")) as database:
        database.execute("alter table read_log rename to gone")
        yield
        database.execute("alter table gone rename to read_log")
