"""Texts on standard error, with whom they are for."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import msgspec

from mohar.domain.delivery import DeliveryResult
from mohar.domain.outgoing import Carries, Outgoing, is_address
from mohar.plugin import Tools


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    `carries` is what it plays. `allow_in_production` lets a production start with it.

    Then whoever reads the output of the process reads the texts and codes of everybody.
    """

    carries: Carries = "sms"
    allow_in_production: bool = False


class ConsoleMessenger:
    """Prints each text on standard error, and says that it was delivered."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @classmethod
    def open(cls, settings: Settings, tools: Tools) -> ConsoleMessenger:
        """Open it; nothing is needed."""
        del tools
        return cls(settings)

    @property
    def carries(self) -> Carries:
        """Return what it plays."""
        return self._settings.carries

    def send(self, messages: Sequence[Outgoing]) -> Sequence[DeliveryResult]:
        """Print each text whose address is one."""
        return [self._print(each) for each in messages]

    def _print(self, message: Outgoing) -> DeliveryResult:
        if not is_address(message.to, self.carries):
            return DeliveryResult(state="refused", detail="no address")
        subject = f" {message.subject}:" if self.carries == "email" else ""
        line = f"{self.carries} to {message.to} ({message.purpose}):{subject} {message.text}"
        sys.stderr.write(f"{_readable(line)}\n")
        sys.stderr.flush()
        return DeliveryResult(state="delivered", detail="printed")


def _readable(text: str) -> str:
    """Leave out what could move a terminal's cursor or colour it."""
    return "".join(each if each.isprintable() else " " for each in text)
