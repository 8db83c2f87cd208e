"""From a record to the other side's door, in whole houses, with a real server there."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest

from mohar.access.request import Asked, Named
from mohar.assembly.house import House, build_house
from mohar.assembly.keys import generate_missing
from mohar.assembly.opening import open_store
from mohar.domain.access import Actor
from mohar.domain.correction import Correction
from mohar.domain.record import Message
from mohar.domain.request import SourceAnswer, spelt
from mohar.store.delivery_rows import KeptDelivery, Wanted
from mohar.store.request_rows import Contents
from mohar.testing.deployments import copy_deployment, sample_messages
from mohar.testing.partner import Answer, Partner
from mohar.testing.postgres import PostgresServer
from mohar.testing.stores import RolledBack, make_schema
from mohar.worker import Worker

ROOT = Path(__file__).parents[2]
PORTAL = Actor(actor_id="portal", name="test", scopes=frozenset({"request"}))
SOURCE = Actor(actor_id="source", name="test", scopes=frozenset({"answer"}))
OPERATOR = Actor(actor_id="operator", name="test", scopes=frozenset({"*"}))
ACK, LOGIN, HOOK, ASKED = "/ack", "/login", "/hook", "/asked"

CHANNELS = """
channels:
  - name: upstream
    uses: cowin-ack
    settings: {{url: "{url}/ack", login_url: "{url}/login", user: {{file: secrets/ack}}}}
  - name: partner
    uses: webhook
    events: [issued]
    retries: {{first_seconds: 0.01, longest_seconds: 0.02, attempts: 3}}
    settings: {{url: "{url}/hook", secrets: [{{file: secrets/hook}}], deadline_seconds: 5}}
  - name: life
    uses: webhook
    events: [issued, corrected, revoked]
    settings: {{url: "{url}/life", secrets: [{{file: secrets/hook}}], deadline_seconds: 5}}
  - name: source
    uses: webhook
    events: [forwarded]
    retries: {{first_seconds: 0.01, longest_seconds: 0.02, attempts: 3}}
    settings: {{url: "{url}/asked", secrets: [{{file: secrets/hook}}], deadline_seconds: 5}}
