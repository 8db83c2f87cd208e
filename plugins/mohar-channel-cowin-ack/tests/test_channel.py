import json
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pytest

import mohar_channel_cowin_ack
from mohar.domain.delivery import Delivery, DeliveryResult, Told
from mohar.domain.errors import ConfigError
from mohar.domain.findings import Finding
from mohar.plugin import Channel, Tools
from mohar.testing.contracts import ChannelContract, PluginContract
from mohar.testing.partner import Answer, Partner
from mohar.testing.tools import NOON
from mohar_channel_cowin_ack._channel import CowinAckChannel, Settings

REFERENCE = "71000000000001"
ACK, LOGIN = "/ackCertificate", "/guest/login"

Open = Callable[..., CowinAckChannel]


def delivery(number: str = "d1", *findings: Finding, **more: Any) -> Delivery:
    fields = more.pop("fields", {"pre_enrollment_code": REFERENCE, "vaccination.dose": 1})
    values: dict[str, Any] = {
        "delivery_id": number,
        "channel": "cowin",
        "event": "issued",
        "kind": "vaccination",
        "occurred_at": NOON,
        "submission_id": "s1",
        "position": 0,
        "told": Told(fields=fields, findings=findings),
    }
    return Delivery(**{**values, **more})


def finding(code: str, where: str = "") -> Finding:
    return Finding(code=code, message="m", where=where)


@pytest.fixture
def opened(partner: Partner, tools: Tools, tmp_path: Path) -> Open:
    (tmp_path / "user").write_text("sample-user\n")
    partner.answers(LOGIN, Answer(body=b"token-1\n"), Answer(body=b"token-2"))

    def made(**more: Any) -> CowinAckChannel:
        given = more.pop("tools", tools)
        settings = {
            "url": partner.url + ACK,
            "login_url": partner.url + LOGIN,
            "user": {"file": "user"},
            **more,
        }
        return CowinAckChannel.open(msgspec.convert(settings, Settings), given)

    return made


def tokens(partner: Partner) -> list[str]:
    return [each.headers["authorization"] for each in partner.calls(ACK)]


class TestPlugin(PluginContract):
    @pytest.fixture
    def module(self) -> ModuleType:
        return mohar_channel_cowin_ack


class TestChannel(ChannelContract):
    @pytest.fixture
    def channel(self, opened: Open) -> Channel:
        return opened()

    @pytest.fixture
    def deliveries(self) -> Sequence[Delivery]:
        return [delivery("d1"), delivery("d2", event="known")]


class TestBody:
    def test_it_is_the_one_the_source_knows(self, opened: Open, partner: Partner) -> None:
        channel = opened()
        channel.deliver([delivery()])

        (call,) = partner.calls(ACK)
        assert json.loads(call.body) == {
            "beneficiary_reference_id": REFERENCE,
            "dose": 1,
            "status": "success",
            "reason": "created",
            "date_created": "2026-01-31T12:00:00.000Z",
        }
        assert channel.fields == ("pre_enrollment_code", "vaccination.dose")

    @pytest.mark.parametrize(
        ("told", "status", "reason"),
        [
            (delivery(event="known"), "success", "duplicate"),
            (
                delivery("d", finding("no-phone", "recipient.contact"), event="refused"),
                "error",
                "no-phone (recipient.contact)",
            ),
            (delivery(event="refused"), "error", "refused"),
            (
                delivery(
                    "d",
                    finding("already-issued"),
                    finding("field-differs", "recipient.name"),
                    event="conflict",
                ),
                "error",
                "conflict; already-issued; field-differs (recipient.name)",
            ),
            (delivery("d", finding("tried-too-often"), event="failed"), "error", "tried-too-often"),
        ],
    )
    def test_duplicates_and_conflicts_are_told_as_well(
        self, opened: Open, partner: Partner, told: Delivery, status: str, reason: str
    ) -> None:
        opened().deliver([told])

        said = json.loads(partner.calls(ACK)[0].body)
        assert (said["status"], said["reason"]) == (status, reason)

    def test_a_message_without_a_dose_is_acknowledged_all_the_same(
        self, opened: Open, partner: Partner
    ) -> None:
        """The original fell over it."""
        told = delivery(event="refused", fields={"pre_enrollment_code": REFERENCE})
        results = opened().deliver([told])

        assert results[0].state == "delivered"
        assert json.loads(partner.calls(ACK)[0].body)["dose"] is None

    def test_what_has_no_reference_is_refused_and_holds_up_nothing(
        self, opened: Open, partner: Partner
    ) -> None:
        results = opened().deliver([delivery(event="refused", fields={}), delivery("d2")])

        assert [each.state for each in results] == ["refused", "delivered"]
        assert results[0].detail == "no reference"
        assert len(partner.calls(ACK)) == 1

    def test_the_reference_is_in_no_address(self, opened: Open, partner: Partner) -> None:
        opened().deliver([delivery()])

        assert REFERENCE not in "".join(each.path for each in partner.calls(ACK))


