"""What holders ask for gets a number, is decided by somebody else, and ends as a correction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from litestar import Litestar
from litestar.testing import TestClient

from mohar.assembly.house import House
from mohar.domain.access import Actor
from mohar.domain.request import read_tracking

Client = TestClient[Litestar]
Headers = Mapping[str, str]
Ask = Callable[..., httpx.Response]
Decide = Callable[..., httpx.Response]
RECORDS = "/v1/kinds/vaccination/records?wait=issued&formats="
URL = "/v1/kinds/vaccination/requests"
NAME = {"recipient.name": "Asha Namuna-Rao"}
DATE = {"vaccination.date": "2021-03-02"}
PHOTO = {"photo-id": "letter 12/2026"}
UNKNOWN = "QQQQ-QQQQ-QQQQ"


@pytest.fixture(scope="module")
def portal(key_for: Callable[..., Headers]) -> Headers:
    """The header of a portal."""
    return key_for("request:vaccination")


@pytest.fixture(scope="module")
def officer(key_for: Callable[..., Headers]) -> Headers:
    """The header of who decides."""
    return key_for("decide:vaccination", "read:vaccination")


@pytest.fixture(scope="module")
def source(key_for: Callable[..., Headers]) -> Headers:
    """The header of the source that decides what is forwarded."""
    return key_for("answer:vaccination")


@pytest.fixture(scope="module")
def issuer(key_for: Callable[..., Headers]) -> Headers:
    """The header of who issues, revokes and reads."""
    return key_for(*(f"{may}:vaccination" for may in ("issue", "read", "revoke", "correct")))


@pytest.fixture
def issue(
    client: Client, issuer: Headers, record: Callable[..., dict[str, Any]]
) -> Callable[..., tuple[str, dict[str, Any]]]:
    """Return a function that issues a credential, and returns its id and its natural key."""

    def issued(body: str = "domestic") -> tuple[str, dict[str, Any]]:
        sent = record()
        outcome = client.post(RECORDS + body, json=sent, headers=issuer).json()["outcomes"][0]
        key = {"pre_enrollment_code": sent["preEnrollmentCode"], "vaccination.dose": 1}
        return outcome["credential_id"], key

    return issued


@pytest.fixture
def ask(client: Client, portal: Headers) -> Ask:
    """Return a function that asks for something; a name is to be corrected, unless told else."""

    def asked(*, headers: Headers = portal, **more: Any) -> httpx.Response:
        wish: dict[str, Any] = {"type": "wrong-name", "changes": NAME, "evidence": PHOTO}
        return client.post(URL, json={"reason": "misspelt", **wish, **more}, headers=headers)

    return asked


@pytest.fixture
def decide(client: Client, officer: Headers) -> Decide:
    """Return a function that takes a step of a request."""

    def decided(
        made: httpx.Response | str, step: str, *, headers: Headers = officer, reason: str = "seen"
    ) -> httpx.Response:
        number = made if isinstance(made, str) else made.json()["tracking"]
        url = f"/v1/requests/{number}/{step}"
        return client.post(url, json={"reason": reason}, headers=headers)

    return decided


@pytest.fixture
def history(client: Client, issuer: Headers) -> Callable[[str], dict[str, Any]]:
    """Return a function that tells what became of a credential."""
    return lambda number: dict(
        client.get(f"/v1/credentials/{number}/history", headers=issuer).json()
    )


Issue = Callable[..., tuple[str, dict[str, Any]]]
History = Callable[[str], dict[str, Any]]


class TestAsking:
    def test_a_request_gets_a_number_that_people_can_read_and_stands_open(
        self, ask: Ask, issue: Issue, client: Client, portal: Headers
    ) -> None:
        made = ask(credential_id=issue()[0])

        number = made.json()["tracking"]
        aloud = number.lower().replace("-", " ")
        again = client.get(f"/v1/requests/{aloud}", headers=portal)
        assert made.status_code == 201
        assert made.headers["location"] == f"/v1/requests/{number}"
        assert read_tracking(number) is not None
        assert again.json() == made.json()
        assert made.json()["state"] == "open"

    def test_a_credential_is_named_by_its_natural_key_as_well(
        self, ask: Ask, issue: Issue, client: Client, officer: Headers
    ) -> None:
        number, key = issue()

        made = ask(key=key)

        seen = client.get(f"/v1/requests/{made.json()['tracking']}", headers=officer).json()
        assert seen["credential_id"] == number

    def test_who_made_it_sees_where_it_is_and_nothing_personal(
        self, ask: Ask, issue: Issue, decide: Decide, client: Client, portal: Headers
    ) -> None:
        number, _ = issue()
        made = ask(credential_id=number, reason="MARKED by ear")
        decide(made, "decline", reason="MARKED too")

        answer = client.get(f"/v1/requests/{made.json()['tracking']}", headers=portal)

        told = answer.json()
        assert [each["state"] for each in told["steps"]] == ["open", "declined"]
        assert told["title"] == "The name on the certificate is wrong"
        assert not {"changes", "reason", "evidence", "actor_id", "credential_id"} & set(told)
        assert "MARKED" not in answer.text
        assert "Namuna" not in answer.text
        assert number not in answer.text

    def test_who_may_decide_sees_all_of_it(
        self, ask: Ask, issue: Issue, client: Client, officer: Headers
    ) -> None:
        made = ask(credential_id=issue()[0])

        told = client.get(f"/v1/requests/{made.json()['tracking']}", headers=officer).json()

        assert told["changes"] == NAME
        assert told["evidence"] == PHOTO
        assert told["reason"] == "misspelt"

    def test_a_repeat_under_one_key_is_the_first_request_and_another_a_conflict(
        self, ask: Ask, issue: Issue, portal: Headers
    ) -> None:
        number, _ = issue()
        headers = {**portal, "Idempotency-Key": f"portal-{number}"}

        answers = [ask(credential_id=number, headers=headers) for _ in range(2)]
        other = ask(credential_id=number, headers=headers, reason="another")

        assert [each.status_code for each in answers] == [201, 200]
        assert answers[0].json()["tracking"] == answers[1].json()["tracking"]
        assert other.status_code == 409

    def test_a_repeat_is_the_first_request_even_after_it_was_done(
        self, ask: Ask, issue: Issue, decide: Decide, portal: Headers
    ) -> None:
        number, key = issue()
        names = {"id": {"credential_id": number}, "key": {"key": key}}
        made = {
            name: ask(headers={**portal, "Idempotency-Key": f"{name}-{number}"}, **about)
            for name, about in names.items()
        }
        decide(made["id"], "approve")

        again = {
            name: ask(headers={**portal, "Idempotency-Key": f"{name}-{number}"}, **about)
            for name, about in names.items()
        }

        assert [each.status_code for each in again.values()] == [200, 200]
        assert [each.json()["tracking"] for each in again.values()] == [
            each.json()["tracking"] for each in made.values()
        ]

    @pytest.mark.parametrize(
        ("asked", "codes"),
        [
            ({"changes": {}}, {"nothing-wished"}),
            ({"changes": {"recipient.gender": "Male"}}, {"not-in-this-request"}),
            ({"changes": {"recipient": {"name": "A"}}}, {"not-in-this-request"}),
            ({"changes": {"": "A"}, "evidence": {}}, {"not-in-this-request", "evidence-missing"}),
            ({"evidence": {"photo-id": " "}}, {"evidence-missing"}),
            ({"evidence": {"photo-id": "x" * 1600}}, {"evidence-too-long"}),
        ],
    )
    def test_what_does_not_fit_its_type_is_told_with_all_findings(
        self, ask: Ask, issue: Issue, asked: dict[str, Any], codes: set[str]
    ) -> None:
        answer = ask(credential_id=issue()[0], **asked)

        assert answer.status_code == 400
        assert {each["code"] for each in answer.json()["findings"]} == codes

    @pytest.mark.parametrize(
        "asked",
        [
            {"type": "no-such"},
            {"reason": " "},
            {"reason": "x" * 1501},
            {"key": {"pre_enrollment_code": "1"}},
            {"key": {"pre_enrollment_code": "1", "vaccination.dose": 1}, "credential_id": "1"},
            {"credential_id": None},
            {"colour": "red"},
            {"changes": {"recipient.name": "x" * 60_000}},
            {"other": {"credential_id": "1"}},
        ],
    )
    def test_a_wish_of_another_shape_is_refused(
        self, ask: Ask, issue: Issue, asked: dict[str, Any]
    ) -> None:
        number, _ = issue()
        about = {} if "key" in asked else {"credential_id": number}
        if "other" in asked:
            asked = {"other": {"credential_id": number}}

        assert ask(**{**about, **asked}).status_code == 400

    def test_what_is_not_current_any_more_is_a_conflict(
        self, ask: Ask, issue: Issue, client: Client, issuer: Headers
    ) -> None:
        number, _ = issue()
        client.post(f"/v1/credentials/{number}/revoke", json={"reason": "x"}, headers=issuer)

        answer = ask(credential_id=number)

        assert (answer.status_code, answer.json()["code"]) == (409, "not-current")


class TestRights:
    def test_without_the_right_nobody_learns_whether_a_credential_is_there(
        self, ask: Ask, issue: Issue, key_for: Callable[..., Headers]
    ) -> None:
        number, _ = issue()
        stranger = key_for("decide:vaccination", "request:diploma")

        answers = [ask(credential_id=each, headers=stranger) for each in (number, "1", "\x00")]

        assert {each.status_code for each in answers} == {403}
        assert len({each.text for each in answers}) == 1

    @pytest.mark.parametrize("number", ["1", "", "a b", "\x00", "%", "1" * 5000])
    def test_no_such_credential_is_not_found(self, ask: Ask, number: str) -> None:
        assert ask(credential_id=number).status_code == 404

    def test_a_request_of_somebody_else_looks_like_none(
        self, ask: Ask, issue: Issue, client: Client, key_for: Callable[..., Headers]
    ) -> None:
        made = ask(credential_id=issue()[0]).json()["tracking"]
        others = [key_for("request:vaccination"), key_for("decide:diploma"), key_for("read")]

        answers = [
            client.get(f"/v1/requests/{number}", headers=each)
            for each in others
            for number in (made, UNKNOWN, "nonsense", "%00")
        ]

        assert {each.status_code for each in answers} == {404}
        assert len({each.text for each in answers}) == 1

    def test_who_made_it_does_not_decide_it_and_may_withdraw_it(
        self,
        ask: Ask,
        issue: Issue,
        decide: Decide,
        portal: Headers,
        key_for: Callable[..., Headers],
    ) -> None:
        both = key_for("request:vaccination", "decide:vaccination")
        own, made = (ask(credential_id=issue()[0], headers=each) for each in (both, portal))

        answers = [decide(own, step, headers=both) for step in ("approve", "decline", "forward")]
        not_at_all = decide(made, "approve", headers=portal)
        withdrawn = [
            decide(own, "withdraw", headers=both),
            decide(made, "withdraw", headers=portal),
        ]

        assert {(each.status_code, each.json()["code"]) for each in answers} == {
            (403, "own-request")
        }
        assert not_at_all.json()["code"] == "not-permitted"
        assert [each.json()["state"] for each in withdrawn] == ["withdrawn"] * 2

    def test_officers_list_what_they_may_decide(
        self,
        ask: Ask,
        issue: Issue,
        decide: Decide,
        client: Client,
        officer: Headers,
        portal: Headers,
    ) -> None:
        made = [ask(credential_id=issue()[0]).json()["tracking"] for _ in range(3)]
        decide(made[1], "decline")

        listed = client.get("/v1/requests?state=open&kind=vaccination", headers=officer)
        behind = client.get(f"/v1/requests?after={made[0]}", headers=officer).json()["requests"]

        numbers = [each["tracking"] for each in listed.json()["requests"]]
        assert [each for each in numbers if each in made] == [made[0], made[2]]
        assert [each["tracking"] for each in behind] == made[1:]
        assert "Namuna" not in listed.text
        assert client.get("/v1/requests", headers=portal).status_code == 403
        assert client.get("/v1/requests?state=lost", headers=officer).status_code == 400
        assert client.get("/v1/requests?kind=none", headers=officer).status_code == 403
        nothing = client.get("/v1/requests?after=%00", headers=officer).json()
        assert nothing["requests"] == []


class TestCorrecting:
    def test_what_is_approved_ends_as_a_correction_with_who_and_why(
        self,
        ask: Ask,
        issue: Issue,
        decide: Decide,
        history: History,
        client: Client,
        officer: Headers,
    ) -> None:
        number, _ = issue()
        made = ask(credential_id=number)

        done = decide(made, "approve", reason="the letter is genuine")

        new = done.json()["result_id"]
        old = history(number)
        body = client.get(f"/v1/credentials/{new}.json", headers=officer).json()
        assert (done.status_code, done.json()["state"]) == (200, "done")
        assert body["credentialSubject"]["name"] == "Asha Namuna-Rao"
        assert (old["state"], old["superseded_by"]) == ("superseded", new)
        (change,) = old["changes"]
        assert change["reason"] == f"request {made.json()['tracking']}: the letter is genuine"
        assert change["evidence"] == "photo-id: letter 12/2026"
        assert change["actor_id"] == done.json()["steps"][1]["actor_id"]

    def test_a_limit_that_is_reached_is_told_in_the_state_and_may_be_declined_then(
        self, ask: Ask, issue: Issue, decide: Decide
    ) -> None:
        number, key = issue()
        decide(ask(credential_id=number), "approve")
        second = ask(key=key, changes={"recipient.name": "Asha"})

        failed = decide(second, "approve")
        declined = decide(second, "decline", reason="once only")

        assert (failed.status_code, failed.json()["state"]) == (200, "failed")
        assert failed.json()["code"] == "correction-limit"
        assert failed.json()["findings"][0]["code"] == "correction-limit"
        assert declined.json()["state"] == "declined"
        assert "code" not in declined.json()

    def test_a_correction_that_leads_to_nothing_good_fails_with_its_findings(
        self, ask: Ask, issue: Issue, decide: Decide, history: History
    ) -> None:
        number, _ = issue()
        made = ask(
            credential_id=number,
            type="wrong-age",
            changes={"recipient.birth_date": "yesterday"},
        )

        failed = [decide(made, "approve").json() for _ in range(2)]

        assert {each["state"] for each in failed} == {"failed"}
        assert {each["code"] for each in failed} == {"correction-refused"}
        assert history(number)["state"] == "current"

    def test_a_second_request_about_a_corrected_credential_fails_and_says_so(
        self, ask: Ask, issue: Issue, decide: Decide
    ) -> None:
        number, _ = issue()
        both = [
            ask(credential_id=number),
            ask(credential_id=number, changes={"recipient.name": "A"}),
        ]

        answers = [decide(each, "approve").json() for each in both]

        assert [each["state"] for each in answers] == ["done", "failed"]
        assert answers[1]["code"] == "not-current"

    def test_while_the_kind_is_paused_it_stays_approved_and_a_worker_ends_it(
        self, ask: Ask, issue: Issue, decide: Decide, house: House, history: History
    ) -> None:
        number, _ = issue()
        made = ask(credential_id=number)
        house.pausing.pause(Actor(actor_id="op", name="op"), "kind", "vaccination")
        waits = decide(made, "approve").json()["state"]
        house.pausing.resume("kind", "vaccination")
        with house.store.begin() as work:
            connection = work.requests._unit.connection
            connection.exec_driver_sql(
                "UPDATE request SET due_at = '2026-01-01' WHERE state = 'approved'"
            )

        while house.forwarding.run_once():
            pass

        again = decide(made, "decline")
        assert waits == "approved"
        assert again.json()["detail"].startswith("a request that is done")
        assert history(number)["state"] == "superseded"

    def test_many_officers_at_once_decide_it_once(
        self, ask: Ask, issue: Issue, decide: Decide, history: History
    ) -> None:
        number, _ = issue()
        made = ask(credential_id=number)
        steps = ["approve", "decline"] * 4

        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda step: decide(made, step), steps))

        codes = sorted(each.status_code for each in answers)
        (decided,) = (each.json()["state"] for each in answers if each.status_code == 200)
        assert codes == [200, *[409] * 7]
        assert (decided, history(number)["state"]) in {
            ("done", "superseded"),
            ("declined", "current"),
        }

    @pytest.mark.parametrize("step", ["approve", "decline", "forward", "withdraw"])
    def test_what_is_done_stays_done(
        self, ask: Ask, issue: Issue, decide: Decide, step: str
    ) -> None:
        made = ask(credential_id=issue()[0])
        decide(made, "approve")

        again = decide(made, step)

        assert (again.status_code, again.json()["code"]) == (409, "not-decidable")

    def test_a_passport_is_added(
        self, ask: Ask, issue: Issue, decide: Decide, client: Client, officer: Headers
    ) -> None:
        made = ask(
            type="add-passport",
            credential_id=issue("domestic,international")[0],
            changes={"recipient.identity": "did:Passport:X1234567"},
            evidence={"passport": "seen at the counter"},
        )

        done = decide(made, "approve").json()

        url = f"/v1/credentials/{done['result_id']}.json?profile=international"
        body = client.get(url, headers=officer)
        assert done["state"] == "done"
        assert "X1234567" in body.text


class TestTwoCredentials:
    def merge(self, ask: Ask, stays: str, other: Any, **more: Any) -> httpx.Response:
        wish = {"type": "merge-first-doses", "changes": {}, "evidence": {}, **more}
        return ask(credential_id=stays, other=other, **wish)

    def test_one_stays_and_the_other_is_revoked_with_the_reason(
        self, ask: Ask, issue: Issue, decide: Decide, history: History
    ) -> None:
        (stays, _), (goes, key) = issue(), issue()

        done = decide(self.merge(ask, stays, {"key": key}), "approve", reason="one person")

        gone = history(goes)
        assert (done.json()["state"], done.json().get("result_id")) == ("done", None)
        assert (history(stays)["state"], gone["state"]) == ("current", "revoked")
        assert gone["changes"][0]["reason"].endswith(": one person")

    def test_the_one_that_stays_is_corrected_where_that_is_wished(
        self, ask: Ask, issue: Issue, decide: Decide, history: History
    ) -> None:
        (stays, _), (goes, _) = issue(), issue()

        done = decide(self.merge(ask, stays, {"credential_id": goes}, changes=NAME), "approve")

        assert done.json()["state"] == "done"
        assert history(stays)["superseded_by"] == done.json()["result_id"]
        assert history(goes)["state"] == "revoked"

    def test_where_the_other_cannot_be_revoked_nothing_is_corrected(
        self, ask: Ask, issue: Issue, decide: Decide, history: History
    ) -> None:
        (stays, _), (goes, _) = issue(), issue()
        made = self.merge(ask, stays, {"credential_id": goes}, changes=NAME)
        decide(ask(credential_id=goes), "approve")

        failed = decide(made, "approve").json()

        assert (failed["state"], failed["code"]) == ("failed", "not-changeable")
        assert history(stays)["state"] == "current"

    def test_two_are_named_and_are_not_the_same(self, ask: Ask, issue: Issue) -> None:
        number, _ = issue()

        answers = [self.merge(ask, number, each) for each in (None, {"credential_id": number})]

        assert [each.status_code for each in answers] == [400, 400]


class TestForwarding:
    def moved(self, ask: Ask, number: str) -> httpx.Response:
        changes = {"recipient.mobile": "5550000002"}
        return ask(type="transfer-member", credential_id=number, changes=changes, evidence={})

    def test_what_the_source_decides_waits_for_its_answer_which_an_officer_records(
        self, ask: Ask, issue: Issue, decide: Decide, house: House, history: History
    ) -> None:
        number, _ = issue()
        made = self.moved(ask, number)
        while house.forwarding.run_once():
            pass

        done = decide(made, "approve", reason="Co-WIN moved the member")

        states = [each["state"] for each in done.json()["steps"]]
        assert made.json()["state"] == "forwarded"
        assert states == ["open", "forwarded", "approved", "done"]
        assert history(number)["state"] == "current"

    def test_an_officer_may_forward_what_is_open(
        self, ask: Ask, issue: Issue, decide: Decide
    ) -> None:
        made = ask(credential_id=issue()[0])

        forwarded = decide(made, "forward").json()
        declined = decide(made, "decline", reason="the source says no").json()

        assert [forwarded["state"], declined["state"]] == ["forwarded", "declined"]


class TestAnsweringAsSource:
    @pytest.fixture
    def answer(self, client: Client, source: Headers) -> Decide:
        def answered(made: httpx.Response, *, headers: Headers = source, **said: Any) -> Any:
            url = f"/v1/requests/{made.json()['tracking']}/answer"
            return client.post(url, json=said, headers=headers)

        return answered

    def moved(self, ask: Ask, number: str) -> httpx.Response:
        return ask(type="wrong-date", credential_id=number, changes=DATE, evidence={})

    @pytest.mark.parametrize(
        ("said", "ends", "after"),
        [("accepted", "done", "superseded"), ("declined", "declined", "current")],
    )
    def test_its_answer_ends_the_request(
        self,
        ask: Ask,
        issue: Issue,
        answer: Any,
        history: History,
        said: str,
        ends: str,
        after: str,
    ) -> None:
        number, _ = issue()
        made = self.moved(ask, number)

        told = answer(made, state=said, reason="case 7")

        assert (told.status_code, told.json()["state"]) == (200, ends)
        assert history(number)["state"] == after

    def test_what_it_has_done_is_not_done_here_again(
        self, ask: Ask, issue: Issue, answer: Any, history: History, client: Client, portal: Headers
    ) -> None:
        number, _ = issue()
        made = self.moved(ask, number)

        answers = [answer(made, state="done") for _ in range(2)]

        shown = client.get(f"/v1/requests/{made.json()['tracking']}", headers=portal).json()
        assert [each.json()["state"] for each in answers] == ["done", "done"]
        assert [each["state"] for each in shown["steps"]] == ["open", "forwarded", "done"]
        assert history(number)["state"] == "current"

    def test_it_is_shown_nothing_personal(self, ask: Ask, issue: Issue, answer: Any) -> None:
        number, _ = issue()

        told = answer(self.moved(ask, number), state="declined", reason="MARKED case").json()

        assert not {"changes", "reason", "evidence", "actor_id", "credential_id"} & set(told)
        assert "MARKED" not in str(told)

    def test_what_was_not_forwarded_to_it_looks_like_none(
        self, ask: Ask, issue: Issue, answer: Any, client: Client, source: Headers
    ) -> None:
        made = ask(credential_id=issue()[0])
        number = made.json()["tracking"]

        answers = [
            answer(made, state="done"),
            client.get(f"/v1/requests/{number}", headers=source),
            client.get(f"/v1/requests/{UNKNOWN}", headers=source),
        ]

        assert {each.status_code for each in answers} == {404}
        assert len({each.json()["detail"] for each in answers}) == 1

    def test_it_takes_no_other_step_and_nobody_else_answers(
        self,
        ask: Ask,
        issue: Issue,
        answer: Any,
        decide: Decide,
        source: Headers,
        officer: Headers,
        portal: Headers,
    ) -> None:
        made = self.moved(ask, issue()[0])

        steps = [decide(made, each, headers=source) for each in ("approve", "decline", "withdraw")]
        others = [answer(made, state="done", headers=each) for each in (officer, portal)]

        assert {each.status_code for each in [*steps, *others]} == {403}

    def test_what_is_decided_waits_for_no_answer(
        self, ask: Ask, issue: Issue, answer: Any, decide: Decide
    ) -> None:
        made = self.moved(ask, issue()[0])
        decide(made, "withdraw")

        told = answer(made, state="accepted")

        assert (told.status_code, told.json()["code"]) == (409, "not-decidable")

    @pytest.mark.parametrize(
        "said",
        [
            {},
            {"state": "waiting"},
            {"state": "declined"},
            {"state": "declined", "reason": " "},
            {"state": "done", "reason": "x" * 1501},
            {"state": "done", "colour": "red"},
            {"state": ["done"]},
        ],
    )
    def test_another_answer_is_none(
        self, ask: Ask, issue: Issue, answer: Any, said: dict[str, Any]
    ) -> None:
        made = self.moved(ask, issue()[0])

        assert answer(made, **said).status_code == 400


class TestAccessLog:
    def reads(self, house: House, number: str) -> list[tuple[str, Any]]:
        with house.store.read() as work:
            entries = work.audit.of_subjects([number], "read-request")
        return [(each.actor_id, each.facts["request"]) for each in entries]

    def test_whoever_sees_what_is_wished_stands_in_the_log(
        self, ask: Ask, issue: Issue, house: House, client: Client, officer: Headers
    ) -> None:
        number, _ = issue()
        tracking = ask(credential_id=number).json()["tracking"]
        before = self.reads(house, number)

        for _ in range(2):
            client.get(f"/v1/requests/{tracking}", headers=officer)

        actor = client.get(f"/v1/requests/{tracking}", headers=officer).json()
        reads = self.reads(house, number)
        assert before == []
        assert [request for _, request in reads] == [tracking] * 3
        assert len({who for who, _ in reads}) == 1
        assert reads[0][0] != actor["actor_id"]

    def test_whoever_sees_where_it_is_does_not(
        self, ask: Ask, issue: Issue, house: House, client: Client, portal: Headers
    ) -> None:
        number, _ = issue()
        tracking = ask(credential_id=number).json()["tracking"]

        client.get(f"/v1/requests/{tracking}", headers=portal)

        assert self.reads(house, number) == []

    def test_a_decision_shows_it_and_is_such_a_look(
        self, ask: Ask, issue: Issue, house: House, decide: Decide
    ) -> None:
        number, _ = issue()

        decide(ask(credential_id=number), "decline")

        assert len(self.reads(house, number)) == 1


def test_what_is_forgotten_is_told_to_the_officer_with_its_steps(
    ask: Ask, issue: Issue, decide: Decide, house: House, client: Client, officer: Headers
) -> None:
    number, _ = issue()
    made = ask(credential_id=number, reason="MARKED by ear")
    decide(made, "decline", reason="MARKED too")
    with house.store.begin() as work:
        work.requests.forget("vaccination", house.clock(), 1_000)

    told = client.get(f"/v1/requests/{made.json()['tracking']}", headers=officer)

    assert "MARKED" not in told.text
    assert not {"changes", "reason", "evidence"} & set(told.json())
    assert told.json()["credential_id"] == number
    assert told.json()["forgotten_at"]
    assert [each["state"] for each in told.json()["steps"]] == ["open", "declined"]


class TestAnyInput:
    @settings(
        max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=8),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(
                        [
                            "type",
                            "reason",
                            "key",
                            "other",
                            "changes",
                            "credential_id",
                            "evidence",
                            "x",
                        ]
                    ),
                    inner,
                    max_size=6,
                )
            ),
            max_leaves=12,
        )
    )
    def test_it_is_answered_with_a_problem_and_never_with_a_fault(
        self, client: Client, portal: Headers, sent: Any
    ) -> None:
        answer = client.post(URL, json=sent, headers=portal)

        assert answer.status_code in {400, 404}
        assert answer.headers["content-type"] == "application/problem+json"

    @pytest.mark.parametrize("body", [b"", b"{", b'{"reason": 1}', b"[]", b'{"reason": "\xff"}'])
    def test_no_decision_is_made_by_something_else(
        self, client: Client, officer: Headers, ask: Ask, issue: Issue, body: bytes
    ) -> None:
        number = ask(credential_id=issue()[0]).json()["tracking"]

        for step in ("approve", "decline", "forward", "withdraw"):
            answer = client.post(f"/v1/requests/{number}/{step}", content=body, headers=officer)
            assert answer.status_code == 400


def test_it_is_so_on_postgresql_too(
    on_postgres: tuple[Client, Headers], record: Callable[..., dict[str, Any]]
) -> None:
    client, everything = on_postgres
    number = client.post(RECORDS + "domestic", json=record(), headers=everything).json()[
        "outcomes"
    ][0]
    wish = {"type": "wrong-name", "changes": NAME, "evidence": PHOTO, "reason": "misspelt"}

    made = client.post(
        URL, json={**wish, "credential_id": number["credential_id"]}, headers=everything
    )

    tracking = made.json()["tracking"]
    own = client.post(f"/v1/requests/{tracking}/approve", json={"reason": "x"}, headers=everything)
    listed = client.get("/v1/requests?state=open", headers=everything).json()["requests"]
    assert own.json()["code"] == "own-request"
    assert [each["tracking"] for each in listed] == [tracking]


def test_nothing_of_it_is_in_an_event(ask: Ask, issue: Issue, decide: Decide, house: House) -> None:
    made = ask(credential_id=issue()[0], changes={"recipient.name": "Zebedee"}, reason="by ear")
    decide(made, "approve", reason="heard it")

    with house.store.read() as work:
        rows = work.outbox._unit.connection.exec_driver_sql("SELECT type, facts FROM outbox").all()

    told = [row[1] for row in rows if row[0].startswith("request.")]
    assert '{"request":"wrong-name","before":"approved"}' in told
    assert not any(
        word in each
        for each in told
        for word in ("Zebedee", "ear", "heard", made.json()["tracking"].replace("-", ""))
    )