"""

Deploy = Callable[..., Path]


@pytest.fixture
def deployed(tmp_path: Path, partner: Partner) -> Deploy:
    """Set the India deployment up with both channels, without its drawings."""
    partner.answers(LOGIN, Answer(body=b"token-1"), Answer(body=b"token-2"))

    def made(database: str | None = None) -> Path:
        folder = copy_deployment(ROOT, "india", tmp_path, database=database)
        generate_missing(folder)
        file = folder / "deployment.yaml"
        text = file.read_text(encoding="utf-8").replace("  - renderer-pdf\n", "")
        text = text.replace("plugins:\n", "plugins:\n  - channel-cowin-ack\n  - channel-webhook\n")
        head, _, rest = text.partition("    renderings:\n")
        text = head + rest[rest.index("\nsinks:") :]
        file.write_text(text + CHANNELS.format(url=partner.url), encoding="utf-8")
        (folder / "secrets" / "ack").write_text("sample-user")
        (folder / "secrets" / "hook").write_text("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
        with open_store(folder) as store:
            store.upgrade()
        return folder

    return made


@pytest.fixture
def folder(deployed: Deploy) -> Path:
    return deployed()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def on_both(request: pytest.FixtureRequest, deployed: Deploy) -> Path:
    """On each database, where it is the database that tells."""
    if request.param == "sqlite":
        return deployed()
    server: PostgresServer = request.getfixturevalue("postgres")
    return deployed(server.copy(make_schema))


@pytest.fixture
def messages() -> list[Message]:
    return sample_messages(ROOT / "config" / "india" / "samples" / "records.jsonl")[:3]


def issue(house: House, *messages: Message) -> list[str]:
    receipt = house.submit(OPERATOR, "vaccination", messages)
    return [each.state for each in house.issue_now(OPERATOR, receipt).outcomes]


def kept(house: House, **wanted: Any) -> Sequence[KeptDelivery]:
    with house.store.read() as work:
        return work.deliveries.listed(Wanted(**wanted), 1_000)


def changed(message: Message, **changes: Any) -> Message:
    content = msgspec.json.decode(msgspec.json.encode(message.content))
    content["recipient"].update(changes)
    return msgspec.structs.replace(message, content=content)


def acks(partner: Partner) -> list[tuple[str, str, str]]:
    said = [json.loads(each.body) for each in partner.calls(ACK)]
    return [(each["beneficiary_reference_id"], each["status"], each["reason"]) for each in said]


class TestTelling:
    def test_every_outcome_is_acknowledged_duplicates_and_conflicts_too(
        self, folder: Path, partner: Partner, messages: list[Message]
    ) -> None:
        first, second, _ = messages
        wrong = changed(second, contact=[])
        with build_house(folder) as house:
            states = issue(house, first) + issue(
                house, first, changed(first, name="Somebody Else"), wrong
            )
            Worker(house).run_until_idle()
            left = kept(house, state="waiting")

        one, other = (each.content["preEnrollmentCode"] for each in (first, second))
        assert states == ["issued", "known", "conflict", "refused"]
        assert sorted(acks(partner)) == sorted(
            [
                (one, "success", "created"),
                (one, "success", "duplicate"),
                (one, "error", "conflict; already-issued; field-differs (recipient.name)"),
                (other, "error", "no-phone (recipient.contact)"),
            ]
        )
        assert len(partner.calls(HOOK)) == 1
        assert left == []

    def test_a_webhook_tells_nothing_of_whom(
        self, folder: Path, partner: Partner, messages: list[Message]
    ) -> None:
        with build_house(folder) as house:
            issue(house, *messages)
            Worker(house).run_until_idle()

        told = "".join(str((each.headers, each.body)) for each in partner.calls(HOOK))
        assert len(partner.calls(HOOK)) == 3
        for message in messages:
            assert message.content["recipient"]["name"] not in told
            assert str(message.content["preEnrollmentCode"]) not in told

    def test_what_is_rolled_back_is_told_to_nobody(
        self, on_both: Path, messages: list[Message], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """
        The delivery is born with the outcome, or not at all.
        """

        def fail(*_: object) -> None:
            raise RolledBack

        with build_house(on_both) as house:
            receipt = house.submit(OPERATOR, "vaccination", messages)
            monkeypatch.setattr("mohar.store.intake.Intake.settle", fail)
            with suppress(Exception):
                house.issue_now(OPERATOR, receipt)
            rolled_back = kept(house)
            monkeypatch.undo()
            house.issue_now(OPERATOR, receipt)

            assert rolled_back == []
            assert len(kept(house, channel="partner")) == 3

    def test_what_is_set_aside_is_told_as_failed(
        self, folder: Path, partner: Partner, messages: list[Message]
    ) -> None:
        with build_house(folder) as house:
            receipt = house.submit(OPERATOR, "vaccination", messages[:1])
            number = f"{receipt.submission_id}-0"
            with house.store.begin() as work:
                work.intake.release([number], attempts=8, trouble="failed: it broke")
            Worker(house).run_until_idle()

        ((reference, status, reason),) = acks(partner)
        assert (status, reason) == ("error", "tried-too-often")
        assert reference == messages[0].content["preEnrollmentCode"]


class TestLife:
    def test_a_replacement_and_its_end_are_told_to_whom_tells_them_apart(
        self, on_both: Path, partner: Partner, messages: list[Message]
    ) -> None:
        """Who asks for `issued` alone hears of the replacement by that name, as ever."""
        with build_house(on_both) as house:
            receipt = house.submit(OPERATOR, "vaccination", messages[:1])
            number = str(house.issue_now(OPERATOR, receipt).outcomes[0].credential_id)
            wish = Correction(
                credential_id=number,
                reason="misspelt",
                actor_id="operator",
                changes={"recipient.name": "Asha Namuna-Rao"},
            )
            message = Message(content={}, correction=wish)
            corrected = house.corrections.correct(OPERATOR, message).outcomes[0].credential_id
            house.changes.revoke_all(OPERATOR, "vaccination", [str(corrected)], "gone")
            Worker(house).run_until_idle()

        said = [json.loads(each.body) for each in partner.calls("/life")]
        assert sorted((each["type"], each["data"]["credential_id"]) for each in said) == [
            ("credential.revoked", corrected),
            ("record.corrected", corrected),
            ("record.issued", number),
        ]
        assert {json.loads(each.body)["type"] for each in partner.calls(HOOK)} == {"record.issued"}
        assert len(partner.calls(HOOK)) == 2


class TestTroubleOutside:
    def test_500_then_200(self, folder: Path, partner: Partner, messages: list[Message]) -> None:
        partner.answers(HOOK, Answer(status=500), Answer())
        with build_house(folder) as house:
            issue(house, messages[0])
            until(house, lambda: kept(house, channel="partner", state="delivered"))

        first, second = partner.calls(HOOK)
        assert first.headers["webhook-id"] == second.headers["webhook-id"]
        assert first.body == second.body

    def test_401_then_a_new_token(
        self, folder: Path, partner: Partner, messages: list[Message]
    ) -> None:
        partner.answers(ACK, Answer(status=401), Answer())
        with build_house(folder) as house:
            issue(house, messages[0])
            Worker(house).run_until_idle()

            assert [each.attempts for each in kept(house, channel="upstream")] == [1]
        assert [each.headers["authorization"] for each in partner.calls(ACK)] == [
            "token-1",
            "token-2",
        ]

    def test_dead_after_so_many_and_delivered_by_hand(
        self, folder: Path, partner: Partner, messages: list[Message]
    ) -> None:
        partner.answers(HOOK, Answer(status=500))
        with build_house(folder) as house:
            issue(house, messages[0])
            until(house, lambda: kept(house, state="dead"))
            (dead,) = kept(house, state="dead")
            partner.answers(HOOK, Answer())
            house.deliveries.redeliver(OPERATOR, dead.delivery_id)
            until(house, lambda: kept(house, channel="partner", state="delivered"))
            _, log = house.deliveries.show(OPERATOR, dead.delivery_id)

        assert (dead.attempts, dead.detail) == (3, "http 500")
        assert [each.detail for each in log] == ["http 500"] * 3 + ["http 200"]

    def test_what_one_house_left_the_next_one_delivers(
        self, folder: Path, partner: Partner, messages: list[Message]
    ) -> None:
        partner.answers(HOOK, Answer(status=503), Answer())
        with build_house(folder) as house:
            issue(house, messages[0])
            house.couriers[1].run_once()
        time.sleep(0.03)
        with build_house(folder) as house:
            until(house, lambda: kept(house, channel="partner", state="delivered"))

        assert len(partner.calls(HOOK)) == 2


class TestManyWorkers:
    def test_two_at_once_deliver_each_once(
        self, on_both: Path, partner: Partner, messages: list[Message]
    ) -> None:
        many = [
            msgspec.structs.replace(
                messages[0],
                content={**messages[0].content, "preEnrollmentCode": str(71_000_000_000_000 + n)},
            )
            for n in range(20)
        ]
        with build_house(on_both) as one, build_house(on_both) as other:
            issue(one, *many)
            threads = [
                threading.Thread(target=Worker(house).run_until_idle) for house in (one, other)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

            assert kept(one, state="waiting") == []
        numbers = [each.headers["webhook-id"] for each in partner.calls(HOOK)]
        assert (len(numbers), len(set(numbers))) == (20, 20)
        assert len(partner.calls(ACK)) == 20

    def test_a_channel_that_is_slow_holds_up_no_issuing(
        self, deployed: Deploy, partner: Partner, messages: list[Message]
    ) -> None:
        partner.answers(HOOK, Answer(wait_seconds=1.5))
        with build_house(deployed()) as house:
            issue(house, messages[0])
            with Worker(house).in_background():
                while not partner.calls(HOOK):
                    time.sleep(0.01)
                receipt = house.submit(OPERATOR, "vaccination", messages[1:2])
                state, began = "waiting", time.monotonic()
                while state == "waiting" and time.monotonic() - began < 1.2:
                    time.sleep(0.02)
                    outcomes = house.submissions.outcomes(receipt.submission_id, OPERATOR)
                    state = outcomes[0].state

        assert state == "issued"


def until(house: House, reached: Callable[[], object]) -> None:
    """Work until it is so; the waits of these channels are hundredths of a second."""
    for _ in range(200):
        Worker(house).run_until_idle()
        if reached():
            return
        time.sleep(0.01)
    raise AssertionError("it never came to that")


class TestRequests:
    def asked(self, house: House, credential_id: str) -> str:
        """Let a portal ask for another date, which the source decides; return the number."""
        wish = Asked(
            type="wrong-date",
            about=Named(credential_id=credential_id),
            contents=Contents(reason="MARKED by ear", changes={"vaccination.date": "2021-03-02"}),
        )
        return house.requests.open(PORTAL, "vaccination", wish)[0].kept.tracking

    def issued(self, house: House, message: Message) -> str:
        receipt = house.submit(OPERATOR, "vaccination", [message])
        (outcome,) = house.issue_now(OPERATOR, receipt).outcomes
        return str(outcome.credential_id)

    def test_the_source_is_told_answers_and_the_certificate_is_corrected(
        self, on_both: Path, partner: Partner, messages: list[Message]
    ) -> None:
        partner.answers(ASKED, Answer(status=503), Answer(status=200))
        with build_house(on_both) as house:
            number = self.issued(house, messages[0])
            tracking = self.asked(house, number)
            until(house, lambda: len(partner.calls(ASKED)) == 2)
            said = json.loads(partner.calls(ASKED)[-1].body)
            answer = SourceAnswer(state="accepted", reason="case 7")
            seen = house.requests.answer(SOURCE, said["data"]["tracking"], answer)
            Worker(house).run_until_idle()

        code = messages[0].content["preEnrollmentCode"]
        assert said["type"] == "request.forwarded"
        assert said["data"]["tracking"] == spelt(tracking)
        assert said["data"]["key"] == {"pre_enrollment_code": code, "vaccination.dose": 1}
        assert said["data"]["changes"] == {"vaccination.date": "2021-03-02"}
        assert (seen.kept.state, seen.kept.credential_id) == ("done", number)
        assert len({each.headers["webhook-id"] for each in partner.calls(ASKED)}) == 1
        assert len(partner.calls(ASKED)) == 2

    def test_a_channel_of_outcomes_hears_nothing_of_it(
        self, folder: Path, partner: Partner, messages: list[Message]
    ) -> None:
        with build_house(folder) as house:
            self.asked(house, self.issued(house, messages[0]))
            Worker(house).run_until_idle()

        assert len(partner.calls(ASKED)) == 1
        told = [str(each.body) for path in (ACK, HOOK) for each in partner.calls(path)]
        assert len(told) == 2
        assert "MARKED" not in "".join(told)

    def test_it_is_told_again_only_where_somebody_wants_that(
        self, folder: Path, partner: Partner, messages: list[Message]
    ) -> None:
        with build_house(folder) as house:
            self.asked(house, self.issued(house, messages[0]))
            for _ in range(2):
                Worker(house).run_until_idle()
            before = len(partner.calls(ASKED))
            (told,) = kept(house, channel="source")
            house.deliveries.redeliver(OPERATOR, told.delivery_id)
            Worker(house).run_until_idle()

        assert (before, len(partner.calls(ASKED))) == (1, 2)

    @pytest.mark.parametrize(("name", "state"), [("Asha Namuna", "done"), ("Usha", "forwarded")])
    def test_a_record_that_the_source_corrects_as_wished_is_an_answer_too(
        self, on_both: Path, messages: list[Message], name: str, state: str
    ) -> None:
        """One that it corrects otherwise is none, and the request goes on waiting."""
        with build_house(on_both) as house:
            number = self.issued(house, messages[0])
            wish = Asked(
                type="wrong-name",
                about=Named(credential_id=number),
                contents=Contents(
                    reason="by ear",
                    changes={"recipient.name": "Asha Namuna"},
                    evidence={"photo-id": "seen"},
                ),
            )
            tracking = house.requests.open(PORTAL, "vaccination", wish)[0].kept.tracking
            house.requests.decide(OPERATOR, tracking, "forward", "the source knows")
            corrected = changed(messages[0], name=name)
            content = {**corrected.content, "meta": {"previousCertificateId": number}}
            new = self.issued(house, msgspec.structs.replace(corrected, content=content))
            Worker(house).run_until_idle()
            seen = house.requests.find(OPERATOR, tracking)

        assert new != number
        assert seen.kept.state == state
        assert seen.kept.result_id == (new if state == "done" else None)
        assert seen.steps[-1].actor_id == ("house" if state == "done" else "operator")