class TestToken:
    def test_one_login_serves_many_calls(self, opened: Open, partner: Partner) -> None:
        channel = opened()
        channel.deliver([delivery("d1"), delivery("d2")])
        channel.deliver([delivery("d3")])

        (login,) = partner.calls(LOGIN)
        assert json.loads(login.body) == {"user_name": "sample-user"}
        assert tokens(partner) == ["token-1"] * 3

    def test_a_token_that_is_refused_is_renewed_at_once(
        self, opened: Open, partner: Partner
    ) -> None:
        partner.answers(ACK, Answer(status=401), Answer())

        results = opened().deliver([delivery("d1"), delivery("d2")])

        assert [each.state for each in results] == ["delivered", "delivered"]
        assert tokens(partner) == ["token-1", "token-2", "token-2"]

    def test_where_the_new_one_is_refused_too_it_is_tried_later(
        self, opened: Open, partner: Partner
    ) -> None:
        partner.answers(ACK, Answer(status=401))

        results = opened().deliver([delivery()])

        assert results == [DeliveryResult(state="retry", detail="http 401")]
        assert len(partner.calls(ACK)) == 2

    def test_an_old_one_is_renewed(self, opened: Open, partner: Partner, tools: Tools) -> None:
        moments = [NOON]
        channel = opened(tools=msgspec.structs.replace(tools, clock=lambda: moments[-1]))
        channel.deliver([delivery()])
        moments.append(NOON + timedelta(seconds=600))
        channel.deliver([delivery()])

        assert tokens(partner) == ["token-1", "token-2"]

    @pytest.mark.parametrize(
        ("answer", "detail"),
        [
            (Answer(status=503, headers={"Retry-After": "30"}), "login http 503"),
            (Answer(body=b" \n"), "login without token"),
            (Answer(body=b"a\nb: c"), "login without token"),
            (Answer(body=b"\xff\xfe"), "login without token"),
        ],
    )
    def test_without_a_token_nobody_is_called(
        self, opened: Open, partner: Partner, answer: Answer, detail: str
    ) -> None:
        channel = opened()
        partner.answers(LOGIN, answer)

        results = channel.deliver([delivery("d1"), delivery("d2")])

        asked = 30 if answer.headers else None
        assert results == [DeliveryResult(state="retry", detail=detail, retry_after_seconds=asked)]
        assert partner.calls(ACK) == []


class TestAnswer:
    @pytest.mark.parametrize(
        ("status", "state"),
        [(200, "delivered"), (201, "delivered"), (400, "refused"), (422, "refused")]
        + [(each, "retry") for each in (302, 404, 429, 500, 503)],
    )
    def test_what_it_means(self, opened: Open, partner: Partner, status: int, state: str) -> None:
        partner.answers(ACK, Answer(status=status, headers={"Location": f"{partner.url}/other"}))

        (given,) = opened().deliver([delivery()])

        assert (given.state, given.detail) == (state, f"http {status}")
        assert partner.calls("/other") == []

    def test_where_nobody_answers_in_time_the_others_are_not_tried(
        self, opened: Open, partner: Partner
    ) -> None:
        partner.answers(ACK, Answer(wait_seconds=0.5))

        results = opened(deadline_seconds=0.1).deliver([delivery("d1"), delivery("d2")])

        assert results == [DeliveryResult(state="retry", detail="no answer")]


class TestOpening:
    @pytest.mark.parametrize("missing", ["url", "login_url", "user"])
    def test_nothing_of_it_has_a_default(self, missing: str) -> None:
        good = {"url": "https://a.example", "login_url": "https://a.example", "user": {"file": "u"}}
        del good[missing]

        with pytest.raises(msgspec.ValidationError, match=missing):
            msgspec.convert(good, Settings)

    def test_a_secret_that_is_missing_or_no_text_stops_the_start(
        self, opened: Open, tmp_path: Path
    ) -> None:
        with pytest.raises(ConfigError, match="file gone is missing"):
            opened(user={"file": "gone"})

        (tmp_path / "user").write_bytes(b"\xff\xfe")
        with pytest.raises(ConfigError, match="is no text"):
            opened()

    @pytest.mark.parametrize("plain", ["url", "login_url"])
    def test_plain_http_is_refused_in_production(self, plain: str) -> None:
        settings = {"url": "https://a.example", "login_url": "https://a.example"}
        settings[plain] = "http://a.example"
        channel = {"name": "cowin", "uses": "cowin-ack", "settings": settings}
        deployment = {"environment": "production", "channels": [channel]}

        found = mohar_channel_cowin_ack.mohar_ready(deployment=deployment)

        assert [each.code for each in found] == ["channel-not-https"]
        deployment["environment"] = "demo"
        assert mohar_channel_cowin_ack.mohar_ready(deployment=deployment) == []

    def test_requests_are_refused_at_the_start_for_it_has_no_word_for_them(self) -> None:
        settings = {"url": "https://a.example", "login_url": "https://a.example"}
        channel = {"name": "cowin", "uses": "cowin-ack", "settings": settings}
        channel["events"] = ["issued", "forwarded"]
        deployment = {"environment": "production", "channels": [channel]}

        found = mohar_channel_cowin_ack.mohar_ready(deployment=deployment)

        assert [each.code for each in found] == ["channel-tells-no-requests"]

    def test_changes_are_refused_at_the_start_too(self) -> None:
        channel = {"name": "cowin", "uses": "cowin-ack", "settings": {}, "events": ["revoked"]}
        deployment = {"environment": "production", "channels": [channel]}

        found = mohar_channel_cowin_ack.mohar_ready(deployment=deployment)

        assert [each.code for each in found] == ["channel-tells-no-changes"]
