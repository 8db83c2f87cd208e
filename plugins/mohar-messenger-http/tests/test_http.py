import json
import socket
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import parse_qs

import msgspec
import pytest

import mohar_messenger_http
from mohar.domain.errors import ConfigError
from mohar.domain.outgoing import Outgoing
from mohar.plugin import Messenger
from mohar.testing.contracts import MessengerContract, PluginContract
from mohar.testing.partner import Answer, Partner, partner_outside
from mohar.testing.tools import tools_for
from mohar_messenger_http._messenger import HttpMessenger
from mohar_messenger_http._settings import Settings

NUMBER = "9876543210"
Open = Callable[..., HttpMessenger]


def sms(text: str = "Hello {to}") -> Outgoing:
    return Outgoing(to=NUMBER, subject="", text=text, language="hi", purpose="notice.issued")


@pytest.fixture
def partner() -> Iterator[Partner]:
    with partner_outside() as partner:
        yield partner


@pytest.fixture
def opened(tmp_path: Path, partner: Partner) -> Open:
    """Return what opens the gateway of a test; `more` are further settings."""
    (tmp_path / "key").write_text("Bearer hunter2\n")

    def made(**more: Any) -> HttpMessenger:
        values = {
            "url": f"{partner.url}/send",
            "headers": {"authorization": {"file": "key"}},
            "json": {"to": "{to}", "body": ["{text}", {"t": "{template}", "n": 3}]},
            "templates": {"notice.issued.hi": "t-hi", "notice.issued": "t"},
            "prefix": "+91",
            "receipt": "data.id",
            "deadline_seconds": 5,
            **more,
        }
        settings = msgspec.convert(values, Settings)
        return HttpMessenger.open(settings, tools_for(tmp_path, with_network=True))

    return made


class TestPlugin(PluginContract):
    @pytest.fixture
    def module(self) -> ModuleType:
        return mohar_messenger_http


class TestHttp(MessengerContract):
    @pytest.fixture
    def messenger(self, opened: Open) -> Messenger:
        return opened()

    @pytest.fixture
    def messages(self) -> Sequence[Outgoing]:
        return [sms(), sms("again")]

    def test_json_is_filled_once_and_headers_are_secret(
        self, opened: Open, partner: Partner
    ) -> None:
        """What a text says is not filled in anew, and nothing stands in the address."""
        partner.answers("/send", Answer(body=b'{"data": {"id": "m-1"}}'))
        (result,) = opened().send([sms()])

        (call,) = partner.calls("/send")
        assert json.loads(call.body) == {
            "to": "+919876543210",
            "body": ["Hello {to}", {"t": "t-hi", "n": 3}],
        }
        assert call.headers["authorization"] == "Bearer hunter2"
        assert (result.state, result.detail, result.receipt) == ("delivered", "http 200", "m-1")

    def test_a_form_is_a_form(self, opened: Open, partner: Partner) -> None:
        form = {"mobile": "{to}", "msg": "{text}", "from": "{sender}"}
        opened(json={}, form=form, plus=False, sender="SAMPLE").send([sms("a&b=ç ₹")])

        (call,) = partner.calls("/send")
        assert parse_qs(call.body.decode()) == {
            "mobile": ["919876543210"],
            "msg": ["a&b=ç ₹"],
            "from": ["SAMPLE"],
        }

    @pytest.mark.parametrize(
        ("status", "state"),
        [
            (200, "delivered"),
            (202, "delivered"),
            (302, "retry"),
            (400, "refused"),
            (429, "retry"),
            (500, "unknown"),
            (503, "retry"),
        ],
    )
    def test_a_status_means_the_usual(
        self, opened: Open, partner: Partner, status: int, state: str
    ) -> None:
        partner.answers("/send", Answer(status=status))

        assert opened().send([sms()])[0].state == state

    @pytest.mark.parametrize(
        ("body", "state"),
        [
            (b'{"error": {"code": 7}}', "retry"),
            (b'{"error": {"code": 8}}', "refused"),
            (b'{"error": null}', "delivered"),
            (b'{"error": "x"}', "refused"),
            (b"<html>", "delivered"),
        ],
    )
    def test_the_first_answer_that_fits_tells(
        self, opened: Open, partner: Partner, body: bytes, state: str
    ) -> None:
        """What is not JSON has nothing at any path, which counts as null."""
        answers = [
            {"status": [200], "path": "error.code", "values": ["7"], "means": "later"},
            {"path": "error.code", "values": ["8"], "means": "never"},
            {"path": "error", "values": ["null"], "means": "ok"},
            {"means": "never"},
        ]
        partner.answers("/send", Answer(body=body))

        assert opened(answers=answers).send([sms()])[0].state == state

    def test_an_id_made_of_the_number_is_not_kept(self, opened: Open, partner: Partner) -> None:
        partner.answers("/send", Answer(body=b'{"data": {"id": "91-9876543210-7"}}'))

        assert opened().send([sms()])[0].receipt == ""

    def test_without_a_connection_nothing_was_sent(self, opened: Open) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            url = f"http://127.0.0.1:{free.getsockname()[1]}/send"
        results = opened(url=url).send([sms(), sms()])

        assert [(each.state, each.detail) for each in results] == [("retry", "no connection")]

    def test_without_an_answer_nobody_can_tell(self, opened: Open, partner: Partner) -> None:
        partner.answers("/send", Answer(wait_seconds=1.0))
        results = opened(deadline_seconds=0.2).send([sms(), sms()])

        assert [(each.state, each.detail) for each in results] == [("unknown", "no answer")]

    def test_a_text_without_a_template_is_refused(self, opened: Open, partner: Partner) -> None:
        (result,) = opened(templates={}).send([sms()])

        assert (result.state, result.detail) == ("refused", "no template id")
        assert partner.calls("/send") == []

    def test_places_that_are_not_known_are_told_at_the_start(self, opened: Open) -> None:
        with pytest.raises(ConfigError, match="the places name, which are not known"):
            opened(json={"a": "{name}"})
        with pytest.raises(ConfigError, match="one of the two"):
            opened(json={})

    def test_a_secret_that_is_no_header_is_told_without_it(
        self, opened: Open, tmp_path: Path
    ) -> None:
        (tmp_path / "key").write_text("hunter2\r\nX: y")
        with pytest.raises(ConfigError) as raised:
            opened()

        assert "hunter2" not in str(raised.value)


class TestReady:
    def test_plain_http_is_refused_in_production(self) -> None:
        messenger = {"name": "sms", "uses": "http", "settings": {"url": "http://g.example/"}}
        deployment: dict[str, Any] = {"environment": "production", "messengers": [messenger]}

        found = mohar_messenger_http.mohar_ready(deployment=deployment)

        assert [each.code for each in found] == ["messenger-not-https"]
        deployment["environment"] = "demo"
        assert mohar_messenger_http.mohar_ready(deployment=deployment) == []
