"""Print short texts instead of sending them, to try things out: never where people are real."""

from collections.abc import Mapping, Sequence
from typing import Any

from mohar.domain.findings import Finding
from mohar.plugin import Messenger, Offer, Offers, hookimpl
from mohar_messenger_console import _ready
from mohar_messenger_console._messenger import ConsoleMessenger, Settings


@hookimpl
def mohar_register_messengers(offers: Offers[Messenger]) -> None:
    """Offer `console`."""
    offers.add(
        Offer("console", "prints what it should send", Settings, ConsoleMessenger.open),
    )


@hookimpl
def mohar_ready(deployment: Mapping[str, Any]) -> Sequence[Finding]:
    """Warn that texts are printed, and refuse it in production."""
    return _ready.findings(deployment)
