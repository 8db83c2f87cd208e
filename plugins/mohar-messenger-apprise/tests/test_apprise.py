"""A real SMTP server on this machine takes the mail."""

import asyncio
import logging
import socket
from collections.abc import Callable, Iterator, Sequence
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pytest
from aiosmtpd.controller import Controller

import mohar_messenger_apprise
from mohar.domain.errors import ConfigError
from mohar.domain.outgoing import Outgoing
from mohar.plugin import Messenger
from mohar.testing.contracts import MessengerContract, PluginContract
from mohar.testing.tools import tools_for
from mohar_messenger_apprise._messenger import AppriseMessenger, Settings

# Apprise imports it where Python still has it.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
Open = Callable[..., AppriseMessenger]


def mail(text: str = "Your certificate is issued.") -> Outgoing:
    return Outgoing(
        to="asha@example.org",
        subject="प्रमाण-पत्र",
        text=text,
        language="en",
        purpose="notice.issued",
    )


class Box:
    """Keeps what comes in; `answer` is what it says."""

    def __init__(self) -> None:
        self.answer = "250 OK"
        self.wait = 0.0
        self.letters: list[Message] = []
        self.to: list[str] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 -- aiosmtpd calls it by this name
        await asyncio.sleep(self.wait)
        self.letters.append(message_from_bytes(envelope.content))
        self.to += envelope.rcpt_tos
        return self.answer


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def box() -> Box:
    return Box()


@pytest.fixture
def port(box: Box) -> Iterator[int]:
    server = Controller(box, hostname="127.0.0.1", port=free_port())
    server.start()
    yield server.port
    server.stop()


@pytest.fixture
def opened(tmp_path: Path) -> Open:
    def made(port: int, to: str = "{to}", **more: Any) -> AppriseMessenger:
        url = f"mailto://127.0.0.1:{port}?smtp=127.0.0.1&mode=insecure&from=no-reply@example.in"
        (tmp_path / "mail.url").write_text(f"{url}&to={to}\n")
        values = {"url": {"file": "mail.url"}, "carries": "email", **more}
        settings = msgspec.convert(values, Settings)
        return AppriseMessenger.open(settings, tools_for(tmp_path))

    return made


class TestPlugin(PluginContract):
    @pytest.fixture
    def module(self) -> ModuleType:
        return mohar_messenger_apprise


class TestMail(MessengerContract):
    @pytest.fixture
    def messenger(self, opened: Open, port: int) -> Messenger:
        return opened(port)

    @pytest.fixture
    def messages(self) -> Sequence[Outgoing]:
        return [mail(), mail("again")]

    def test_a_mail_arrives_with_its_subject_and_text(
        self, opened: Open, port: int, box: Box
    ) -> None:
        (result,) = opened(port).send([mail()])

        (letter,) = box.letters
        assert (result.state, box.to) == ("delivered", ["asha@example.org"])
        assert "Your certificate is issued." in letter.as_string()

    def test_what_is_refused_at_once_may_be_sent_later(
        self, opened: Open, port: int, box: Box
    ) -> None:
        box.answer = "451 later"

        assert opened(port).send([mail()])[0].state == "retry"

    def test_without_a_server_it_may_be_sent_later(self, opened: Open) -> None:
        assert opened(free_port()).send([mail()])[0].state == "retry"

    def test_what_takes_too_long_nobody_can_tell_of_and_the_rest_waits(
        self, opened: Open, port: int, box: Box
    ) -> None:
        box.wait = 1.0
        results = opened(port, deadline_seconds=0.3).send([mail(), mail()])

        assert [each.state for each in results] == ["unknown"]

    def test_nothing_of_it_is_logged(
        self, opened: Open, port: int, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        opened(port).send([mail()])

        assert "asha@example.org" not in "".join(
            each.getMessage() for each in caplog.records if each.name.startswith("apprise")
        )


@pytest.mark.parametrize("url", ["nonsense", "mailto://127.0.0.1?to=a@b.example", "", "{to}"])
def test_an_address_that_is_none_is_told_without_it(tmp_path: Path, url: str) -> None:
    (tmp_path / "mail.url").write_text(url or "\n")
    settings = msgspec.convert({"url": {"file": "mail.url"}, "carries": "email"}, Settings)

    with pytest.raises(ConfigError) as raised:
        AppriseMessenger.open(settings, tools_for(tmp_path))

    assert not url or url not in str(raised.value).replace("no {to}", "")
