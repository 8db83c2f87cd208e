"""What a holder does at the page, over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import httpx
import pytest
from litestar import Litestar
from litestar.testing import TestClient

from mohar.assembly.house import House
from mohar.domain.access import Actor

Client = TestClient[Litestar]
Headers = Mapping[str, str]
RECORDS = "/v1/kinds/vaccination/records?wait=issued"
PRINT = "/v1/kinds/vaccination/print"
MOBILE = "9000000001"
BORN = "1981-07-19"
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def number(client: Client, key_for: Callable[..., Headers], record: Callable[..., Any]) -> str:
    """The number of a certificate whose holder has a mobile number and a date of birth."""
    message = record()
    message["recipient"] |= {"contact": [f"tel:{MOBILE}"], "dob": BORN}
    answer = client.post(RECORDS, json=message, headers=key_for("issue:vaccination"))
    assert answer.status_code == 201, answer.text
    found: str = answer.json()["outcomes"][0]["credential_id"]
    return found


@pytest.fixture
def session(client: Client, house: House, number: str) -> Headers:
    """The header of a holder who was let in."""
    assert number
    return opened(client, house)


def shown(client: Client, name: str, language: str = "en") -> dict[str, str]:
    """Return the version and the words of a notice, as the page gets them."""
    texts = client.get(f"/holder/texts.json?language={language}").json()
    found: dict[str, str] = texts["notices"][name]
    return found


def opened(client: Client, house: House) -> Headers:
    """Let the holder in by a code that is taken on its way to the messenger."""
    assert house.holders is not None
    codes: list[str] = []
    rooms = house.holders.rooms
    sending = rooms._codes._send  # a code leaves the house only by a messenger
    rooms._codes._send = lambda code: codes.append(code.code)  # as above
    with house.store.begin() as work:
        work.expiring.remove("holders", f"sent/{MOBILE}")
        work.expiring.remove("holders", f"contact/{MOBILE}")
    asked = {"contact": MOBILE, "language": "hi", "notice": shown(client, "code", "hi")["version"]}
    sent = client.post("/v1/holder/codes", json=asked)
    rooms._codes._send = sending  # as above
    assert sent.status_code == 202, sent.text
    said = {"transaction": sent.json()["transaction"], "code": codes[0]}
    answer = client.post("/v1/holder/sessions", json=said)
    assert answer.status_code == 201, answer.text
    return {"Authorization": f"Bearer {answer.json()['token']}"}


@pytest.fixture
def certificate(client: Client, session: Headers) -> str:
    """The path of the certificate of the member who was chosen."""
    (member,) = client.get("/v1/holder/members", headers=session).json()["members"]
    chosen = client.post(
        f"/v1/holder/members/{member['handle']}/choose",
        json={"second_factor": {"birth-year": "1981"}},
        headers=session,
    )
    (one,) = chosen.json()["certificates"]
    return f"/v1/holder/members/{member['handle']}/certificates/{one['handle']}"


@pytest.fixture(scope="module")
def clerk(key_for: Callable[..., Headers]) -> Headers:
    """The header of somebody at a facility who may print."""
    return key_for("print:vaccination")


class TestAHolder:
    def test_the_right_person_gets_the_certificate_in_their_language(
        self, client: Client, session: Headers, certificate: str
    ) -> None:
        drawn = client.get(f"{certificate}.pdf?language=hi", headers=session)
        code = client.get(f"{certificate}.png", headers=session)

        assert drawn.content.startswith(b"%PDF")
        assert code.headers["content-type"] == "image/png"
        assert drawn.headers["cache-control"] == "no-store"

    def test_who_has_fetched_it_is_told_by_title(
        self, client: Client, session: Headers, certificate: str
    ) -> None:
        client.get(f"{certificate}.png", headers=session)

        told = client.get(f"{certificate}/reads", headers=session).json()["reads"]

        assert told[0] | {"at": ""} == {
            "at": "",
            "caller": "holder",
            "purpose": "own",
            "channel": "holders",
            "outcome": "shown",
        }

    def test_without_the_second_factor_nothing_opens(
        self, client: Client, session: Headers
    ) -> None:
        (member,) = client.get("/v1/holder/members", headers=session).json()["members"]
        url = f"/v1/holder/members/{member['handle']}/choose"

        answer = client.post(url, json={}, headers=session)
        listed = client.get(url.replace("choose", "certificates"), headers=session)

        assert (answer.status_code, answer.json()["code"]) == (403, "second-factor-wrong")
        assert listed.status_code == 404

    def test_a_link_shows_the_certificate_until_it_is_ended(
        self, client: Client, session: Headers, certificate: str
    ) -> None:
        wish = {"language": "en", "notice": shown(client, "share")["version"]}
        made = client.post(f"{certificate}/share", json=wish, headers=session)
        path = "/s/" + made.json()["link"].rpartition("/")[2]

        page = client.get(path)
        drawn = client.get(f"{path}/certificate.pdf")
        code = client.get(f"{path}/code.png")
        again = client.post(f"{certificate}/share", json=wish, headers=session).json()
        newer = "/s/" + again["link"].rpartition("/")[2]
        assert "This certificate is genuine" in page.text
        assert page.headers["x-robots-tag"].startswith("noindex")
        assert drawn.content.startswith(b"%PDF")
        assert code.content.startswith(b"\x89PNG")
        assert client.get(path).status_code == 404
        assert client.get(newer).status_code == 200
        assert client.delete(f"{certificate}/share", headers=session).status_code == 204
        assert client.get(newer).status_code == 404

    def test_a_wrong_detail_is_reported_and_followed(
        self, client: Client, session: Headers, certificate: str, house: House
    ) -> None:
        wish = {
            "type": "wrong-name",
            "reason": "It has a letter too many.",
            "changes": {"recipient.name": "Asha Namuna"},
            "evidence": {"photo-id": "letter 7"},
            "notice": shown(client, "report")["version"],
        }
        kept = client.post(f"{certificate}/requests", json=wish, headers=session)
        url = f"/v1/holder/requests/{kept.json()['tracking']}"

        found = client.get(url, headers=opened(client, house))

        assert kept.status_code == 201
        assert found.json()["state"] == "open"
        assert "letter" not in found.text
        assert client.get("/v1/holder/requests/QQQQ-QQQQ-QQQQ", headers=session).status_code == 404

    def test_nothing_is_left_after_the_end(
        self, client: Client, session: Headers, certificate: str
    ) -> None:
        assert client.delete("/v1/holder/session", headers=session).status_code == 204

        assert client.get(f"{certificate}.pdf", headers=session).status_code == 401

    def test_known_and_unknown_numbers_are_answered_alike(
        self, client: Client, number: str
    ) -> None:
        assert number
        version = shown(client, "code")["version"]
        answers = [
            client.post("/v1/holder/codes", json={"contact": contact, "notice": version})
            for contact in ("9000000002", "9000000003")
        ]

        assert [each.status_code for each in answers] == [202, 202]
        assert len({tuple(sorted(each.json())) for each in answers}) == 1

    def test_asking_again_at_once_has_to_wait(self, client: Client) -> None:
        asked = {"contact": "9000000004", "notice": shown(client, "code")["version"]}
        client.post("/v1/holder/codes", json=asked)

        answer = client.post("/v1/holder/codes", json=asked)

        assert (answer.status_code, answer.json()["code"]) == (429, "too-many-requests")
        assert answer.headers["retry-after"] == "60"

    @pytest.mark.parametrize(
        "body", [b"", b"{}", b'{"contact": 5}', b'{"contact": "\\ud800"}', b"[1]", b"\xff"]
    )
    def test_what_is_no_request_is_told_without_repeating_it(
        self, client: Client, body: bytes
    ) -> None:
        for path in ("/v1/holder/codes", "/v1/holder/sessions"):
            assert client.post(path, content=body).status_code == 400


class TestNotices:
    """What rests on a notice stands with the version that was shown."""

    def test_a_session_its_reads_a_link_and_a_report_stand_with_it(
        self, client: Client, session: Headers, certificate: str, house: House, number: str
    ) -> None:
        notices = {name: shown(client, name, "hi") for name in ("code", "share", "report")}
        client.get(f"{certificate}.png", headers=session)
        wish = {"language": "hi", "notice": notices["share"]["version"]}
        made = client.post(f"{certificate}/share", json=wish, headers=session).json()
        client.get("/s/" + made["link"].rpartition("/")[2])
        report = {
            "type": "wrong-name",
            "reason": "A letter is missing.",
            "changes": {"recipient.name": "Asha Namunaa"},
            "evidence": {"photo-id": "letter 8"},
            "notice": notices["report"]["version"],
        }
        kept = client.post(f"{certificate}/requests", json=report, headers=session)

        told = dossier(house)

        (one,) = [each for each in told["credentials"] if each["credential_id"] == number]
        rested = {(each["channel"], each["notice"]) for each in one["reads"]}
        (request,) = [e for e in told["requests"] if e["tracking"] == kept.json()["tracking"]]
        assert ("holders", notices["code"]["version"]) in rested
        assert ("link", notices["share"]["version"]) in rested
        assert one["share"]["notice"] == notices["share"]["version"]
        assert made["link"].rpartition("/")[2] not in str(told)
        assert request["notice"] == notices["report"]["version"]
        assert all(told["notices"][each["version"]] == each["text"] for each in notices.values())

    @pytest.mark.parametrize("version", ["", "share-en-0", "another"])
    def test_without_the_words_of_now_nothing_is_done(
        self, client: Client, session: Headers, certificate: str, version: str
    ) -> None:
        report = {"type": "wrong-name", "reason": "x", "notice": version}
        answers = [
            client.post("/v1/holder/codes", json={"contact": "9000000011", "notice": version}),
            client.post(f"{certificate}/share", json={"notice": version}, headers=session),
            client.post(f"{certificate}/requests", json=report, headers=session),
        ]

        assert [each.status_code for each in answers] == [409] * 3
        assert {each.json()["code"] for each in answers} == {"notice-not-shown"}

    def test_the_notice_of_one_thing_is_none_for_another(
        self, client: Client, session: Headers, certificate: str
    ) -> None:
        wish = {"notice": shown(client, "report")["version"]}

        answer = client.post(f"{certificate}/share", json=wish, headers=session)

        assert answer.status_code == 409

    def test_an_export_names_the_version_of_each_read(
        self, client: Client, session: Headers, certificate: str, house: House
    ) -> None:
        client.get(f"{certificate}.png", headers=session)
        operator = Actor(actor_id="operator", name="test", scopes=frozenset({"*"}))
        now = house.clock()

        read = list(house.readers.by(operator, "holders", now - HOUR, now + HOUR))[-1]

        assert read.notice == shown(client, "code", "hi")["version"]


def dossier(house: House) -> dict[str, Any]:
    """Return all that is kept of the holder."""
    operator = Actor(actor_id="operator", name="test", scopes=frozenset({"*"}))
    with house.store.read() as work:
        (found,) = work.credentials.by_handle("vaccination", "mobile", MOBILE)
        record = work.credentials.record_of([found.credential_id])[found.credential_id]
    group = str(record.content["pre_enrollment_code"])
    return dict(house.persons.dossier(operator, "vaccination", group))


class TestAFacility:
    def asked(self, client: Client, clerk: Headers, **changed: str) -> httpx.Response:
        said = {"contact": MOBILE, "birth_date": BORN, "purpose": "lost", "language": "en"}
        answer: httpx.Response = client.post(PRINT, json=said | changed, headers=clerk)
        return answer

    def test_it_prints_the_one_match_and_writes_down_what_for(
        self, client: Client, clerk: Headers, number: str, house: House
    ) -> None:
        answer = self.asked(client, clerk)

        with house.store.read() as work:
            entries = [each for each in work.audit.page(0, 100_000) if each.action == "print"]
        assert answer.content.startswith(b"%PDF")
        assert entries[-1].subject == number
        assert entries[-1].facts == {"kind": "vaccination", "purpose": "lost"}

    def test_a_wrong_date_and_an_unknown_number_are_one_answer(
        self, client: Client, clerk: Headers, number: str
    ) -> None:
        assert number
        wrong = self.asked(client, clerk, birth_date="1981-07-20")
        unknown = self.asked(client, clerk, contact="9000000009")

        assert wrong.status_code == unknown.status_code == 404
        assert wrong.json() == unknown.json()

    @pytest.mark.parametrize(
        "changed", [{"purpose": "curiosity"}, {"birth_date": "1981"}, {"birth_date": "x"}]
    )
    def test_what_is_missing_is_refused(
        self, client: Client, clerk: Headers, changed: dict[str, str]
    ) -> None:
        assert self.asked(client, clerk, **changed).status_code == 400

    def test_nobody_prints_without_the_scope(self, client: Client, key: Headers) -> None:
        assert self.asked(client, key).status_code == 403


class TestThePage:
    def test_it_is_small_and_runs_nothing_inline(self, client: Client) -> None:
        parts = [
            client.get(path) for path in ("/holder", "/holder.js", "/holder.css", "/pages.css")
        ]

        assert sum(len(each.content) for each in parts) < 30_000
        assert "script-src 'self';" in parts[0].headers["content-security-policy"]
        assert "onclick" not in parts[0].text
        assert "style=" not in parts[0].text

    @pytest.mark.parametrize(
        ("wished", "language", "direction"),
        [
            ("hi-IN", "hi", "ltr"),
            ("ur", "ur", "rtl"),
            ("fr", "en", "ltr"),
            ("mni-Mtei", "mni-Mtei", "ltr"),
        ],
    )
    def test_it_speaks_the_nearest_language(
        self, client: Client, wished: str, language: str, direction: str
    ) -> None:
        texts = client.get(f"/holder/texts.json?language={wished}").json()

        assert (texts["language"], texts["direction"]) == (language, direction)
        assert texts["labels"]["error-unavailable"]
        assert len(texts["languages"]) == 24
