import json
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pytest

import mohar_channel_webhook
from mohar.domain.delivery import Delivery, DeliveryResult, Told
from mohar.domain.errors import ConfigError
from mohar.domain.findings import Finding
from mohar.domain.request import ForwardedRequest
from mohar.plugin import Channel, Tools
from mohar.testing.contracts import ChannelContract, PluginContract
from mohar.testing.partner import Answer, Partner
from mohar.testing.tools import NOON
from mohar_channel_webhook._channel import Settings, WebhookChannel
from mohar_channel_webhook.signing import read_secret, verify

OLD = b"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NEW = b"whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
MARKED = "Marked Person 9876543210"

Open = Callable[..., WebhookChannel]


def delivery(number: str = "d1", **more: Any) -> Delivery:
    values: dict[str, Any] = {
        "delivery_id": number,
        "channel": "partner",
        "event": "issued",
        "kind": "badge",
        "occurred_at": NOON,
        "submission_id": "s1",
        "position": 2,
        "credential_id": "10000000001",
        "told": Told(revision=1),
    }
    return Delivery(**{**values, **more})


@pytest.fixture
def opened(partner: Partner, tools: Tools, tmp_path: Path) -> Open:
    """Return what opens the channel with two secrets, the new one first."""
    (tmp_path / "old").write_bytes(OLD + b"\n")
    (tmp_path / "new").write_bytes(NEW)

    def made(**more: Any) -> WebhookChannel:
        settings = {
            "url": f"{partner.url}/hook",
            "secrets": [{"file": "new"}, {"file": "old"}],
            **more,
        }
        return WebhookChannel.open(msgspec.convert(settings, Settings), tools)

    return made


def forwarded(number: str = "d1") -> Delivery:
    request = ForwardedRequest(
        tracking="34679ACDEFHJ",
        kind="badge",
        type="wrong-date",
        credential_id="10000000001",
        key={"number": "n1", "dose": 1},
        reason=f"by ear, says {MARKED}",
        changes={"recipient.name": MARKED},
        evidence={"photo-id": "letter 12/2026"},
    )
    told = Told(request=request)
    return delivery(number, event="forwarded", submission_id="", position=0, told=told)


def result(channel: WebhookChannel) -> DeliveryResult:
    (given,) = channel.deliver([delivery()])
    return given


class TestPlugin(PluginContract):
    @pytest.fixture
    def module(self) -> ModuleType:
        return mohar_channel_webhook


class TestChannel(ChannelContract):
    @pytest.fixture
    def channel(self, opened: Open) -> Channel:
        return opened()

    @pytest.fixture
    def deliveries(self) -> Sequence[Delivery]:
        refused = delivery("d2", event="refused", credential_id=None)
        return [delivery("d1"), refused, forwarded("d3")]


class TestCall:
    def test_it_says_what_became_of_which_record_and_nothing_of_whom(
        self, opened: Open, partner: Partner
    ) -> None:
        told = Told(revision=1, findings=(Finding(code="no-code", message="m", where="name"),))
        opened().deliver([delivery(told=told)])

        (call,) = partner.calls("/hook")
        assert json.loads(call.body) == {
            "type": "record.issued",
            "timestamp": "2026-01-31T12:00:00.000Z",
            "data": {
                "kind": "badge",
                "submission_id": "s1",
                "position": 2,
                "credential_id": "10000000001",
                "revision": 1,
                "codes": ["no-code"],
            },
        }

    def test_fields_are_sent_where_the_deployment_names_them(
        self, opened: Open, partner: Partner
    ) -> None:
        channel = opened(include=["recipient.name"])
        channel.deliver([delivery(told=Told(fields={"recipient.name": MARKED}))])

        (call,) = partner.calls("/hook")
        assert json.loads(call.body)["data"]["fields"] == {"recipient.name": MARKED}
        assert channel.fields == ["recipient.name"]
        assert opened().fields == []

    @pytest.mark.parametrize("secret", [OLD, NEW])
    def test_either_secret_verifies_while_they_are_exchanged(
        self, opened: Open, partner: Partner, secret: bytes
    ) -> None:
        opened().deliver([delivery()])

        (call,) = partner.calls("/hook")
        assert verify([read_secret(secret)], call.headers, call.body, NOON.timestamp())
        assert call.headers["webhook-id"] == "d1"
        assert call.headers["content-type"] == "application/json"


class TestForwardedRequest:
    def test_it_is_a_call_of_its_own_type_with_all_that_the_source_needs(
        self, opened: Open, partner: Partner
    ) -> None:
        opened(include=["recipient.name"]).deliver([forwarded()])

        (call,) = partner.calls("/hook")
        assert json.loads(call.body) == {
            "type": "request.forwarded",
            "timestamp": "2026-01-31T12:00:00.000Z",
            "data": {
                "kind": "badge",
                "tracking": "3467-9ACD-EFHJ",
                "request": "wrong-date",
                "credential_id": "10000000001",
                "other_id": None,
                "key": {"number": "n1", "dose": 1},
                "reason": f"by ear, says {MARKED}",
                "changes": {"recipient.name": MARKED},
                "evidence": {"photo-id": "letter 12/2026"},
            },
        }

    def test_it_is_signed_as_the_others_are_and_says_nothing_outside_its_body(
        self, opened: Open, partner: Partner
    ) -> None:
        (given,) = opened().deliver([forwarded()])

        (call,) = partner.calls("/hook")
        assert verify([read_secret(NEW)], call.headers, call.body, NOON.timestamp())
        assert MARKED not in f"{call.path}{call.headers}{given}"
        assert "3467" not in f"{call.path}{call.headers}{given}"


