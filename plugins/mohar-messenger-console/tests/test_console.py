from collections.abc import Sequence
from types import ModuleType
from typing import Any

import pytest

import mohar_messenger_console
from mohar.domain.outgoing import Outgoing
from mohar.plugin import Messenger
from mohar.testing.contracts import MessengerContract, PluginContract
from mohar_messenger_console._messenger import ConsoleMessenger, Settings


def sms(to: str = "+919876543210", text: str = "Your code is 123456") -> Outgoing:
    return Outgoing(to=to, subject="", text=text, language="en", purpose="one-time-code")


class TestPlugin(PluginContract):
    @pytest.fixture
    def module(self) -> ModuleType:
        return mohar_messenger_console


class TestConsole(MessengerContract):
    @pytest.fixture
    def messenger(self) -> Messenger:
        return ConsoleMessenger(Settings())

    @pytest.fixture
    def messages(self) -> Sequence[Outgoing]:
        return [sms(), sms("+919876543211")]

    def test_it_prints_on_standard_error_alone(self, capsys: pytest.CaptureFixture[str]) -> None:
        ConsoleMessenger(Settings()).send([sms(text="a\x1b[31m\nb")])

        printed = capsys.readouterr()
        assert printed.err == "sms to +919876543210 (one-time-code): a [31m b\n"
        assert printed.out == ""

    def test_a_mail_has_a_subject(self, capsys: pytest.CaptureFixture[str]) -> None:
        mail = Outgoing(to="a@b.example", subject="S", text="t", language="en", purpose="p")
        ConsoleMessenger(Settings(carries="email")).send([mail])

        assert capsys.readouterr().err == "email to a@b.example (p): S: t\n"


class TestReady:
    def codes(self, environment: str, **settings: Any) -> list[str]:
        messenger = {"name": "sms", "uses": "console", "settings": settings}
        deployment = {"environment": environment, "messengers": [messenger, {"uses": "other"}]}
        found = mohar_messenger_console.mohar_ready(deployment=deployment)
        return [f"{each.severity} {each.code}" for each in found]

    def test_it_is_told_at_the_start_and_refused_in_production(self) -> None:
        assert self.codes("demo") == ["warning messenger-prints"]
        assert self.codes("production") == ["error messenger-prints-in-production"]
        assert self.codes("production", allow_in_production=True) == ["warning messenger-prints"]