class TestAnswer:
    @pytest.mark.parametrize("status", [200, 202, 204])
    def test_any_success_is_a_delivery(self, opened: Open, partner: Partner, status: int) -> None:
        partner.answers("/hook", Answer(status=status))

        assert result(opened()) == DeliveryResult(state="delivered", detail=f"http {status}")

    @pytest.mark.parametrize("status", [400, 410, 413, 422])
    def test_what_can_never_be_taken_is_refused_for_good(
        self, opened: Open, partner: Partner, status: int
    ) -> None:
        partner.answers("/hook", Answer(status=status))

        assert result(opened()) == DeliveryResult(state="refused", detail=f"http {status}")

    @pytest.mark.parametrize("status", [401, 403, 404, 409, 429, 500, 503])
    def test_what_may_be_mended_is_tried_again(
        self, opened: Open, partner: Partner, status: int
    ) -> None:
        partner.answers("/hook", Answer(status=status))

        assert result(opened()) == DeliveryResult(state="retry", detail=f"http {status}")

    @pytest.mark.parametrize(
        ("header", "seconds"),
        [
            ("120", 120),
            ("Sun, 06 Nov 1994 08:50:37 GMT", 60),
            ("Sun, 06 Nov 1994 08:00:00 GMT", 0),
            ("soon", None),
            ("-5", None),
            ("9" * 400, 9_999_999_999),
        ],
    )
    def test_retry_after_is_passed_on(
        self, opened: Open, partner: Partner, header: str, seconds: float | None
    ) -> None:
        headers = {"Retry-After": header, "X-Date": "none"}
        partner.answers("/hook", Answer(status=503, headers=headers))
        channel = opened()
        channel._http = Dated(channel._http)

        assert result(channel).retry_after_seconds == seconds

    def test_a_redirect_is_never_followed(self, opened: Open, partner: Partner) -> None:
        partner.answers("/hook", Answer(status=302, headers={"Location": f"{partner.url}/other"}))

        given = result(opened())

        assert given == DeliveryResult(state="retry", detail="http 302")
        assert partner.calls("/other") == []

    def test_where_nobody_answers_in_time_the_others_are_not_tried(
        self, opened: Open, partner: Partner
    ) -> None:
        partner.answers("/hook", Answer(wait_seconds=0.5))

        results = opened(deadline_seconds=0.1).deliver([delivery("d1"), delivery("d2")])

        assert results == [DeliveryResult(state="retry", detail="no answer")]
        assert len(partner.calls("/hook")) == 1


class Dated:
    """The network, on one Sunday in 1994."""

    def __init__(self, http: Any) -> None:
        self._http = http

    def request(self, *arguments: Any, **more: Any) -> Any:
        answer = self._http.request(*arguments, **more)
        headers = {**answer.headers, "date": "Sun, 06 Nov 1994 08:49:37 GMT"}
        return msgspec.structs.replace(answer, headers=headers)


class TestOpening:
    @pytest.mark.parametrize(
        "change",
        [
            {"secrets": []},
            {"url": "ftp://partner.example"},
            {"url": "https://"},
            {"include": [""]},
            {"deadline_seconds": 0},
            {"sekrets": []},
        ],
    )
    def test_settings_that_do_not_fit_are_refused(self, change: dict[str, Any]) -> None:
        good = {"url": "https://partner.example/x", "secrets": [{"file": "s"}]}

        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(good | change, Settings)

    def test_a_secret_that_is_missing_stops_the_start(self, opened: Open) -> None:
        with pytest.raises(ConfigError, match="file gone is missing"):
            opened(secrets=[{"file": "gone"}])

    def test_a_secret_that_is_none_is_told_without_showing_it(
        self, opened: Open, tmp_path: Path
    ) -> None:
        (tmp_path / "old").write_text("hunter2")

        with pytest.raises(ConfigError, match=r"file old\) is none: write whsec_") as raised:
            opened()

        assert "hunter2" not in str(raised.value)


class TestReady:
    def deployed(self, environment: str, **settings: Any) -> dict[str, Any]:
        channel = {"name": "partner", "uses": "webhook", "settings": settings}
        return {"environment": environment, "channels": [channel, {"uses": "other"}]}

    def codes(self, deployment: dict[str, Any]) -> list[str]:
        found = mohar_channel_webhook.mohar_ready(deployment=deployment)
        return [f"{each.severity} {each.code}" for each in found]

    def test_plain_http_is_refused_in_production(self) -> None:
        plain = "http://partner.example"

        assert self.codes(self.deployed("production", url=plain)) == ["error channel-not-https"]
        assert self.codes(self.deployed("demo", url=plain)) == []

    def test_fields_that_leave_the_house_are_a_risk(self) -> None:
        deployment = self.deployed("demo", url="https://p.example", include=["recipient.name"])

        assert self.codes(deployment) == ["warning channel-tells-values"]

    def test_requests_of_holders_that_leave_the_house_are_a_risk(self) -> None:
        deployment = self.deployed("demo", url="https://p.example")
        deployment["channels"][0]["events"] = ["issued", "forwarded"]

        assert self.codes(deployment) == ["warning channel-tells-requests"]
